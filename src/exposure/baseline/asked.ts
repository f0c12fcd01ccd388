import type { Baseline } from '../model/baseline.ts';
import { readCommandLine, type CommandLine } from '../model/command-line.ts';
import type { RunInfo } from '../model/scan-run.ts';

/**
 * What the runs asked, as one: the deepest run's words (the newest of those), with the targets of the others
 * added where they are complete and discover hosts in the same way. There too, an absence was noticed, so a host
 * that is new in any of them is noticed later.
 * @param runs oldest first
 */
export function askedBy(runs: readonly RunInfo[]): Baseline['asked'] {
  let best: { readonly depth: number; readonly info: RunInfo } | undefined;
  for (const info of runs) {
    const command = readCommandLine(info.args);
    const depth = (command.versions ? 2 : 0) + (command.os ? 1 : 0);
    if (best === undefined || depth >= best.depth) best = { depth, info };
  }
  if (best === undefined) return { scanner: '', version: '', args: '', scaninfo: [] };
  const { scanner, version, scaninfo, hosts } = best.info;
  const args = [best.info.args, ...furtherTargets(best.info, runs)].join(' ');
  return { scanner, version, args, scaninfo, ...(hosts === undefined ? {} : { hosts }) };
}

function furtherTargets(best: RunInfo, runs: readonly RunInfo[]): string[] {
  const own = readCommandLine(best.args);
  if (own.empty) return [];
  const known = new Set(targetWords(own));
  const further = new Set<string>();
  for (const info of runs) {
    const command = readCommandLine(info.args);
    if (info.status !== 'complete' || command.discovery.join(' ') !== own.discovery.join(' ')) continue;
    for (const word of targetWords(command)) if (!known.has(word)) further.add(word);
  }
  return [...further].toSorted();
}

/** What a run was aimed at: its series, targets and way of discovery; undefined when it recorded no command line. */
export function targetOf(run: RunInfo): string | undefined {
  const command = readCommandLine(run.args);
  if (command.empty) return undefined;
  return JSON.stringify([run.profile, command.targets.specification, command.discovery]);
}

/** The targets as they were typed: the part of the specification before its exclusions. */
function targetWords(command: CommandLine): string[] {
  return (command.targets.specification.split(/(?:^| )!(?: |$)/, 1)[0] ?? '')
    .split(' ')
    .filter((word) => word !== '');
}
