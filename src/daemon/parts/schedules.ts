import { counted } from '../../text/phrase.ts';
import { schedulesOf } from '../../scope/config.ts';
import { nextOccurrences } from '../../scope/schedule.ts';
import type { Instant } from '../../time/instant.ts';
import { pause } from '../bell.ts';
import { publish, type Context } from '../context.ts';
import type { Part, PartRoom } from '../supervisor.ts';
import { inSpan } from '../tracing.ts';

/** Microseconds between two looks at most: a clock that is set, and a schedule that was not met yet, are noticed. */
const LOOK = 60e6;

/** Makes the scans whose time has come. */
export function schedulesPart(context: Context): Part {
  return { name: 'schedules', after: ['assessment', 'duties'], run: (room) => run(context, room) };
}

async function run(context: Context, room: PartRoom): Promise<void> {
  const { clock } = context;
  while (!room.signal.aborted) {
    room.running();
    await look(context, room);
    const next = nextDue(context);
    room.waiting(next === undefined ? 'nothing is scheduled' : '', next);
    await pause((Math.min(next ?? Infinity, clock() + LOOK) - clock()) / 1e3, room.signal);
  }
}

async function look(
  { workspace, log, metrics, bells, env, ...context }: Context,
  room: PartRoom,
): Promise<void> {
  const outcomes = await inSpan('tidemark.schedules', {}, () =>
    workspace.scanning.runDue(
      { user: 'daemon', face: 'daemon' },
      {
        signal: room.signal,
        env,
        onEvent: (event) => {
          if (event.kind === 'allowed')
            room.running(`scanning ${counted(event.decision.addresses.size, 'address', 'addresses')}`);
        },
      },
    ),
  );
  for (const outcome of outcomes) {
    const { schedule } = outcome;
    switch (outcome.kind) {
      case 'ran': {
        const runs = outcome.scanned.map(({ run: made }) => made.info.id);
        for (const _ of runs) metrics.scan('schedule', 'imported');
        log('info', 'schedule.ran', `schedule ${schedule} made ${counted(runs.length, 'scan')}`, {
          schedule,
        });
        publish(context, 'scan', runs);
        bells.assess.ring();
        break;
      }
      case 'missed':
        metrics.scan('schedule', 'missed');
        log('warning', 'schedule.missed', `schedule ${schedule} missed: ${outcome.why}`, { schedule });
        break;
      case 'failed':
        metrics.scan('schedule', 'failed');
        log('error', 'schedule.failed', `schedule ${schedule} failed: ${outcome.fault.message}`, {
          schedule,
          code: outcome.fault.code,
        });
        break;
      default:
        outcome satisfies never;
    }
  }
}

/** When the next scan of this vantage is due. */
function nextDue({ config, clock }: Context): Instant | undefined {
  const { schedules, exposure } = config();
  const due = schedulesOf(schedules)
    .filter(({ vantage }) => vantage === undefined || vantage === exposure.vantage)
    .flatMap((schedule) => nextOccurrences(schedule, clock(), 1).map((one) => one.due));
  return due.length === 0 ? undefined : (Math.min(...due) as Instant);
}
