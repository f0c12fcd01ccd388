import { randomInt } from 'node:crypto';
import { DELIVERY, RENEW_MILLIS, schedulesDuty, type Holder } from '../../assembly/duties.ts';
import { formatMinute, type Instant } from '../../time/instant.ts';
import { pause } from '../bell.ts';
import type { Context } from '../context.ts';
import type { LeftOut } from '../daemon.ts';
import type { Part, PartRoom } from '../supervisor.ts';

/** Of the time between two looks, the share that chance takes off: two that ask at once do not do so again. */
const JITTER = 0.3;

/** Holds what only one daemon may do on a history that others reach too, or stands by until it is free. */
export function dutiesPart(context: Context, leftOut: Pick<LeftOut, 'deliver' | 'schedules'>): Part {
  return { name: 'duties', after: ['housekeeping'], run: (room) => run(context, leftOut, room) };
}

async function run(
  { workspace, config, clock, log }: Context,
  leftOut: Pick<LeftOut, 'deliver' | 'schedules'>,
  room: PartRoom,
): Promise<void> {
  const elsewhere = new Map<string, Holder>();
  while (!room.signal.aborted) {
    room.running();
    const wanted = wantedBy(config(), leftOut);
    for (const duty of elsewhere.keys()) if (!wanted.has(duty)) elsewhere.delete(duty);
    for (const duty of workspace.duties.kept) if (!wanted.has(duty)) await workspace.duties.letGo(duty);
    for (const [duty, option] of wanted) {
      const other = await workspace.duties.keep(duty);
      const before = elsewhere.get(duty);
      if (other === undefined) {
        elsewhere.delete(duty);
        if (before !== undefined) log('info', 'duty.taken', `${duty} is done here from now on`, { duty });
        continue;
      }
      elsewhere.set(duty, other);
      if (other.holder !== before?.holder)
        log('warning', 'duty.elsewhere', `${duty} is left to ${nameOf(other)}`, {
          duty,
          host: other.host,
          pid: other.pid,
          directory: other.directory,
          fix: `Stop that one, or start this one with ${option}.`,
        });
    }
    const detail = [...elsewhere.entries()]
      .map(
        ([duty, other]) =>
          `${duty} is left to ${nameOf(other)}: stop that one, or start this one with ${wanted.get(duty)}`,
      )
      .join('; ');
    const millis = RENEW_MILLIS - randomInt(RENEW_MILLIS * JITTER);
    room.waiting(detail, (clock() + millis * 1e3) as Instant);
    await pause(millis, room.signal);
  }
}

/** `the daemon on db1 (process 12, /var/lib/tidemark), which asked for it on 2026-11-22 10:00 UTC`. */
function nameOf({ host, pid, directory, since }: Holder): string {
  return `the process ${pid} on ${host} (${directory}), which asked for it on ${formatMinute(since)}`;
}

/** What this daemon would do, each with the option that leaves it out. */
function wantedBy(
  { sinks, schedules, exposure: { vantage } }: ReturnType<Context['config']>,
  leftOut: Pick<LeftOut, 'deliver' | 'schedules'>,
): ReadonlyMap<string, string> {
  const wanted = new Map<string, string>();
  if (sinks.length > 0 && !leftOut.deliver) wanted.set(DELIVERY, '--no-deliver');
  const own = schedules.some((each) => each.vantage === undefined || each.vantage === vantage);
  if (own && !leftOut.schedules) wanted.set(schedulesDuty(vantage), '--no-schedules');
  return wanted;
}
