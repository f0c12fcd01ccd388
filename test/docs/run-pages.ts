import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startServer } from '../clickhouse/server.ts';
import { prepared, removePrepared, type Beforehand } from './before.ts';
import { readPage } from './markdown.ts';
import { ROOT, textOf } from './pages.ts';
import { isOfCommands, runPage, type BlockResult, type PageRun } from './run-page.ts';

/** Time for one page: its commands are whole runs of the program. */
const TIMEOUT = 600_000;

/** Pages of other rooms whose commands are run by tests of those rooms, or cannot be run here; and why. */
export const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'docs/alerts.md':
    'needs decisions of several days; how-to/email-digest.md runs the first, test/cli the others',
  'docs/anomaly.md':
    'needs a history with unusual hosts; how-to/tune-false-alarms.md and announce-a-change.md run them',
  'docs/evaluation-assess.md': 'needs labelled histories; test/cli/evaluate-assess.test.ts runs it',
  'docs/sinks.md': 'needs receivers; test/sinks has its own',
};

/** Pages that are about a ClickHouse server: they get a real one, of which the environment tells. */
const WITH_SERVER: ReadonlySet<string> = new Set(['docs/how-to/clickhouse-server.md']);

/** Programs besides the shell's own that pages use; without them their tests are skipped, and say why. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  'docs/tutorial.md': ['nmap', 'curl'],
  'docs/how-to/daemon.md': ['curl'],
  'docs/how-to/verify-a-finding.md': ['nmap', 'curl'],
  'docs/nse.md': ['nmap'],
};
const missingFor = (file: string): readonly string[] =>
  (NEEDS[file] ?? []).filter((tool) => spawnSync('which', [tool]).status !== 0);

/** Defines a test for each page that shows commands; with UPDATE_DOCS=1 console blocks get what is printed now. */
export function testPages(pages: readonly string[], beforehand: Readonly<Record<string, Beforehand>>): void {
  afterAll(removePrepared);
  const shown = pages.filter(
    (file) =>
      !(file in RUN_ELSEWHERE) &&
      readPage(textOf(file)).blocks.some((block) => isOfCommands(block) && !block.attributes.has('norun')),
  );
  for (const file of shown) {
    const missing = missingFor(file);
    const what =
      missing.length > 0
        ? `needs ${missing.join(', ')}`
        : 'every command ends and prints as shown (UPDATE_DOCS=1 writes the output)';
    test.skipIf(missing.length > 0)(`${file}: ${what}`, { timeout: TIMEOUT }, async () => {
      const begins = beforehand[file];
      const printedInstead = process.env['UPDATE_DOCS'] === '1' ? new Map<number, string>() : undefined;
      const run = {
        text: textOf(file),
        from: begins === undefined ? undefined : await prepared(begins),
        printedInstead,
      };
      const results = WITH_SERVER.has(file) ? await besideServer(run) : await runPage(run);
      if (printedInstead !== undefined) writeBlocks(file, printedInstead);
      expect(
        results.filter(({ wrong }) => wrong !== '').map(({ line, wrong }) => `${file}:${line}: ${wrong}`),
      ).toEqual([]);
    });
  }
}

async function besideServer(run: PageRun): Promise<readonly BlockResult[]> {
  const server = await startServer();
  try {
    return await runPage({ ...run, env: { CLICKHOUSE_URL: server.url } });
  } finally {
    await server.stop();
  }
}

function writeBlocks(file: string, printed: ReadonlyMap<number, string>): void {
  const text = textOf(file);
  const lines = text.split('\n');
  const blocks = readPage(text).blocks.toReversed();
  for (const { line, text: old } of blocks) {
    const wanted = printed.get(line);
    if (wanted !== undefined) lines.splice(line, old.split('\n').length - 1, ...wanted.split('\n'));
  }
  writeFileSync(join(ROOT, file), lines.join('\n'));
}
