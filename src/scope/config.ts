import { z } from 'zod';
import { AddressSet } from '../net/address-set.ts';
import { parseIpAddress } from '../net/ip-address.ts';
import { parsePrefix } from '../net/prefix.ts';
import { parseInstant, type Instant } from '../time/instant.ts';
import type { Grant } from './grant.ts';
import { isCronExpression, type Schedule } from './schedule.ts';
import { isTimeZone, WEEKDAYS, type ScanWindow } from './window.ts';

const GIVEN_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._/-]{0,63}$/u;
const name = z
  .string()
  .regex(
    GIVEN_NAME,
    'must begin with a letter or digit and hold at most 64 letters, digits, ".", "_", "-" or "/"',
  );
const block = z
  .string()
  .refine(
    (text) => parsePrefix(text) !== undefined,
    'must be an address or an address block in CIDR notation',
  );
const clock = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time such as 22:00')
  .meta({ description: 'Local time, e.g. 22:00.' });
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date such as 2026-12-24');
const moment = z
  .string()
  .refine(
    (text) => parseInstant(text) !== undefined,
    'must be a date such as 2026-12-31 or a time such as 2026-12-31T18:00:00Z',
  );

const scanWindow = z.strictObject({
  days: z
    .array(z.enum(WEEKDAYS))
    .min(1)
    .default([...WEEKDAYS])
    .meta({ description: 'Days on which it opens.' }),
  from: clock.default('00:00'),
  to: clock.default('24:00').meta({ description: 'Local time; at or before "from" means on the next day.' }),
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be a time zone of the IANA database, such as Europe/Zurich')
    .default('UTC')
    .meta({ description: 'Time zone of the IANA database.' }),
  except: z.array(day).default([]).meta({ description: 'Local dates on which it does not open.' }),
});

const grant = z.strictObject({
  id: name.meta({ description: 'Name of the grant, for the audit log.' }),
  owner: z.string().min(1).max(200).meta({ description: 'Who answers for the network.' }),
  ticket: z.string().max(200).default('').meta({ description: 'Ticket or other reference.' }),
  networks: z.array(block).default([]).meta({ description: 'Address blocks that may be scanned.' }),
  names: z
    .array(
      z
        .string()
        .regex(
          /^(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/,
          'must be a host name, or *. and a domain',
        ),
    )
    .default([])
    .meta({
      description:
        'Host names that may be scanned wherever they lead outside of private address ranges; *.example.org stands for every name below.',
    }),
  exclude: z
    .array(block)
    .default([])
    .meta({ description: 'Fragile things that are never scanned, by no grant.' }),
  vantage: name.default('default').meta({ description: 'Where the scanner must stand (exposure.vantage).' }),
  source: z
    .string()
    .refine((text) => parseIpAddress(text) !== undefined, 'must be an IP address')
    .optional()
    .meta({ description: 'Address that scans come from.' }),
  windows: z.array(scanWindow).default([]).meta({ description: 'When scans may run; none means always.' }),
  profiles: z
    .array(name)
    .min(1, 'must name at least one profile')
    .meta({ description: 'Scan profiles that may be run.' }),
  timing: z
    .int()
    .min(0)
    .max(5)
    .default(3)
    .meta({ description: "Highest of Nmap's timing templates; 4 and 5 only where the segment bears it." }),
  rate: z.int().min(1).max(1_000_000).optional().meta({ description: 'Packets per second at most.' }),
  begins: moment.optional().meta({ description: 'From when on the grant holds.' }),
  expires: moment.meta({ description: 'Until when it holds; a date ends with that day, in UTC.' }),
});

/** The `scope` section: what may be scanned. */
export const scopeConfig = z
  .strictObject({
    grants: z
      .array(
        grant.refine(
          ({ networks, names }) => networks.length + names.length > 0,
          'must name networks or names',
        ),
      )
      .default([])
      .refine(
        (grants) => new Set(grants.map(({ id }) => id)).size === grants.length,
        'must each have another id',
      )
      .meta({ description: 'Permissions to scan. Without one nothing is scanned.' }),
  })
  .prefault({})
  .meta({ description: 'What may be scanned, by whom it was allowed, when and how hard.' });

const schedule = z
  .strictObject({
    name: name.meta({ description: 'Name of the schedule.' }),
    cron: z
      .string()
      .max(200)
      .refine(isCronExpression, 'must be a cron expression of five fields, such as "30 22 * * mon-fri"')
      .meta({ description: 'When: five fields of cron, or @daily and the like.' }),
    timeZone: z
      .string()
      .refine(isTimeZone, 'must be a time zone of the IANA database, such as Europe/Zurich')
      .default('UTC')
      .meta({ description: 'Time zone of the expression.' }),
    profiles: z.array(name).default([]).meta({ description: 'Scan profiles, run one after the other.' }),
    plan: name.optional().meta({ description: 'A plan instead of profiles.' }),
    targets: z.array(z.string().min(1).max(300)).min(1).meta({ description: 'What is scanned.' }),
    jitterSeconds: z
      .int()
      .min(0)
      .max(86_400)
      .default(0)
      .meta({ description: 'Seconds by which a run is late on purpose, at most.' }),
    missed: z.enum(['run-once', 'skip']).default('skip').meta({
      description:
        'What becomes of runs whose time went by while the machine was off: made up for once, or left out.',
    }),
    graceSeconds: z
      .int()
      .min(60)
      .max(86_400)
      .default(900)
      .meta({ description: 'Seconds after its time during which a run is not yet missed.' }),
    vantage: name.optional().meta({ description: 'Where it runs; left out: wherever this file is used.' }),
  })
  .refine(
    ({ profiles, plan }) => (profiles.length === 0) !== (plan === undefined),
    'must name either profiles or a plan',
  );

/** The `schedules` section: which scans are made again and again. */
export const schedulesConfig = z
  .array(schedule)
  .default([])
  .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'must each have another name')
  .meta({
    description: 'Scans that `tidemark schedule run-due` makes, within the windows of their grants.',
  });

/** The schedules of a section, as decisions are made with them. */
export function schedulesOf(config: z.output<typeof schedulesConfig>): readonly Schedule[] {
  return config.map(({ jitterSeconds, graceSeconds, plan, vantage, ...given }) => ({
    ...given,
    plan,
    vantage,
    jitter: jitterSeconds,
    grace: graceSeconds,
  }));
}

/** The section as the program sees it. */
export type ScopeConfig = z.output<typeof scopeConfig>;

/** The grants of a section, as decisions are made with them. */
export function grantsOf(config: ScopeConfig): readonly Grant[] {
  return config.grants.map((given) => ({
    id: given.id,
    owner: given.owner,
    ticket: given.ticket,
    networks: AddressSet.ofPrefixes(given.networks.map((text) => parsePrefix(text)!)),
    names: given.names.map((text) => text.toLowerCase()),
    exclude: AddressSet.ofPrefixes(given.exclude.map((text) => parsePrefix(text)!)),
    vantage: given.vantage,
    source: given.source === undefined ? undefined : parseIpAddress(given.source),
    windows: given.windows.map((window): ScanWindow => ({
      ...window,
      from: minutesOf(window.from),
      to: minutesOf(window.to),
    })),
    profiles: given.profiles,
    timing: given.timing,
    rate: given.rate,
    begins: given.begins === undefined ? undefined : parseInstant(given.begins),
    expires: endOf(given.expires),
  }));
}

function minutesOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

/** A date without a time means until its end. */
function endOf(text: string): Instant {
  const instant = parseInstant(text)!;
  return (text.includes('T') ? instant : instant + 86_400e6) as Instant;
}
