import type { OsMatch } from '../model/host.ts';

/** `vendor family generation` of the best match, or its name where Nmap gives no class; undefined without a match. */
export function osName(matches: readonly OsMatch[]): string | undefined {
  const best = matches[0];
  if (best === undefined) return undefined;
  const osClass = best.classes[0];
  if (osClass === undefined) return best.name;
  const words = [osClass.vendor, osClass.family, osClass.generation].filter((word) => word !== undefined);
  return words.length === 0 ? best.name : words.join(' ');
}
