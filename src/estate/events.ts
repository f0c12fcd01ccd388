import { Dice } from './dice.ts';
import { PLANTS, row, type EventOrder, type PlantedEvent } from './event-kinds.ts';
import { machineAt, ROLL } from './machine.ts';
import { newcomerPlace, placeOf, type Network, type Place } from './network.ts';
import { EVENT_KINDS, type EventKind, type Truth } from './truth.ts';

/** All planted events, by host number. Newcomers have numbers past the network's own. */
export interface EventPlan {
  readonly byHost: ReadonlyMap<number, PlantedEvent>;
  readonly newcomers: readonly PlantedEvent[];
  readonly truth: readonly Truth[];
}

/**
 * Decides what happens when and to whom. Every kind is planted once before any is planted twice;
 * a kind that finds no host in the network, or no port that the scans see, is left out.
 */
export function planEvents(order: EventOrder): EventPlan {
  const { network, weeks, quiet, count } = order;
  const byHost = new Map<number, PlantedEvent>();
  const newcomers: PlantedEvent[] = [];
  const truth: Truth[] = [];
  if (quiet >= weeks) return { byHost, newcomers, truth };
  const dice = new Dice(network.seed, ROLL.events);
  for (let turn = 0; turn < count; turn += 1) {
    const kind = EVENT_KINDS[turn % EVENT_KINDS.length]!;
    const week = dice.int(quiet + 1, weeks);
    if (kind === 'firewall-opened' && turn >= EVENT_KINDS.length * FIREWALLS) continue;
    for (const event of plantOne(order, kind, week, dice, byHost, newcomers)) {
      if (kind === 'host-appeared') newcomers.push(event);
      else byHost.set(event.place.index, event);
      truth.push(...event.truth);
    }
  }
  return { byHost, newcomers, truth: truth.toSorted((a, b) => a.week - b.week) };
}

/** Opened filters show on a whole subnet each; more of them would drown the rest. */
const FIREWALLS = 3;
/** How often to look for a host before giving up: the rarest that will do is 1 in 200. */
const TRIES = 1_000;

function plantOne(
  order: EventOrder,
  kind: EventKind,
  week: number,
  dice: Dice,
  taken: ReadonlyMap<number, unknown>,
  newcomers: readonly PlantedEvent[],
): PlantedEvent[] {
  const { network } = order;
  if (kind === 'firewall-opened') return openFirewall(order, week, dice, taken);
  const { roles, plant } = PLANTS[kind];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const place =
      kind === 'host-appeared'
        ? freePlace(network, dice, newcomers)
        : placeOf(network, dice.int(0, network.hosts - 1));
    if (place === undefined || taken.has(place.index)) continue;
    // Behind a restricted segment's filter nothing would show.
    if (kind !== 'host-appeared' && (place.segment.kind === 'restricted' || !roles.includes(place.role)))
      continue;
    const planted = plant(order, week, dice, place);
    if (planted !== undefined) return [{ kind, place, ...planted }];
  }
  return [];
}

/** .240–.249 of a segment. */
const NEWCOMERS_PER_SEGMENT = 10;

function freePlace(network: Network, dice: Dice, newcomers: readonly PlantedEvent[]): Place | undefined {
  const segment = dice.pick(network.segments);
  const n = newcomers.filter((event) => event.place.segment === segment).length;
  return n < NEWCOMERS_PER_SEGMENT ? newcomerPlace(network, segment, n) : undefined;
}

function openFirewall(
  order: EventOrder,
  week: number,
  dice: Dice,
  taken: ReadonlyMap<number, unknown>,
): PlantedEvent[] {
  const { network } = order;
  const restricted = network.segments.filter(
    (segment) => segment.kind === 'restricted' && !taken.has(segment.first),
  );
  if (restricted.length === 0) return [];
  const segment = dice.pick(restricted);
  return Array.from({ length: segment.hosts }, (_, position) => {
    const place = placeOf(network, segment.first + position);
    const shows = machineAt(network, place, 0).services.find(
      ({ port, protocol }) => protocol === 'tcp' && port !== 22 && order.visible.has(port),
    );
    const detail = 'The filter in front of the subnet lets everything through.';
    return {
      kind: 'firewall-opened',
      week,
      place,
      change: ({ allowed: _allowed, ...now }) => now,
      truth: [row(week, place, 'firewall-opened', detail, shows?.port)],
    };
  });
}
