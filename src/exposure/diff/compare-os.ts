import type { OsMatch } from '../model/host.ts';

/**
 * How far below the best guess another one still counts as the same guess, in percentage points.
 * Nmap's accuracies move by a few points between two scans of the same machine; a smaller slack
 * reports re-orderings, a larger one hides a change between related systems.
 */
export const OS_ACCURACY_SLACK = 5;

/**
 * Whether the operating system changed: no guess that is as good as the best on one side names a
 * vendor, family and generation that a guess as good as the best names on the other. A side
 * without any guess says nothing.
 */
export function osChanged(a: readonly OsMatch[], b: readonly OsMatch[]): boolean {
  if (a.length === 0 || b.length === 0) return false;
  const before = bestSystems(a);
  const after = bestSystems(b);
  for (const system of after) if (before.has(system)) return false;
  return true;
}

/** `vendor family generation` of the guesses within the slack; the name of a match that has no class. */
function bestSystems(matches: readonly OsMatch[]): Set<string> {
  const best = Math.max(...matches.map((match) => match.accuracy));
  const systems = new Set<string>();
  for (const match of matches) {
    if (match.accuracy < best - OS_ACCURACY_SLACK) continue;
    if (match.classes.length === 0) systems.add(match.name);
    for (const osClass of match.classes) {
      systems.add([osClass.vendor, osClass.family, osClass.generation].map((part) => part ?? '').join('|'));
    }
  }
  return systems;
}
