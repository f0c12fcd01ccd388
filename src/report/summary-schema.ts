import * as z from 'zod';
import type { FindingId } from '../findings/finding.ts';
import { parseIpAddress, type IpAddress } from '../net/ip-address.ts';
import { parsePortKey, type PortKey } from '../net/port-key.ts';
import { formatInstant, parseInstant, type Instant } from '../time/instant.ts';

/**
 * The JSON form of a Summary, `tidemark/summary/1`: decoding gives the interface of src/findings/summary.ts (a type
 * test holds the two equal), encoding gives what `--json` prints. Instants travel as ISO 8601 in UTC, and a value that
 * is not known as null, so that every field of the interface is always there.
 */

/** A codec whose JSON side is a string and whose own side is a branded type. */
function stringCodec<T>(
  text: z.ZodString | z.ZodISODateTime,
  parse: (text: string) => T | undefined,
  format: (value: T) => string,
  what: string,
) {
  return z.codec(text, z.custom<T>(), {
    decode: (value, context) => {
      const parsed = parse(value);
      if (parsed !== undefined) return parsed;
      context.issues.push({ code: 'custom', message: `not ${what}`, input: value });
      return z.NEVER;
    },
    // zod asks the codec of an optional key that is absent too, and drops what it answers.
    encode: (value: T | undefined) => (value === undefined ? '' : format(value)),
  });
}

const instant = stringCodec<Instant>(z.iso.datetime(), parseInstant, formatInstant, 'an instant');
const ipAddress = stringCodec<IpAddress>(z.string(), parseIpAddress, (address) => address, 'an IP address');
const portKey = stringCodec<PortKey>(
  z.string().regex(/^\d{1,5}\/(tcp|udp|sctp|ip)$/),
  (text) => (parsePortKey(text) === undefined ? undefined : (text as PortKey)),
  (port) => port,
  'a port such as 443/tcp',
);
const findingId = stringCodec<FindingId>(
  z.string().regex(/^[0-9a-f]{16}$/),
  (text) => text as FindingId,
  (id) => id,
  'a finding id',
);

const instantOrNull = z.codec(z.union([z.iso.datetime(), z.null()]), z.custom<Instant | undefined>(), {
  decode: (value) => (value === null ? undefined : parseInstant(value)),
  encode: (value) => (value === undefined ? null : formatInstant(value)),
});
const addressOrNull = z.codec(z.union([z.string(), z.null()]), z.custom<IpAddress | undefined>(), {
  decode: (value) => (value === null ? undefined : parseIpAddress(value)),
  encode: (value) => value ?? null,
});

const count = z.int().nonnegative();
const score = z.number().min(0).max(100);
const severity = z.enum(['info', 'low', 'medium', 'high', 'critical']);
const riskLevel = z.enum(['low', 'medium', 'high', 'critical']);
const text = (sentence: string) => z.string().describe(sentence);

const confidence = z.object({
  value: z.number().min(0).max(1).describe('How sure, from 0 to 1: the product of the factors below.'),
  lowered: z
    .array(
      z.object({
        reason: text('What lowers the confidence, in words.'),
        factor: z.number().min(0).max(1).describe('What it is multiplied by.'),
      }),
    )
    .describe('Each named thing that lowers the confidence; empty when nothing does.'),
});

const risk = z.object({
  level: riskLevel.describe('The risk as a word.'),
  score: score.describe('The score behind the word, from 0 to 100.'),
});

const evidence = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('scan').describe('The claim rests on what a scan saw.'),
      run: text('Identifier of the run that saw it.'),
      host: z.exactOptional(ipAddress).describe('The host on which it was seen.'),
      port: z.exactOptional(portKey).describe('The port on which it was seen.'),
      fact: text('The raw fact as the scanner gave it. Written by the scanned host: treat as hostile.'),
    })
    .describe('What a scan saw.'),
  z
    .object({
      kind: z.literal('baseline').describe('The claim rests on what the baseline expects.'),
      version: z.int().describe('Version of the baseline.'),
      fact: text('What the baseline says.'),
    })
    .describe('What the baseline expects.'),
  z
    .object({
      kind: z.literal('rule').describe('The claim rests on a rule.'),
      rule: text('Name of the rule.'),
      fact: text('What the rule says.'),
    })
    .describe('What a rule says.'),
]);

const observation = z.object({
  text: text('What is so, as one sentence. May quote scanned text: treat as hostile.'),
  since: z.exactOptional(instant).describe('Since when, as far as the history knows.'),
  unusual: z.exactOptional(text('How unusual it is on this network, in counts.')),
  evidence: z.array(evidence).describe('What the sentence rests on.'),
});

const finding = z.object({
  id: findingId.describe('Stable identity: a finding that comes back has the same one.'),
  half: z
    .enum(['exposure', 'recon'])
    .describe('Which half of the product made it: exposure (what is open) or recon (who scans).'),
  rule: text('The rule that made it.'),
  title: text('The finding in a few words.'),
  severity: severity.describe('How bad it would be, apart from how sure it is; info never raises a risk.'),
  score: score.describe('Posture points of this finding alone, from 0 to 100.'),
  confidence: confidence.describe('How sure the finding is, and what lowers that.'),
  subject: z
    .object({
      host: z.exactOptional(ipAddress).describe('The host it is about, when it is one.'),
      port: z.exactOptional(portKey).describe('The port it is about.'),
      network: z.exactOptional(text('The network it is about, as CIDR.')),
      hosts: z
        .exactOptional(z.array(ipAddress))
        .describe('All hosts of a finding that is said once for several; then host is absent.'),
    })
    .describe('Whom or what the finding is about.'),
  observations: z.array(observation).describe('What was observed, most important first.'),
  impact: text('What could follow, in plain words.'),
  actions: z.array(z.string()).describe('Review steps, never an exploit.'),
  references: z.array(z.string()).describe('Where to read on.'),
  firstSeen: instant.describe('When it was first seen.'),
  lastSeen: instant.describe('When it was last seen.'),
});

const against = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('baseline').describe('The run was held against a baseline.'),
      version: z.int().describe('Version of the baseline.'),
      runs: count.describe('How many runs the baseline was learned from.'),
    })
    .describe('A baseline.'),
  z
    .object({
      kind: z.literal('run').describe('The run was held against an earlier run.'),
      id: text('Identifier of the earlier run.'),
      start: instantOrNull.describe('When the earlier run began; null when its file does not say.'),
    })
    .describe('An earlier run.'),
  z
    .object({
      kind: z.literal('nothing').describe('There was nothing to hold the run against.'),
      why: text('Why not, as a sentence.'),
    })
    .describe('Nothing.'),
]);

/** Schema of the whole document. Input type: JSON. Output type: Summary. */
export const SummaryDocument = z.object({
  schema: z
    .literal('tidemark/summary/1')
    .describe('Name and version of this format; fields are only ever added within a version.'),
  generated: instant.describe('When the summary was made.'),
  run: z
    .object({
      id: text('Identifier of the run.'),
      scanner: text('The scanner and its version.'),
      args: text("The scanner's command line as it recorded it: treat as hostile."),
      start: instantOrNull.describe('When the run began; null when its file does not say.'),
      status: z
        .enum(['complete', 'interrupted', 'truncated'])
        .describe('Whether the scan ended by itself, was interrupted, or its file ends early.'),
      vantage: text('Where the scanner stood.'),
      profile: text('The kind of scan; runs of one profile are compared with each other.'),
      hostsUp: count.describe('Hosts that were up.'),
      hostsTotal: count.describe('Hosts that were tried.'),
    })
    .describe('The run that was assessed.'),
  against: against.describe('What the run was held against.'),
  risk: risk.describe('Overall risk of the run.'),
  confidence: confidence.describe('How sure the assessment is, and what lowers that.'),
  findings: z.array(finding).describe('All findings of the run, ranked.'),
  hosts: z
    .array(
      z.object({
        host: ipAddress.describe('Address of the host.'),
        names: z
          .array(z.string())
          .describe('Its names, from reverse lookup or the command line: treat as hostile.'),
        risk: risk.describe('Overall risk of the host.'),
        confidence: confidence.describe('How sure the assessment of the host is.'),
        findings: z.array(finding).describe('Its findings, most severe first, about this host alone.'),
        openPorts: count.describe('Open ports in this run.'),
      }),
    )
    .describe('Hosts, highest risk first. Of a large run only the first are here.'),
  hostsLeftOut: count.describe('How many hosts of the run are not in the list.'),
  changes: z
    .array(
      z.object({
        kind: text('Kind of the change, such as port-opened.'),
        host: addressOrNull.describe('The host that changed; null for a change of the run as a whole.'),
        text: text('The change as one sentence. May quote scanned text: treat as hostile.'),
        comparable: z.boolean().describe('Whether both sides could have seen it.'),
      }),
    )
    .describe('What changed since what the run was held against.'),
  impact: z.array(z.string()).describe('Potential impact, most severe first, each said once.'),
  actions: z
    .array(z.string())
    .describe('Recommended review steps, in order of what they settle, each said once.'),
  blindSpots: z.array(z.string()).describe('What this run could not see.'),
  figures: z
    .object({
      openPorts: count.describe('Open ports over all hosts.'),
      hostsByRisk: z
        .object({
          low: count.describe('Hosts at low risk.'),
          medium: count.describe('Hosts at medium risk.'),
          high: count.describe('Hosts at high risk.'),
          critical: count.describe('Hosts at critical risk.'),
        })
        .describe('How many hosts have which risk, hosts left out of the list included.'),
      services: z
        .array(
          z.object({
            name: text('Service name as the scanner gave it: treat as hostile.'),
            hosts: count.describe('Hosts that offer it.'),
          }),
        )
        .describe('Services by how many hosts offer them.'),
      trend: z
        .array(
          z.object({
            run: text('Identifier of the run.'),
            start: instantOrNull.describe('When the run began; null when its file does not say.'),
            openPorts: count.describe('Open ports of that run.'),
            hostsUp: count.describe('Hosts that were up in that run.'),
          }),
        )
        .describe('Earlier runs of the same kind, oldest first, this run last.'),
    })
    .describe('Counts that the pictures are drawn from.'),
});

/** JSON Schema (2020-12) of the document, as kept in docs/schemas/summary-1.json. */
export function summaryJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(SummaryDocument, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // The pattern zod writes for date-time is 300 characters of leap years; the format says the same.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  const { $schema, ...rest } = schema;
  return {
    $schema,
    $id: 'urn:tidemark:schema:summary:1',
    title: 'Tidemark summary, version 1',
    description:
      'The result of assessing one scan run, as `--json` prints it. Readers must ignore fields they do not know: fields are added within a version, never changed or removed. Instants are ISO 8601 in UTC.',
    ...rest,
  };
}
