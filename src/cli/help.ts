/** An example as help shows it: the line to type, and what it is for. */
export type Example = readonly [line: string, purpose: string];

/** The end of a command's help: examples, then what its exit status means when that is more than success. */
export function helpAfter(examples: readonly Example[], statuses?: readonly string[]): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, purpose]) =>
    width > 56 ? `  ${line}\n      ${purpose}` : `  ${line.padEnd(width)}   ${purpose}`,
  );
  const exit =
    statuses === undefined ? '' : `\n\nExit status:\n${statuses.map((status) => `  ${status}`).join('\n')}`;
  return `\nExamples:\n${lines.join('\n')}${exit}`;
}

/** Exit statuses of commands that only answer. */
export const ANSWERS: readonly string[] = ['0 done', '2 the command failed'];
