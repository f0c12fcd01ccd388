import { counted } from '../../text/phrase.ts';
import { Readable } from 'node:stream';
import type { WatchEvent } from '../../assembly/recon-workspace.ts';
import type { Context } from '../context.ts';
import { publish } from '../context.ts';
import type { WatcherConfig } from '../config.ts';
import type { Part, PartRoom } from '../supervisor.ts';

/** Lines of the log about input that was set aside, in one run of a watcher; the metrics count all of it. */
const PROBLEMS_TOLD = 20;

/** Follows the telemetry of one watcher. */
export function watcherPart(context: Context, watcher: WatcherConfig): Part {
  return {
    name: `watch ${watcher.name}`,
    after: ['detection'],
    run: (room) => run(context, watcher, room),
  };
}

async function run(context: Context, watcher: WatcherConfig, room: PartRoom): Promise<void> {
  room.running('looking for files');
  const { name, paths, sensor, sampling, utcOffsetMinutes } = watcher;
  const stdin = Readable.from([]);
  const events = context.workspace.recon.watchTelemetry(paths, {
    sensor,
    sampling,
    utcOffsetMinutes,
    stdin,
    signal: room.signal,
    once: false,
  });
  let problems = 0;
  for await (const event of events) {
    if (event.kind === 'problem') {
      problems += 1;
      if (problems > PROBLEMS_TOLD) continue;
    }
    take(context, name, event, room);
  }
}

function take(context: Context, watcher: string, event: WatchEvent, room: PartRoom): void {
  const { log, metrics, bells } = context;
  switch (event.kind) {
    case 'metrics': {
      const { metrics: figures } = event;
      metrics.watch(watcher, figures);
      const { files, records, lagSeconds } = figures;
      const lag = lagSeconds === undefined ? '' : `, ${Math.round(lagSeconds)} s behind`;
      room.running(`${counted(files, 'file')}, ${counted(records, 'record')}${lag}`);
      break;
    }
    case 'episode':
      log('info', 'episode.seen', `episode ${event.episode.id} is ${event.change}`, {
        watcher,
        episode: event.episode.id,
        severity: event.episode.severity,
      });
      publish(context, 'episode', [event.episode.id]);
      bells.deliver.ring();
      break;
    case 'problem':
      log('warning', 'telemetry.set-aside', event.problem.message, {
        watcher,
        code: event.problem.code,
        ...(event.problem.where.file === undefined ? {} : { file: event.problem.where.file }),
      });
      break;
    default:
      event satisfies never;
  }
}
