import type { Instant } from '../../time/instant.ts';
import { Bell } from '../bell.ts';
import { publish, type Context } from '../context.ts';
import type { Part, PartRoom } from '../supervisor.ts';
import { inSpan } from '../tracing.ts';

/**
 * Of the time to stop, the share that a message on its way has to arrive: what takes longer is given up, and sent again
 * under its key by the next start.
 */
const ARRIVAL_SHARE = 0.5;

/** Brings the list of findings up to date, and puts what is new into the outbox. */
export function deliveryPart(context: Context): Part {
  return { name: 'delivery', after: ['housekeeping', 'duties'], run: (room) => run(context, room) };
}

async function run(context: Context, room: PartRoom): Promise<void> {
  const { bells, config, clock } = context;
  let counted = false;
  while (!room.signal.aborted) {
    room.running();
    const changed = await refresh(context);
    if (changed || !counted) await count(context);
    counted = true;
    await enqueue(context);
    const every = config().serve.deliverSeconds;
    room.waiting('', (clock() + every * 1e6) as Instant);
    await bells.deliver.wait(every * 1e3, room.signal);
  }
  // What an assessment has found on the way to the end is in the store: the next start sends it.
}

async function refresh(context: Context): Promise<boolean> {
  const { changed, changes } = await context.workspace.findings.refresh();
  if (changed > 0)
    publish(
      context,
      'finding',
      changes.map(({ id }) => id),
    );
  return changed > 0;
}

async function count({ workspace, metrics }: Context): Promise<void> {
  metrics.findings((await workspace.findings.counts()).cells);
}

async function enqueue(context: Context): Promise<void> {
  const { workspace, config, sinkBells } = context;
  if (config().sinks.length === 0) return;
  const queued = await inSpan('tidemark.outbox', {}, async (span) => {
    // Undefined while `tidemark sinks deliver` is at it.
    const made = (await workspace.enqueue()) ?? 0;
    span.setAttribute('tidemark.queued', made);
    return made;
  });
  if (queued > 0) for (const bell of sinkBells) bell.ring();
  await countOutbox(context);
}

async function countOutbox({ workspace, metrics }: Context): Promise<void> {
  for (const { name, pending, dead } of await workspace.sinks.list()) metrics.outbox(name, pending, dead);
}

/** Sends one sink what is due. Each sink has a part of its own: one that is slow, or fails, is nobody else's delay. */
export function sinkPart(context: Context, name: string): Part {
  return { name: `sink ${name}`, after: ['delivery'], run: (room) => runSink(context, name, room) };
}

async function runSink(context: Context, name: string, room: PartRoom): Promise<void> {
  const { config, clock, sinkBells } = context;
  const bell = new Bell();
  sinkBells.add(bell);
  try {
    while (!room.signal.aborted) {
      room.running();
      await deliver(context, name, room.signal);
      const every = config().serve.deliverSeconds;
      room.waiting('', (clock() + every * 1e6) as Instant);
      await bell.wait(every * 1e3, room.signal);
    }
  } finally {
    sinkBells.delete(bell);
  }
}

async function deliver(context: Context, sink: string, ending: AbortSignal): Promise<void> {
  const { workspace, config, log, metrics } = context;
  const late = new AbortController();
  const onEnding = (): void => {
    setTimeout(() => late.abort(), config().serve.stopSeconds * 1e3 * ARRIVAL_SHARE).unref();
  };
  ending.addEventListener('abort', onEnding, { once: true });
  try {
    const room = { ...context.sinks, signal: late.signal, ending };
    const done = await inSpan('tidemark.delivery', { 'tidemark.sink': sink }, () =>
      workspace.deliverTo(sink, room),
    );
    // `tidemark sinks deliver` is at it.
    if (done === undefined) return;
    const { delivered, failed, dead, why } = done;
    metrics.delivered(sink, 'delivered', delivered);
    metrics.delivered(sink, 'failed', failed - dead);
    metrics.delivered(sink, 'dead', dead);
    if (failed > 0)
      log('warning', 'sink.failed', `sink ${sink}: ${failed} messages were not taken: ${why ?? ''}`, {
        sink,
        failed,
        dead,
      });
    if (delivered > 0)
      log('info', 'sink.delivered', `sink ${sink}: ${delivered} messages delivered`, { sink, delivered });
    if (delivered + failed === 0) return;
    await countOutbox(context);
    publish(context, 'delivery');
  } finally {
    ending.removeEventListener('abort', onEnding);
  }
}
