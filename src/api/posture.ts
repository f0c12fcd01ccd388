import * as z from 'zod';
import { BySeverity, Count, Foreign, Time } from './fields.ts';
import { HostRow } from './hosts.ts';
import { Part } from './operations.ts';
import { EpisodeRow } from './recon.ts';
import { Assessment } from './scans.ts';

/** GET /posture */
export const PostureQuery = z.object({
  days: z.enum(['30', '90']).default('30').meta({ description: 'Days of the trend.' }),
});

/** How the network stands now, and how that came. */
export const Posture = z
  .object({
    at: Time,
    assessment: Assessment.nullable().meta({ description: 'The newest one; null before the first.' }),
    openPorts: Count.meta({ description: 'In the scan that was assessed.' }),
    hostsUp: Count,
    findings: z.object({
      byState: z.object({
        open: Count,
        acknowledged: Count,
        expected: Count,
        noise: Count,
        confirmed: Count,
        resolved: Count,
      }),
      openBySeverity: BySeverity,
      openByHalf: z.object({ exposure: Count, recon: Count }),
    }),
    trend: z
      .array(
        z.object({
          day: z.iso.date(),
          open: BySeverity.meta({ description: 'Open at the end of the day, by the severity of today.' }),
          fresh: Count.meta({ description: 'Seen for the first time.' }),
          resolved: Count,
          reopened: Count.meta({ description: 'Taken up again by themselves.' }),
        }),
      )
      .meta({ description: 'Oldest first, without gaps, in UTC; the last day is today.' }),
    topHosts: z.array(HostRow).meta({ description: 'Hosts with the worst open findings, at most 10.' }),
    recentEpisodes: z.array(EpisodeRow).meta({ description: 'To review, newest first, at most 10.' }),
    parts: z.array(Part),
    sinks: z.object({
      pending: Count,
      dead: Count,
      failing: z
        .array(z.object({ name: z.string(), pending: Count, why: Foreign }))
        .meta({ description: 'Sinks that refused a message that still waits, or could not be reached.' }),
    }),
  })
  .meta({ id: 'Posture' });

export type PostureQuery = z.input<typeof PostureQuery>;
export type Posture = z.output<typeof Posture>;
