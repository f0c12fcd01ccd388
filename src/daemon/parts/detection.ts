import { publish, type Context } from '../context.ts';
import type { Part, PartRoom } from '../supervisor.ts';
import { inSpan } from '../tracing.ts';

/** Judges all telemetry now and then, when there is some that was not there at the last time. */
export function detectionPart(context: Context): Part {
  return { name: 'detection', after: ['delivery'], run: (room) => run(context, room) };
}

async function run(context: Context, room: PartRoom): Promise<void> {
  const { workspace, bells, clock } = context;
  let seen: string | undefined;
  while (!room.signal.aborted) {
    room.running('looking for telemetry');
    const now = await mark(workspace.recon);
    if (now !== '' && now !== seen) {
      await judge(context, room);
      seen = now;
    }
    const every = context.config().serve.detectSeconds;
    room.waiting('', (clock() + every * 1e6) as ReturnType<typeof clock>);
    await bells.detect.wait(every * 1e3, room.signal);
  }
}

/** What there is to judge, as far as it takes to see that it is no longer the same; empty when there is nothing. */
async function mark(recon: Context['workspace']['recon']): Promise<string> {
  const [newest, files] = await Promise.all([recon.newestRecord(), recon.telemetryFiles()]);
  return newest === undefined ? '' : `${newest} ${files.length} ${files[0]?.imported ?? ''}`;
}

async function judge(context: Context, room: PartRoom): Promise<void> {
  const { workspace, clock, log, metrics, bells } = context;
  const { signal } = room;
  const begun = clock();
  room.running('judging all telemetry');
  const summary = await inSpan('tidemark.detection', {}, async (span) => {
    const made = await workspace.recon.detect({}, { signal });
    span.setAttribute('tidemark.episodes', made.episodes.length);
    return made;
  });
  const seconds = (clock() - begun) / 1e6;
  metrics.detection(seconds);
  log('info', 'detection.made', `telemetry was judged in ${seconds.toFixed(1)} s`, {
    episodes: summary.episodes.length,
    seconds,
  });
  publish(context, 'episode');
  bells.deliver.ring();
}
