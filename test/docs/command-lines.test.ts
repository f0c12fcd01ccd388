import { CommanderError } from '@commander-js/extra-typings';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { tidemarkCallsIn } from './command-lines.ts';
import { docPages, pageOf } from './pages.ts';
import { commandsOf, helpEndOf } from './reference-cli.ts';

/** What the program says against a call, without running it; undefined when it takes it. */
async function refusalOf(args: readonly string[]): Promise<string | undefined> {
  const program = buildProgram('0.0.0', async () => undefined);
  try {
    await program.parseAsync(['node', 'tidemark', ...args]);
    return undefined;
  } catch (error) {
    // Help and version end the program too.
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}

async function refusalsIn(text: string): Promise<readonly string[]> {
  const said = await Promise.all(
    tidemarkCallsIn(text).map(async (args) => {
      const refusal = await refusalOf(args);
      return refusal === undefined ? [] : [`tidemark ${args.join(' ')}: ${refusal}`];
    }),
  );
  return said.flat();
}

const program = buildProgram('0.0.0', async () => undefined);

describe.each(commandsOf(program))('the help of $words', ({ command }) => {
  const { examples, statuses } = helpEndOf(command);
  test('has examples, each with a purpose, that the command line takes', async () => {
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.filter(({ purpose }) => purpose === '')).toEqual([]);
    expect(await refusalsIn(examples.map(({ line }) => line).join('\n'))).toEqual([]);
  });
  test('says what its exit statuses mean', () => {
    expect(statuses.map(({ status }) => status)).toContain('0');
    expect(statuses.filter(({ meaning }) => meaning === '')).toEqual([]);
  });
});

const PAGES = ['README.md', 'examples/telemetry/README.md', ...docPages().map((name) => join('docs', name))];
/** Blocks in which commands may stand; others hold YAML, output, rules. */
const OF_COMMANDS = new Set(['', 'sh', 'console', 'text', 'bash', 'ini', 'cron']);

test('every call of tidemark that a page shows is one that the command line takes, also where it is not run', async () => {
  const shown = PAGES.flatMap((file) =>
    pageOf(file)
      .blocks.filter(({ language }) => OF_COMMANDS.has(language))
      .map(({ language, line, text }) => ({
        place: `${file}:${line}`,
        // Of a console, what was typed and not what it printed.
        text:
          language === 'console' ? text.replaceAll(/^(?![$>] ).*\n/gm, '').replaceAll(/^[$>] /gm, '') : text,
      })),
  );
  expect(shown.flatMap(({ text }) => tidemarkCallsIn(text)).length).toBeGreaterThan(150);
  const refused = await Promise.all(
    shown.map(async ({ place, text }) => (await refusalsIn(text)).map((said) => `${place}: ${said}`)),
  );
  expect(refused.flat()).toEqual([]);
});

describe('the reader of shell text', () => {
  test.each([
    ['tidemark scans', [['scans']]],
    ['npx tidemark --data-dir x scans # why', [['--data-dir', 'x', 'scans']]],
    ["tidemark query 'SELECT 1; x' > out.csv 2>&1", [['query', 'SELECT 1; x']]],
    ['tcpdump -w - | tidemark watch - && tidemark doctor', [['watch', '-'], ['doctor']]],
    ['A=1 sudo /usr/bin/tidemark init', [['init']]],
    ['id=$(tidemark findings --json | jq -r .x)', [['findings', '--json']]],
    ['tidemark feedback noise \\\n  10.0.0.1', [['feedback', 'noise', '10.0.0.1']]],
    ["cat > a <<'END'\ntidemark nothing\nEND\ntidemark scans", [['scans']]],
    ['*/5 * * * * user tidemark scans', []],
  ])('%s', (text, calls) => {
    expect(tidemarkCallsIn(text)).toEqual(calls);
  });
});
