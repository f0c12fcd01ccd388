import * as z from 'zod';
import { DEPTHS, FAMILIES, ROLES, type Episode } from '../recon/model/episode.ts';
import { OUTCOMES } from '../recon/model/outcome.ts';
import { SENDING, type SendingTrait } from '../recon/model/sending.ts';
import {
  addressOrNull,
  confidence,
  count,
  instant,
  instantOrNull,
  ipAddress,
  score,
  severity,
  text,
} from './schema-fields.ts';

/** The JSON form of an Episode; src/report/summary-json.test.ts holds the two equal. */

/** A text that is null where there is none. */
const textOrNull = orNull<string>(z.string());

/** What has the same form on both sides, or null where there is none. */
function orNull<T extends string>(inner: z.ZodType<T, T>) {
  return z.codec(z.union([inner, z.null()]), z.custom<T | undefined>(), {
    decode: (value) => (value === null ? undefined : value),
    encode: (value) => (value ?? null) as never,
  });
}

const port = count.describe('Number of the port; type and code of ICMP as type × 256 + code.');
const protocol = count.describe('IP protocol number: 6 TCP, 17 UDP, 1 ICMP; 2054 stands for ARP.');
const outcome = z.enum(OUTCOMES);

const touched = {
  destination: ipAddress.describe('The host.'),
  port,
  protocol,
};

const role = z.codec(
  z.union([
    z.object({
      role: z.enum(ROLES).describe('What the source is.'),
      how: z.enum(['configured', 'approved', 'learned']).describe('How that is known.'),
      why: text('Why, in one sentence.'),
    }),
    z.null(),
  ]),
  z.custom<Episode['role']>(),
  { decode: (value) => value ?? undefined, encode: (value) => (value === undefined ? null : { ...value }) },
);

const process = z.codec(
  z.union([
    z.object({
      executable: text('Path of the executable: treat as hostile.'),
      user: text('User: treat as hostile.'),
      host: text('Name of the machine: treat as hostile.'),
    }),
    z.null(),
  ]),
  z.custom<Episode['process']>(),
  { decode: (value) => value ?? undefined, encode: (value) => (value === undefined ? null : { ...value }) },
);

const authorised = z.codec(
  z.union([
    z.object({
      entry: text('Entry of the ledger.'),
      contacts: count.describe('First contacts that it covers.'),
      remainder: z.array(z.string()).describe('Why the rest is not covered; empty when all is.'),
      remainderContacts: count.describe('First contacts that it does not cover.'),
    }),
    z.null(),
  ]),
  z.custom<Episode['authorised']>(),
  {
    decode: (value) => value ?? undefined,
    encode: (value) => (value === undefined ? null : { ...value, remainder: [...value.remainder] }),
  },
);

const outcomes = z
  .object({
    answered: z.exactOptional(count).describe('Handshake done, or a reply.'),
    refused: z.exactOptional(count).describe('Answered by a reset.'),
    silent: z.exactOptional(count).describe('Nothing came back.'),
    unreachable: z.exactOptional(count).describe('An ICMP error came back.'),
    'half-open': z.exactOptional(count).describe('Open, and left before the handshake was done.'),
    unknown: z.exactOptional(count).describe('The record cannot tell.'),
    backscatter: z.exactOptional(count).describe('The first packet was an answer.'),
  })
  .describe('First contacts by what came back.');

/** One actor's reconnaissance. */
export const episode = z.object({
  id: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .describe('Stable identity: the same for the same actor and onset.'),
  sources: z.array(ipAddress).describe('The source, or several for a campaign.'),
  joinedBy: textOrNull.describe('How a campaign was joined; null for one source.'),
  trueSource: addressOrNull.describe('Of decoys: the one source that later connected; null when not known.'),
  internal: z.boolean().describe('Whether the source is inside our networks.'),
  first: instant.describe('First contact.'),
  last: instant.describe('Newest contact.'),
  alarm: instant.describe('When the evidence sufficed.'),
  shape: z
    .enum(['vertical', 'horizontal', 'block', 'strobe', 'single'])
    .describe('What the targets look like together.'),
  techniques: z
    .array(
      z.enum([
        'arp',
        'icmp-echo',
        'icmp-other',
        'tcp-syn',
        'tcp-connect',
        'tcp-fin',
        'tcp-null',
        'tcp-xmas',
        'tcp-ack',
        'tcp-window-or-maimon',
        'udp',
        'sctp',
        'ip-protocol',
        'application',
      ]),
    )
    .describe('What was sent to find something out.'),
  families: z
    .array(
      z.object({
        family: z.enum(FAMILIES).describe('The family.'),
        text: text('Why it fits, in one sentence with counts: treat as hostile.'),
      }),
    )
    .describe('What kind of scan it is, the best explanation first.'),
  depth: z.enum(DEPTHS).describe('How deep it went; each includes the ones before.'),
  likelihood: z
    .object({
      score: z.number().describe('The log-likelihood ratio where it stood highest, in nats.'),
      threshold: z.number().describe('What it had to reach.'),
      terms: z
        .array(
          z.object({
            term: text('What speaks for or against a scan.'),
            contacts: count.describe('First contacts that say so.'),
            weight: z.number().describe('Mean weight of one, in nats.'),
            total: z.number().describe('What they add together, in nats.'),
          }),
        )
        .describe('What the score is made of: the totals sum to it.'),
      contactsToAlarm: count.describe('First contacts that it took to reach the threshold.'),
    })
    .describe("The sequential test's account."),
  targets: z
    .object({
      hosts: count.describe('Distinct hosts.'),
      ports: count.describe('Distinct ports.'),
      contacts: count.describe('Distinct pairs of host and port.'),
      networks: z.array(z.string()).describe('Smallest prefixes that hold the hosts.'),
      topPorts: z
        .array(
          z.object({
            port: text('The port, such as 443/tcp.'),
            hosts: count.describe('Hosts on which it was touched.'),
          }),
        )
        .describe('Ports most often touched.'),
      portRanges: text("Touched ports in Nmap's syntax; cut when there are many."),
    })
    .describe('What was touched.'),
  outcomes,
  openPorts: z
    .array(
      z.object({
        ...touched,
        service: text('What answered there: treat as hostile.'),
      }),
    )
    .describe('Ports that the source found open.'),
  openPortsLeftOut: count.describe('Open ports found that are not in the list.'),
  pace: z
    .object({
      perSecond: z.number().describe('First contacts per second while active.'),
      medianGapSeconds: z.number().describe('Median time between two, in seconds.'),
    })
    .describe('How fast.'),
  order: text('In what order, as one clause; empty when nothing can be said.'),
  traits: z.array(z.string()).describe('Fingerprints, user agents and tools: treat as hostile.'),
  tools: z
    .array(
      z.object({
        tool: text('Name of the tool.'),
        signature: text('Which signature of ours matched, such as masscan/ip-id.'),
        basis: z
          .enum(['packets', 'targets', 'said'])
          .describe('What it rests on: first packets, choice of targets, or what was said.'),
        confidence: z
          .enum(['very high', 'high', 'medium'])
          .describe('How far the signature is to be believed.'),
        held: count.describe('It held for so many.'),
        of: count.describe('Of so many.'),
        unit: text('What these are, in the plural, such as SYNs.'),
        text: text('The evidence in one sentence with counts.'),
        evasions: text('What a sender does so that it fails.'),
      }),
    )
    .describe('Tools that it looks like, surest first: never the reason for an episode.'),
  sending: z
    .array(
      z.object({
        aspect: z.enum(['stack', 'retries', 'order', 'pace']).describe('What of its sending this is.'),
        value: z
          .enum([...new Set(Object.values(SENDING).flat())] as [SendingTrait['value']])
          .describe('How it does that.'),
        held: count.describe('It held for so many.'),
        of: count.describe('Of so many.'),
        unit: text('What these are, in the plural, such as silent targets.'),
        text: text('The evidence in one sentence with counts.'),
      }),
    )
    .describe('How packets are made, repeated, ordered and timed; several tools have it in common.'),
  role: role.describe('What the source is on the network; null when not known.'),
  process: process.describe('Process and user behind it; null when no endpoint says so.'),
  authorised: authorised.describe('What an authorised scan explains of it; null when none does.'),
  transition: z
    .array(
      z.object({
        step: z
          .enum(['discovery', 'service-probe', 'exploit-attempt', 'credential-burst', 'session', 'outbound'])
          .describe('The step.'),
        destination: ipAddress.describe('The target.'),
        at: instant.describe('When.'),
        source: ipAddress.describe('Who did it: another source of the group may take over.'),
        text: text('What shows it, in one sentence: treat as hostile.'),
      }),
    )
    .describe('Steps of a way in, oldest first.'),
  exposed: z
    .array(
      z.object({
        ...touched,
        service: text('What our own scan found there: treat as hostile.'),
        openSince: instantOrNull.describe('When our scans first saw it open; null when not known.'),
        newSinceBaseline: z.boolean().describe('Whether the baseline in force does not know it.'),
        severity: orNull(severity).describe('Severity of the finding about it; null when there is none.'),
        closedUntil: z
          .exactOptional(instant)
          .describe('The last scan before that which asked the same port and did not find it open.'),
        scan: z.exactOptional(text('The newest scan that saw it open.')),
      }),
    )
    .describe('Touched ports that our own scans know to be open.'),
  unusual: z
    .array(z.string())
    .describe('Why it is unusual here, in sentences with counts: treat as hostile.'),
  severity: severity.describe('How bad it would be.'),
  score: score.describe('Points of this episode alone, from 0 to 100.'),
  confidence: confidence.describe('How sure it is, and what lowers that.'),
  noise: z.boolean().describe('Whether it is background of the internet that is not about us.'),
  points: z
    .array(
      z.object({
        at: instant.describe('When.'),
        source: ipAddress.describe('Who.'),
        ...touched,
        outcome: outcome.describe('What came back.'),
      }),
    )
    .describe('Contacts for the pictures, evenly thinned.'),
  records: z
    .array(
      z.object({
        sensor: text('Name of the sensor.'),
        file: text('File as the user named it: treat as hostile.'),
        line: count.describe('Line, from 1; number of the packet in a capture.'),
        at: instant.describe('When it happened.'),
        text: text('What it says, in one line: treat as hostile.'),
      }),
    )
    .describe('A few records that prove it.'),
});
