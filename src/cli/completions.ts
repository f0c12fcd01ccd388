import attach from '@bomb.sh/tab/commander';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** What a scan can be called besides its identifier and a file name. Identifiers are not offered: that would open the store, half a second for each press of the key. */
const SCANS = [
  ['latest', 'the newest scan'],
  ['latest~1', 'the one before it'],
] as const;
const VERSIONS = [
  ['pinned', 'the version that deviations are measured against'],
  ['latest', 'the newest version'],
] as const;

/** Adds the hidden `complete` command that shells call. Loaded for that call only. */
export function addCompletions(program: CommandUnknownOpts): void {
  // The adapter is typed for plain commander, whose class ours extends in types only.
  const root = attach(program as unknown as Parameters<typeof attach>[0]);
  for (const command of root.commands.values()) {
    // Options before all commands are options of each.
    for (const [name, option] of root.options) command.options.set(name, option);
    for (const argument of command.arguments.values()) {
      const values = /^(?:scan|a|b)$/.test(argument.name)
        ? SCANS
        : argument.name === 'version'
          ? VERSIONS
          : undefined;
      if (values === undefined) continue;
      argument.handler = (complete) => {
        for (const [value, description] of values) complete(value, description);
      };
    }
  }
}
