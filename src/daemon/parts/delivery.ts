import { publish, type Context } from '../context.ts';
import type { Part, PartRoom } from '../supervisor.ts';
import { inSpan } from '../tracing.ts';

/** Brings the list of findings up to date, puts what is new into the outbox, and sends what is due. */
export function deliveryPart(context: Context): Part {
  return { name: 'delivery', after: ['housekeeping'], run: (room) => run(context, room) };
}

async function run(context: Context, room: PartRoom): Promise<void> {
  const { bells, config, clock } = context;
  let counted = false;
  while (!room.signal.aborted) {
    room.running();
    const changed = await refresh(context);
    if (changed || !counted) await count(context);
    counted = true;
    await deliver(context, room);
    const every = config().serve.deliverSeconds;
    room.waiting('', (clock() + every * 1e6) as ReturnType<typeof clock>);
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

async function deliver(context: Context, room: PartRoom): Promise<void> {
  const { workspace, config, log, metrics } = context;
  if (config().sinks.length === 0) return;
  const done = await inSpan('tidemark.delivery', {}, async (span) => {
    const made = await workspace.deliver({ ...context.sinks, signal: room.signal });
    span.setAttribute('tidemark.queued', made?.queued ?? 0);
    return made;
  });
  // `tidemark sinks deliver` is at it.
  if (done === undefined) return;
  for (const { sink, delivered, failed, dead, why } of done.rounds) {
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
  }
  const sinks = await workspace.sinks.list();
  for (const { name, pending, dead } of sinks) metrics.outbox(name, pending, dead);
  if (done.rounds.some(({ delivered, failed }) => delivered + failed > 0)) publish(context, 'delivery');
}
