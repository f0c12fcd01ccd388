import type { Contact } from './contact.ts';
import type { PlotPoint } from './episode.ts';

/** Points kept for the pictures of one episode: evenly thinned beyond. */
export const PLOT_POINTS = 400;

/** The points of contacts, in their order: at most PLOT_POINTS, evenly chosen. */
export function pointsOf(contacts: readonly Contact[]): readonly PlotPoint[] {
  return evenly(contacts, PLOT_POINTS).map(({ first, source, destination, port, protocol, outcome }) => ({
    at: first,
    source,
    destination,
    port,
    protocol,
    outcome,
  }));
}

/** `most` of the items, as far apart as whole places allow, the first among them; the same list where it has no more. */
export function evenly<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, index) => items[Math.floor((index * items.length) / most)]!);
}
