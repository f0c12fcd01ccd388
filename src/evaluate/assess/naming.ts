import type { SurpriseChannel, SurpriseItem } from '../../exposure/model/surprise.ts';
import type { Judged, TopItem, Window } from './play.ts';
import type { World, WorldEvent } from './world.ts';

/** How many of the events of a kind that were found were also said. */
export interface KindNaming {
  readonly kind: string;
  readonly found: number;
  /** The first item of the explanation says what was planted, at one of its ports. */
  readonly named: number;
  /** First items of the others: the channel, and how often it stood there. */
  readonly instead: Readonly<Record<string, number>>;
}

const OPENED: readonly SurpriseChannel[] = ['new-port', 'combination', 'drift'];
const ANSWERS: readonly SurpriseChannel[] = ['service', 'product', 'version'];

/**
 * Channels that say what an event of a kind is; every other kind is one that opens ports. A moved service may be told from
 * either of its ports, another program behind a port by its name or its version, a drift also by its newest port.
 */
const SAYS: ReadonlyMap<string, readonly SurpriseChannel[]> = new Map([
  ['agent_lost', ['missing-port']],
  ['banner_mutation', ANSWERS],
  ['version_downgrade', ANSWERS],
  ['os_change', ['os']],
  ['rogue_device', ['new-host']],
  ['service_moved', [...OPENED, 'missing-port']],
]);
/** Events that are a host as a whole: there is no port to name. */
const OF_HOSTS: ReadonlySet<SurpriseItem['channel']> = new Set(['os', 'new-host']);

/** Whether the first item of an explanation names an event: what happened, and where the truth knows ports, one of them. */
export function names(
  top: TopItem | undefined,
  { kind, ports }: Pick<WorldEvent, 'kind' | 'ports'>,
): boolean {
  if (top === undefined) return false;
  const says: readonly string[] = SAYS.get(kind) ?? OPENED;
  if (!says.includes(top.channel)) return false;
  return ports.length === 0 || OF_HOSTS.has(top.channel) || top.ports.some((port) => ports.includes(port));
}

/** Which of the events that were found are named by the explanation of the row that found them: the highest of the event. */
export function namingByKind(
  world: Pick<World, 'events'>,
  judged: Judged,
  window: Window,
  found: readonly number[],
): KindNaming[] {
  const best = new Map<number, { readonly score: number; readonly top: TopItem | undefined }>();
  for (const { rows } of judged.slice(window.from, window.to))
    for (const { score, top, label } of rows)
      if (label !== 'masked')
        for (const event of label)
          if (score > (best.get(event)?.score ?? -Infinity)) best.set(event, { score, top });
  const kinds = new Map<string, { found: number; named: number; instead: Record<string, number> }>();
  const wanted = new Set(found);
  for (const event of world.events.filter(({ id }) => wanted.has(id))) {
    const { top } = best.get(event.id) ?? {};
    const kind = kinds.get(event.kind) ?? { found: 0, named: 0, instead: {} };
    kinds.set(event.kind, kind);
    kind.found += 1;
    if (names(top, event)) kind.named += 1;
    else {
      const said = top?.channel ?? 'nothing';
      kind.instead[said] = (kind.instead[said] ?? 0) + 1;
    }
  }
  return Array.from(kinds, ([kind, counts]) => ({ kind, ...counts })).toSorted((a, b) =>
    a.kind < b.kind ? -1 : 1,
  );
}
