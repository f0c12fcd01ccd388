import { readCommandLine, type CommandLine } from './command-line.ts';
import type { RunInfo } from './scan-run.ts';

/** How deep both of two runs looked: what one of them did not ask about cannot have changed. */
export interface Depth {
  /** Both detected services (-sV, -A), or neither did; a name without detection is a guess from the port number. */
  readonly versions: boolean;
  /** Both ran OS detection (-O, -A), or neither did. */
  readonly os: boolean;
  /**
   * `all`: both ran the same scripts, so a result that is gone is gone. `shared`: the selections
   * differ, and only results that both runs have are compared.
   */
  readonly scripts: 'all' | 'shared';
  /** Both looked names up, or neither did (-n). */
  readonly names: boolean;
}

/** Full depth, for values that come from the same kind of run. */
export const FULL_DEPTH: Depth = { versions: true, os: true, scripts: 'all', names: true };

/** Between two scanners, or two formats of one: states compare, and little else is said in the same words. */
const SHALLOW: Depth = { versions: false, os: false, scripts: 'shared', names: false };

/** The part of a run that its depth is read from. */
type Asked = Pick<RunInfo, 'args' | 'scanner' | 'format'>;

/**
 * The depth two runs share, read from their command lines. A run that recorded none is taken to
 * have looked as deep as the other: old files and other scanners have no `args`.
 */
export function depthOf(a: Asked, b: Asked): Depth {
  const ca = readCommandLine(a.args);
  const cb = readCommandLine(b.args);
  if (a.scanner !== b.scanner || a.format !== b.format) return SHALLOW;
  if (ca.empty || cb.empty || a.scanner !== 'nmap') return FULL_DEPTH;
  return {
    versions: ca.versions === cb.versions,
    os: ca.os === cb.os,
    scripts: sameScripts(ca, cb) ? 'all' : 'shared',
    names: ca.names === cb.names,
  };
}

function sameScripts(a: CommandLine, b: CommandLine): boolean {
  return a.scripts.join(',') === b.scripts.join(',');
}
