import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { suggest } from '../config/suggest.ts';
import { Fault } from '../fault/fault.ts';

const guarded = new WeakSet<CommandUnknownOpts>();

/** Whether the command is a default that refuses words by itself. */
export function isGuarded(command: CommandUnknownOpts): boolean {
  return guarded.has(command);
}

/**
 * Lets a group answer without a subcommand (`tidemark scans` lists them) and still notice a mistyped
 * one: commander hands every unknown word to the default, which takes none.
 */
export function guardDefault(group: CommandUnknownOpts, fallback: CommandUnknownOpts): void {
  guarded.add(fallback);
  fallback.hook('preAction', () => {
    const word = fallback.args[0];
    if (word === undefined) return;
    const names = group.commands.map((command) => command.name());
    const meant = suggest(word, names);
    throw new Fault(
      'cli/usage',
      `unknown command '${word}'`,
      meant === undefined
        ? `The commands of \`tidemark ${group.name()}\` are ${names.join(', ')}.`
        : `Did you mean ${meant}?`,
    );
  });
}
