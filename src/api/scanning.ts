import * as z from 'zod';
import { Address, Count, Foreign, PageQuery, pageOf, Time, TimeParameter } from './fields.ts';

/** A scan of our own, as the ledger has it. */
export const AuthorisedScan = z
  .object({
    id: z.string(),
    grants: z.array(z.string()),
    owner: z.string(),
    ticket: z.string(),
    profile: z.string(),
    vantage: z.string(),
    source: Address,
    targets: z.array(z.string()),
    protocol: z.enum(['tcp', 'udp']),
    ports: z.string(),
    from: Time,
    to: Time.meta({ description: 'When it ended; while it runs, when it must have ended.' }),
    scan: z.string().nullable().meta({ description: 'The stored scan, once there is one.' }),
    running: z.boolean(),
  })
  .meta({ id: 'AuthorisedScan' });
/** GET /authorised-scans */
export const AuthorisedScansQuery = PageQuery.extend({
  from: TimeParameter.optional().meta({ description: 'Not ended by then. Left out: 90 days back.' }),
});
/** Newest first. */
export const AuthorisedScansPage = pageOf(AuthorisedScan);

/** A scan that is made again and again. */
export const Schedule = z
  .object({
    name: z.string(),
    cron: z.string(),
    timeZone: z.string(),
    profiles: z.array(z.string()),
    plan: z.string().nullable(),
    targets: z.array(z.string()),
    jitterSeconds: Count,
    graceSeconds: Count,
    missed: z.enum(['run-once', 'skip']),
    vantage: z.string().nullable(),
    next: z.array(z.object({ nominal: Time, due: Time })),
    last: z
      .object({
        event: z.enum(['registered', 'started', 'ended', 'failed', 'missed']),
        nominal: Time,
        at: Time,
        why: Foreign,
        scans: z.array(z.string()),
      })
      .nullable(),
  })
  .meta({ id: 'Schedule' });
/** GET /schedules */
export const SchedulesQuery = z.object({
  until: TimeParameter.optional().meta({
    description: 'Times up to then, at most 500 of each. Left out: 31 days.',
  }),
});
/** Every schedule. */
export const Schedules = z.object({ items: z.array(Schedule) });

/** A permission to scan. */
export const Grant = z
  .object({
    id: z.string(),
    owner: z.string(),
    ticket: z.string(),
    networks: z.array(z.string()),
    names: z.array(z.string()),
    exclude: z.array(z.string()),
    vantage: z.string(),
    source: Address.nullable(),
    windows: z.array(
      z.object({
        days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])),
        from: z.string(),
        to: z.string(),
        timeZone: z.string(),
        except: z.array(z.string()),
      }),
    ),
    profiles: z.array(z.string()),
    timing: z.int(),
    rate: Count.nullable(),
    begins: Time.nullable(),
    expires: Time,
    holds: z.boolean().meta({ description: 'It has begun and has not expired.' }),
    openNow: z.boolean(),
    opens: Time.nullable().meta({ description: 'When its next window opens; null when it is always open.' }),
  })
  .meta({ id: 'Grant' });
/** GET /scope */
export const Scope = z.object({ vantage: z.string(), grants: z.array(Grant) });

export type AuthorisedScan = z.output<typeof AuthorisedScan>;
export type AuthorisedScansQuery = z.input<typeof AuthorisedScansQuery>;
export type AuthorisedScansPage = z.output<typeof AuthorisedScansPage>;
export type Schedule = z.output<typeof Schedule>;
export type SchedulesQuery = z.input<typeof SchedulesQuery>;
export type Schedules = z.output<typeof Schedules>;
export type Grant = z.output<typeof Grant>;
export type Scope = z.output<typeof Scope>;
