import { anomaly } from './anomaly-schema.ts';
import * as z from 'zod';
import { episode } from './episode-schema.ts';
import {
  addressOrNull,
  confidence,
  count,
  finding,
  instant,
  instantOrNull,
  ipAddress,
  risk,
  severity,
  text,
} from './schema-fields.ts';

/**
 * The JSON form of a Summary, `tidemark/summary/1`: decoding gives the type of summary.ts (a type test holds the two
 * equal), encoding gives what `--json` prints. Each half has the shared fields and its own.
 */

/** What both halves have. */
const base = {
  schema: z
    .literal('tidemark/summary/1')
    .describe('Name and version of this format; fields are only ever added within a version.'),
  generated: instant.describe('When the summary was made.'),
  risk: risk.describe('Overall risk.'),
  confidence: confidence.describe('How sure the verdict is, and what lowers that.'),
  findings: z.array(finding).describe('All findings, ranked.'),
  impact: z.array(z.string()).describe('Potential impact, most severe first, each said once.'),
  actions: z
    .array(z.string())
    .describe('Recommended review steps, in order of what they settle, each said once.'),
  blindSpots: z.array(z.string()).describe('What could not be seen.'),
};

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

const hostsByRisk = z.object({
  low: count.describe('Hosts at low risk.'),
  medium: count.describe('Hosts at medium risk.'),
  high: count.describe('Hosts at high risk.'),
  critical: count.describe('Hosts at critical risk.'),
});

const subnetFinding = z.object({
  rule: text('The rule.'),
  title: text('The finding in a few words. May quote scanned text: treat as hostile.'),
  severity: severity.describe('How bad it would be.'),
  hosts: count.describe('Hosts of the subnet that have it.'),
  ofHosts: count.describe('Hosts of the whole run that have it.'),
});

const exposure = z
  .object({
    ...base,
    half: z.literal('exposure').describe('How exposed the network is, from one run of our own scans.'),
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
    subnets: z
      .array(
        z.object({
          network: text('The subnet, as CIDR.'),
          risk: risk.describe('Overall risk of the subnet.'),
          hosts: count.describe('Hosts that were assessed, those that disappeared included.'),
          openPorts: count.describe('Open ports over its hosts.'),
          hostsByRisk: hostsByRisk.describe('How many of its hosts have which risk.'),
          findings: z.array(subnetFinding).describe('The findings to review that come first here.'),
          concentrated: z
            .array(subnetFinding)
            .describe(
              'Findings that most hosts with them have here: at least 3, at least half of all, at least twice the share of the subnet.',
            ),
          worstTenth: z
            .object({
              hosts: count.describe('A tenth of its hosts, rounded up.'),
              points: count.describe('The scores of the worst of them, added up.'),
              ofPoints: count.describe('The scores of all its hosts, added up.'),
            })
            .describe('How the risk is spread over the hosts.'),
        }),
      )
      .describe('Subnets, highest risk first: configured networks, else each /24 or /64.'),
    subnetsLeftOut: count.describe('How many subnets are not in the list.'),
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
    anomaly: z
      .exactOptional(anomaly)
      .describe('What is unusual, as the anomaly model sees it; absent when none was asked.'),
    figures: z
      .object({
        openPorts: count.describe('Open ports over all hosts.'),
        hostsByRisk: hostsByRisk.describe(
          'How many hosts have which risk, hosts left out of the list included.',
        ),
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
  })
  .describe('The summary of one scan run.');

const instants = z.object({ from: instant, to: instant });
const window = z.codec(
  z.union([
    z.object({
      from: z.iso.datetime().describe('First moment.'),
      to: z.iso.datetime().describe('Up to, not including, this one.'),
    }),
    z.null(),
  ]),
  z.custom<z.output<typeof instants> | undefined>(),
  {
    decode: (value) => (value === null ? undefined : z.decode(instants, value)),
    encode: (value) => (value === undefined ? null : z.encode(instants, value)),
  },
);

const recon = z
  .object({
    ...base,
    half: z.literal('recon').describe('Who scans us, from the telemetry of a time.'),
    window: window.describe('What part of the history was judged; null when there is no telemetry at all.'),
    telemetry: z
      .object({
        records: z
          .object({
            flow: count.describe('Flows.'),
            app: count.describe('Application events: HTTP, TLS, DNS, SSH, SMB.'),
            alert: count.describe('Alerts and notices of other systems.'),
            process: count.describe('Processes that endpoint sensors saw.'),
          })
          .describe('Records by kind, within the window.'),
        files: count.describe('Files that the records came from.'),
        sensors: z.array(z.string()).describe('Names of the sensors.'),
        problems: count.describe('Lines that should have been records and were set aside.'),
        skipped: count.describe('Lines that are fine and say nothing for this.'),
        sampling: count.describe('Largest sampling rate among the records; 1 is every packet.'),
      })
      .describe('What was looked at.'),
    episodes: z
      .array(episode)
      .describe('Episodes to review, worst first, then authorised ones. Each has a finding of the same id.'),
    digest: z
      .array(
        z.object({
          from: text('What joins the sources, such as a prefix or an autonomous system.'),
          sources: count.describe('Distinct sources.'),
          episodes: count.describe('Episodes that are rolled into this line.'),
          contacts: count.describe('First contacts of them all.'),
          ports: z.array(z.string()).describe('What they tried most.'),
          first: instant.describe('First contact.'),
          last: instant.describe('Newest contact.'),
        }),
      )
      .describe('Background of the internet, most contacts first.'),
    digestLeftOut: count.describe('Lines of the digest that are not here.'),
    figures: z
      .object({
        days: z
          .array(
            z.object({
              day: instant.describe('Midnight at which the day begins.'),
              toReview: count.describe('Episodes to review.'),
              authorised: count.describe('Authorised episodes, and those for completeness.'),
              noise: count.describe('Episodes of noise.'),
            }),
          )
          .describe('Episodes by the day in which they began, oldest first, without gaps.'),
        sources: z
          .object({
            toReview: count.describe('Sources of episodes to review.'),
            authorised: count.describe('Sources of authorised episodes.'),
            noise: count.describe('Sources of noise.'),
          })
          .describe('Distinct sources.'),
        ports: z
          .array(
            z.object({
              port: text('The port, such as 443/tcp.'),
              episodes: count.describe('Episodes to review that touched it.'),
            }),
          )
          .describe('What was looked for.'),
        networks: z
          .array(
            z.object({
              network: text('The network, as CIDR.'),
              episodes: count.describe('Episodes to review that touched it.'),
            }),
          )
          .describe('Where it was looked for.'),
      })
      .describe('Counts that the pictures are drawn from.'),
  })
  .describe('The summary of the telemetry of a time.');

/** Schema of the whole document. Input type: JSON. Output type: Summary. */
export const SummaryDocument = z.discriminatedUnion('half', [exposure, recon]);

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
      'The verdict of one half, as `--json` prints it: how exposed the network is (half: exposure), or who scans it (half: recon). Readers must ignore fields they do not know: fields are added within a version, never changed or removed. Instants are ISO 8601 in UTC.',
    ...rest,
  };
}
