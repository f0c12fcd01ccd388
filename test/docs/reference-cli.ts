import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** What a command says of itself after its options. */
export interface HelpEnd {
  /** Lines to type, with what each is for. */
  readonly examples: readonly { readonly line: string; readonly purpose: string }[];
  /** Exit statuses with their meanings. */
  readonly statuses: readonly { readonly status: string; readonly meaning: string }[];
}

/** A command with the words that call it: `tidemark scans show`. */
export interface Called {
  readonly words: string;
  readonly command: CommandUnknownOpts;
}

/** Every command of a program but the help commands, in the order of the help, groups before their members. */
export function commandsOf(program: CommandUnknownOpts, words = program.name()): readonly Called[] {
  return [
    { words, command: program },
    ...program.commands.flatMap((command) => commandsOf(command, `${words} ${command.name()}`)),
  ];
}

/** Examples and exit statuses of a command, out of the text that its help ends with. */
export function helpEndOf(command: CommandUnknownOpts): HelpEnd {
  let text = '';
  command.configureOutput({ writeOut: (more) => (text += more) }).outputHelp();
  const [, examples = '', statuses = ''] =
    /Examples:\n([\s\S]*?)(?:\n\nExit status:\n([\s\S]*))?\s*$/.exec(text) ?? [];
  const lines = examples.split('\n').filter((line) => line.trim() !== '');
  return { examples: readExamples(lines), statuses: readStatuses(statuses) };
}

function readExamples(lines: readonly string[]): HelpEnd['examples'] {
  // A long example has its purpose on the next line, further in.
  const under = lines.some((line) => line.startsWith('      '));
  if (under)
    return lines.flatMap((line, index) =>
      index % 2 === 0 ? [{ line: line.trim(), purpose: lines[index + 1]?.trim() ?? '' }] : [],
    );
  const widest = Math.max(0, ...lines.map((line) => line.trim().split(/ {3,}/)[0]?.length ?? 0));
  return lines.map((line) => ({
    line: line.slice(2, 2 + widest).trim(),
    purpose: line.slice(2 + widest).trim(),
  }));
}

function readStatuses(text: string): HelpEnd['statuses'] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, status = '', meaning = ''] = /^ *(\d+) (.*)$/.exec(line) ?? [];
      return { status, meaning };
    });
}

/** docs/reference/cli.md: every command with its arguments, options, examples and exit statuses, from the program itself. */
export function renderCli(program: CommandUnknownOpts): string {
  const commands = commandsOf(program);
  const [main, ...rest] = commands;
  return `${[
    '# Every command',
    '',
    'Made from the command line itself (`UPDATE_DOCS=1 npx vitest run test/docs/reference.test.ts`); do not edit. What scripts may',
    'rely on (streams, JSON documents, how scans are named) is in [commands.md](../commands.md).',
    '',
    ...program.commands.map(
      (command) =>
        `- [${program.name()} ${command.name()}](#${anchor(`${program.name()} ${command.name()}`)}): ${plain(command.description())}`,
    ),
    '',
    '## Options of every command',
    '',
    ...(main === undefined ? [] : optionTable(main.command)),
    '',
    ...exitTable(helpEndOf(program)),
    ...rest.flatMap((called) => renderCommand(called)),
  ].join('\n')}\n`;
}

function renderCommand({ words, command }: Called): string[] {
  const isGroup = command.commands.length > 0;
  const { examples, statuses } = helpEndOf(command);
  const lines = [
    '',
    `${words.split(' ').length > 2 ? '###' : '##'} ${words}`,
    '',
    sentence(command.description()),
  ];
  if (!isGroup) lines.push('', '```usage', `${words} ${command.usage()}`, '```');
  if (isGroup)
    lines.push(
      '',
      ...command.commands.map(
        (child) =>
          `- [${child.name()}](#${anchor(`${words} ${child.name()}`)}): ${plain(child.description())}`,
      ),
    );
  if (command.registeredArguments.length > 0)
    lines.push(
      '',
      '| argument | meaning |',
      '| --- | --- |',
      ...command.registeredArguments.map(
        (argument) =>
          `| \`${argument.name()}${argument.variadic ? '…' : ''}\` | ${cell([
            argument.description,
            ...preset(argument.defaultValue, argument.defaultValueDescription),
          ])} |`,
      ),
    );
  if (command.options.length > 0) lines.push('', ...optionTable(command));
  if (examples.length > 0)
    lines.push('', '```text', ...examples.flatMap(({ line, purpose }) => [`# ${purpose}`, line]), '```');
  if (statuses.length > 0) lines.push('', ...exitTable({ examples, statuses }));
  return lines;
}

function optionTable(command: CommandUnknownOpts): string[] {
  return [
    '| option | meaning |',
    '| --- | --- |',
    ...command.options
      .filter((option) => !option.hidden)
      .map(
        (option) =>
          `| \`${option.flags.replaceAll('|', '\\|')}\` | ${cell([
            option.description,
            ...(option.argChoices === undefined
              ? []
              : [`one of ${option.argChoices.map((choice) => `\`${choice}\``).join(', ')}`]),
            // A flag that switches something off has "true" for a default, which says nothing to a reader.
            ...(option.negate ? [] : preset(option.defaultValue, option.defaultValueDescription)),
          ])} |`,
      ),
  ];
}

function preset(value: unknown, description: string | undefined): string[] {
  if (description !== undefined) return [`default: ${description}`];
  if (value === undefined || value === '' || value === false || (Array.isArray(value) && value.length === 0))
    return [];
  return [
    `default: \`${Array.isArray(value) ? value.join(' ') : typeof value === 'string' ? value : JSON.stringify(value)}\``,
  ];
}

function exitTable({ statuses }: HelpEnd): string[] {
  return [
    '| exit status | meaning |',
    '| --- | --- |',
    ...statuses.map(({ status, meaning }) => `| ${status} | ${plain(meaning)} |`),
  ];
}

function cell(parts: readonly string[]): string {
  return parts.map((part) => plain(part)).join('; ');
}

function sentence(text: string): string {
  const said = plain(text);
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

/** Text of the help in Markdown: what is written as a place to fill in stays visible. */
function plain(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/[<>]/g, (bracket) => (bracket === '<' ? '&lt;' : '&gt;'));
}

function anchor(words: string): string {
  return words.toLowerCase().replaceAll(' ', '-');
}
