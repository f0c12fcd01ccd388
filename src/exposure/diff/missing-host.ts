import type { IpAddress } from '../../net/ip-address.ts';
import { readCommandLine, targetsExclude, targetsName, type CommandLine } from '../model/command-line.ts';
import type { Host } from '../model/host.ts';
import type { RunInfo } from '../model/scan-run.ts';

/** What a run's own words say about hosts that it does not list. */
export interface RunReach {
  readonly command: CommandLine;
  readonly complete: boolean;
  /** `<runstats><hosts total>`, where given. */
  readonly total: number | undefined;
  /** How many hosts the run lists, after merging duplicates. */
  readonly listed: number;
  /** Names typed as targets and the address each was listed at. */
  readonly typedNames: ReadonlyMap<string, IpAddress>;
}

/** Collects what `wasTried` needs while hosts go by. */
export class ReachBuilder {
  #listed = 0;
  readonly #typedNames = new Map<string, IpAddress>();

  add(host: Host): void {
    this.#listed += 1;
    for (const name of host.hostnames) {
      if (name.type === 'user') this.#typedNames.set(name.name.toLowerCase(), host.address);
    }
  }

  /** A host that has no name typed by the user, and needs no more than counting. */
  count(): void {
    this.#listed += 1;
  }

  finish(run: Pick<RunInfo, 'args' | 'status' | 'hosts'>): RunReach {
    return {
      command: readCommandLine(run.args),
      complete: run.status === 'complete',
      total: run.hosts?.total,
      listed: this.#listed,
      typedNames: this.#typedNames,
    };
  }
}

/**
 * Whether a run that does not list a host is known to have tried it, so that its absence says
 * "did not answer". `present` is the run that lists it. The rule, first match wins:
 *
 * 1. A run that did not complete tried nothing beyond what it lists.
 * 2. A run that recorded no command line, or counted no targets, does not say what it tried.
 * 3. An address that `--exclude` takes out was not tried.
 * 4. Host discovery has to be comparable: the run asks at least what the other run asked (equal
 *    -P options, or -Pn, or the options of the other among its own). A host that the other run
 *    took for up without asking (-Pn) may never have answered.
 * 5. An address, block or octet range among the targets that contains it: tried. Not when a list
 *    of exclusions that we cannot see stands beside it.
 * 6. A name among the targets under which the other run listed this very host: tried, when the run
 *    counts more targets than it lists and does not list that name at another address.
 * 7. The same targets word for word (a file behind -iL included) and the same total in both
 *    runs' statistics: tried.
 * 8. Else it is not known.
 */
export function wasTried(missing: RunReach, present: RunReach, host: Host): boolean {
  if (!missing.complete) return false;
  const { targets } = missing.command;
  if (missing.command.empty || missing.total === 0) return false;
  if (targetsExclude(targets, host.address)) return false;
  if (!discoversAsMuch(missing.command, present.command)) return false;
  if (targetsName(targets, host.address) === true) return true;
  if (targets.unseenExclusions && targets.specification !== present.command.targets.specification)
    return false;
  const fewerListed = missing.total !== undefined && missing.total > missing.listed;
  for (const name of host.hostnames) {
    if (name.type !== 'user' || !fewerListed) continue;
    const typed = name.name.toLowerCase();
    if (!targets.names.includes(typed)) continue;
    const elsewhere = missing.typedNames.get(typed);
    if (elsewhere === undefined || elsewhere === host.address) return true;
  }
  return (
    missing.total !== undefined &&
    missing.total === present.total &&
    fewerListed &&
    !present.command.empty &&
    targets.specification === present.command.targets.specification &&
    targets.unseen.every((source) => !source.startsWith('-iR'))
  );
}

function discoversAsMuch(missing: CommandLine, present: CommandLine): boolean {
  if (missing.discovery.includes('-Pn')) return true;
  if (present.discovery.includes('-Pn')) return false;
  if (missing.discovery.length === 0) return present.discovery.length === 0;
  if (present.discovery.length === 0) return false;
  return present.discovery.every((option) => missing.discovery.includes(option));
}
