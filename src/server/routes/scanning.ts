import type { Grant as WireGrant, Schedule as WireSchedule } from '../../api/scanning.ts';
import { formatBlock } from '../../net/address-set.ts';
import { grantsOf, schedulesOf } from '../../scope/config.ts';
import type { Grant } from '../../scope/grant.ts';
import { nextOccurrences, type Schedule } from '../../scope/schedule.ts';
import { nextOpening, openingAt, type ScanWindow } from '../../scope/window.ts';
import { formatInstant, type Instant } from '../../time/instant.ts';
import type { Context, Handlers } from '../handlers.ts';
import { pageOfList } from '../wire/paging.ts';
import { instantOf, timeOrNull } from '../wire/values.ts';

/** Microseconds. */
const DAY = 86_400e6;
/** Times of one schedule that are looked ahead. */
const MOST_TIMES = 500;

/** Our own scans: what was made, what will be, what may be. */
export function scanningRoutes({
  workspace,
  config,
  clock,
}: Context): Handlers<'authorised-scans.list' | 'schedules.list' | 'scope.show'> {
  return {
    'authorised-scans.list': async ({ query }) => {
      const now = clock();
      const since = instantOf(query.from) ?? (Math.max(0, now - 90 * DAY) as Instant);
      const scans = (await workspace.scanning.ownScans(since)).toSorted(
        (a, b) => b.from - a.from || (a.id < b.id ? 1 : -1),
      );
      const page = pageOfList(scans, query, ({ from, id }) => [from, id], 'descending');
      return {
        ...page,
        items: page.items.map(({ from, to, run, ...scan }) => ({
          ...scan,
          grants: [...scan.grants],
          targets: [...scan.targets],
          from: formatInstant(from),
          to: formatInstant(to),
          scan: run ?? null,
          running: run === undefined && from <= now && now < to,
        })),
      };
    },
    'schedules.list': async ({ query }) => {
      const now = clock();
      const until = instantOf(query.until) ?? ((now + 31 * DAY) as Instant);
      const runs = await workspace.scanning.lastRuns();
      return {
        items: schedulesOf(config.schedules).map((schedule): WireSchedule => {
          const last = runs.get(schedule.name);
          return {
            ...scheduleOf(schedule),
            next: nextOccurrences(schedule, now, MOST_TIMES)
              .filter(({ nominal }) => nominal <= until)
              .map(({ nominal, due }) => ({ nominal: formatInstant(nominal), due: formatInstant(due) })),
            last:
              last === undefined
                ? null
                : {
                    event: last.event,
                    nominal: formatInstant(last.nominal),
                    at: formatInstant(last.at),
                    why: last.why,
                    scans: [...last.runs],
                  },
          };
        }),
      };
    },
    'scope.show': async () => {
      const now = clock();
      return {
        vantage: config.exposure.vantage,
        grants: grantsOf(config.scope).map((grant) => grantOf(grant, now)),
      };
    },
  };
}

function scheduleOf(schedule: Schedule): Omit<WireSchedule, 'next' | 'last'> {
  const { name, cron, timeZone, profiles, plan, targets, jitter, grace, missed, vantage } = schedule;
  return {
    name,
    cron,
    timeZone,
    profiles: [...profiles],
    plan: plan ?? null,
    targets: [...targets],
    jitterSeconds: jitter,
    graceSeconds: grace,
    missed,
    vantage: vantage ?? null,
  };
}

function grantOf(grant: Grant, now: Instant): WireGrant {
  const { windows, begins, expires } = grant;
  const holds = (begins === undefined || begins <= now) && now < expires;
  const open = windows.length === 0 || windows.some((window) => openingAt(window, now) !== undefined);
  const opens = windows
    .flatMap((window) => nextOpening(window, now)?.opens ?? [])
    .toSorted((a, b) => a - b)[0];
  return {
    id: grant.id,
    owner: grant.owner,
    ticket: grant.ticket,
    networks: grant.networks.prefixes().map(formatBlock),
    names: [...grant.names],
    exclude: grant.exclude.prefixes().map(formatBlock),
    vantage: grant.vantage,
    source: grant.source ?? null,
    windows: windows.map(windowOf),
    profiles: [...grant.profiles],
    timing: grant.timing,
    rate: grant.rate ?? null,
    begins: timeOrNull(begins),
    expires: formatInstant(expires),
    holds,
    openNow: holds && open,
    opens: timeOrNull(opens),
  };
}

function windowOf({ days, from, to, timeZone, except }: ScanWindow): WireGrant['windows'][number] {
  return { days: [...days], from: wallClock(from), to: wallClock(to), timeZone, except: [...except] };
}

/** Minutes after midnight → `22:00`. */
function wallClock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
