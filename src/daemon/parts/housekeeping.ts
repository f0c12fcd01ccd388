import type { StoreHealth } from '../../assembly/workspace.ts';
import { pause } from '../bell.ts';
import type { Context } from '../context.ts';
import type { Part, PartRoom } from '../supervisor.ts';

/** Bytes below which free space is worth a warning: an import of a large scan takes as much. */
const LITTLE = 1e9;

/** Removes what killed imports left, and looks at the health of the store. */
export function housekeepingPart(context: Context): Part {
  return { name: 'housekeeping', after: [], run: (room) => run(context, room) };
}

async function run(context: Context, room: PartRoom): Promise<void> {
  const { workspace, config, clock, log, metrics } = context;
  while (!room.signal.aborted) {
    room.running();
    const swept = await workspace.sweep();
    if (swept.length > 0)
      log('info', 'store.swept', `${swept.length} imports that were cut short left nothing behind`, {
        imports: swept.length,
      });
    const health = await workspace.health();
    const sizes = sizesOf(health);
    metrics.store(sizes);
    for (const { message } of health.problems) log('warning', 'store.damaged', message);
    if (sizes.free < LITTLE)
      log('warning', 'store.little-space', `${Math.round(sizes.free / 1e6)} MB are free for the history`);
    const every = config().serve.housekeepingSeconds;
    room.waiting('', (clock() + every * 1e6) as ReturnType<typeof clock>);
    await pause(every * 1e3, room.signal);
  }
}

/** What the nodes come to together. */
export function sizesOf({ nodes, problems }: StoreHealth): {
  readonly size: number;
  readonly free: number;
  readonly memory: number;
  readonly problems: number;
} {
  const sum = (values: readonly (number | undefined)[]): number =>
    values.reduce<number>((total, value) => total + (value ?? 0), 0);
  return {
    size: sum(nodes.map(({ usedBytes }) => usedBytes)),
    free: Math.min(...nodes.flatMap(({ freeBytes }) => freeBytes ?? [])),
    memory: sum(nodes.map(({ memoryBytes }) => memoryBytes)),
    problems: problems.length,
  };
}
