import * as z from 'zod';
import type { Row } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import type { Table } from '../../sql/table.ts';
import { formatColumnTime, parseColumnTime, type Instant } from '../../time/instant.ts';

/** What became of a time of a schedule: it was met first, a run began, ended, failed, or was missed. */
export const SCHEDULE_EVENTS = ['registered', 'started', 'ended', 'failed', 'missed'] as const;
export type ScheduleEvent = (typeof SCHEDULE_EVENTS)[number];

/** One entry of a schedule's history. */
export interface ScheduleRun {
  readonly schedule: string;
  /** The time that the schedule names. */
  readonly nominal: Instant;
  readonly at: Instant;
  readonly event: ScheduleEvent;
  /** Why it was missed or failed; empty otherwise. May quote the outside: escape. */
  readonly why: string;
  /** Stored runs. */
  readonly runs: readonly string[];
}

/** The history of schedules; the newest nominal time of a schedule is the one that was dealt with last. */
export const scheduleRun: Table = {
  name: 'schedule_run',
  comment: 'What became of each time of a schedule',
  columns: [
    { name: 'schedule', type: 'String', comment: 'Name of the schedule' },
    { name: 'nominal', type: "DateTime64(6, 'UTC')", comment: 'The time that the schedule names' },
    { name: 'at', type: "DateTime64(6, 'UTC')", comment: 'When the row was written' },
    {
      name: 'event',
      type: 'LowCardinality(String)',
      comment: 'registered, started, ended, failed or missed',
    },
    { name: 'why', type: 'String', comment: 'Why it was missed or failed' },
    { name: 'runs', type: 'Array(String)', comment: 'Stored runs' },
  ],
  engine: 'MergeTree',
  orderBy: ['schedule', 'nominal', 'at'],
  shardBy: 'cityHash64(schedule)',
  durable: true,
};

/** An entry → its row. */
export function encodeScheduleRun(run: ScheduleRun): Row {
  return {
    schedule: run.schedule,
    nominal: formatColumnTime(run.nominal),
    at: formatColumnTime(run.at),
    event: run.event,
    why: run.why,
    runs: run.runs,
  };
}

/** The newest entry of each schedule. */
export const newestScheduleRuns = query(
  'exposure.schedule-runs.newest',
  // Rows of one nominal time may be written within one microsecond: then what ended comes after what began.
  `SELECT schedule, nominal, at, event, why, runs FROM schedule_run
ORDER BY schedule, nominal DESC, at DESC, event = 'started', event = 'registered' LIMIT 1 BY schedule`,
  z
    .object({
      schedule: z.string(),
      nominal: z.string(),
      at: z.string(),
      event: z.enum(SCHEDULE_EVENTS),
      why: z.string(),
      runs: z.array(z.string()),
    })
    .transform((row): ScheduleRun => ({
      ...row,
      nominal: parseColumnTime(row.nominal),
      at: parseColumnTime(row.at),
    })),
);
