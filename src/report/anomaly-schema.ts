import * as z from 'zod';
import { count, ipAddress, portKey, text } from './schema-fields.ts';

/** `anomaly` of `tidemark/summary/1`: findings/anomaly.ts as a schema. */
export const anomaly = z.object({
  model: z.enum(['surprise/1', 'seed/1']).describe('The model, and the version of what it computes.'),
  stage: z
    .object({
      name: text('How far learning has come.'),
      means: text('What that means for a reader.'),
    })
    .describe('What may be expected of it.'),
  scans: count.describe('Earlier scans that it learned.'),
  budget: z.number().describe('False alerts that are allowed in 1,000 host-scans.'),
  judged: count.describe('Hosts that were judged.'),
  scored: count.describe('Those of them of which something is unusual at all.'),
  alerts: count.describe('Those that are more unusual than the budget allows.'),
  hosts: z
    .array(
      z.object({
        host: ipAddress.describe('Address of the host.'),
        identity: text('How the model knows it: treat as hostile.'),
        score: z.number().describe('Sum of the items; higher is more unusual. No probability.'),
        items: z
          .array(
            z.object({
              text: text('What is unusual, with counts. May quote scanned text: treat as hostile.'),
              value: z.number().describe('What it adds to the score.'),
              ports: z.array(portKey).describe('The ports it is about.'),
            }),
          )
          .describe('What the score is made of, largest first.'),
        p: z
          .exactOptional(z.number())
          .describe('Share of earlier scores at least as high; absent before there are enough.'),
        alert: z
          .exactOptional(
            z.object({ group: z.exactOptional(z.string()).describe('What several alerts have in common.') }),
          )
          .describe('Present when it is more unusual than the budget allows.'),
        peers: z
          .object({
            hosts: count.describe('How many hosts it is compared with.'),
            share: z.array(z.string()).describe('What they have in common.'),
          })
          .describe('Hosts that are like it.'),
      }),
    )
    .describe('Most unusual first: all alerts, and a few more.'),
  notes: z
    .array(z.string())
    .describe('What moved the scores besides the scan: verdicts, tickets, a changed environment.'),
});
