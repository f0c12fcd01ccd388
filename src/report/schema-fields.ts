import * as z from 'zod';
import type { FindingId } from '../findings/finding.ts';
import { parseIpAddress, type IpAddress } from '../net/ip-address.ts';
import { parsePortKey, type PortKey } from '../net/port-key.ts';
import { formatInstant, parseInstant, type Instant } from '../time/instant.ts';

/**
 * The parts of the JSON documents: what an instant, an address, a finding look like there. Instants travel as ISO 8601
 * in UTC, and a value that is not known as null, so that every field of an interface is always there.
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

/** An instant as ISO 8601 in UTC. */
export const instant = stringCodec<Instant>(z.iso.datetime(), parseInstant, formatInstant, 'an instant');
/** A canonical IP address. */
export const ipAddress = stringCodec<IpAddress>(
  z.string(),
  parseIpAddress,
  (address) => address,
  'an IP address',
);
export const portKey = stringCodec<PortKey>(
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

/** An instant, or null where it is not known. */
export const instantOrNull = z.codec(z.union([z.iso.datetime(), z.null()]), z.custom<Instant | undefined>(), {
  decode: (value) => (value === null ? undefined : parseInstant(value)),
  encode: (value) => (value === undefined ? null : formatInstant(value)),
});
/** An address, or null where there is none. */
export const addressOrNull = z.codec(z.union([z.string(), z.null()]), z.custom<IpAddress | undefined>(), {
  decode: (value) => (value === null ? undefined : parseIpAddress(value)),
  encode: (value) => value ?? null,
});

/** A whole number of things. */
export const count = z.int().nonnegative();
/** 0 to 100. */
export const score = z.number().min(0).max(100);
/** How bad it would be. */
export const severity = z.enum(['info', 'low', 'medium', 'high', 'critical']);
const riskLevel = z.enum(['low', 'medium', 'high', 'critical']);
/** A text with a sentence that says what it is. */
export const text = (sentence: string) => z.string().describe(sentence);

/** How sure, and what lowers it. */
export const confidence = z.object({
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

/** The word and the score behind it. */
export const risk = z.object({
  level: riskLevel.describe('The risk as a word.'),
  score: score.describe('The score behind the word, from 0 to 100.'),
  parts: z
    .array(
      z.object({
        kind: z
          .enum(['category', 'most', 'floor', 'worst', 'breadth'])
          .describe(
            'Where the points come from: findings of a category, what is cut off above 100, the lift of the worst severity; of a run or subnet its worst host, and how many are like it.',
          ),
        points: z.int().describe('Points; negative for what is cut off.'),
        text: text('The same in words. May name a host: treat as hostile.'),
      }),
    )
    .describe('Addends of the score: their points sum to it exactly.'),
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
  z
    .object({
      kind: z.literal('record').describe('The claim rests on a record of telemetry.'),
      sensor: text('Name of the sensor that made the record.'),
      file: text('File that the record is in, as the user named it: treat as hostile.'),
      line: count.describe('Line of the file, from 1; number of the packet in a capture.'),
      at: instant.describe('When it happened.'),
      fact: text('What the record says, in one line: treat as hostile.'),
    })
    .describe('A record of telemetry.'),
]);

const observation = z.object({
  text: text('What is so, as one sentence. May quote scanned text: treat as hostile.'),
  since: z.exactOptional(instant).describe('Since when, as far as the history knows.'),
  unusual: z.exactOptional(text('How unusual it is on this network, in counts.')),
  evidence: z.array(evidence).describe('What the sentence rests on.'),
});

/** A finding of either half. */
export const finding = z.object({
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
  meeting: z
    .exactOptional(
      z.object({
        grade: z
          .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])
          .describe(
            '1: a service that our own scans know to be open was turned to; 2: and a finding about it is high or critical; 3: or it is new; 4: somebody tried to get in there.',
          ),
        services: z
          .array(
            z.object({
              host: ipAddress.describe('Its host.'),
              port: portKey.describe('Its port.'),
              service: text('What our own scan found there: treat as hostile.'),
              openSince: z.exactOptional(instant).describe('When our scans first saw it open.'),
              isNew: z.boolean().describe('Not in the baseline in force, or opened lately.'),
              severity: z.exactOptional(severity).describe('Of the worst finding about it.'),
            }),
          )
          .describe('The services, the new ones first.'),
      }),
    )
    .describe('Where the halves meet in it: what was scanned is open. Absent where they do not.'),
});
