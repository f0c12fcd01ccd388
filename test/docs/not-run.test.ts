import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tidemarkCallsIn } from './command-lines.ts';
import { docPages, pageOf, textOf } from './pages.ts';
import { isOfCommands, notRunOf } from './run-page.ts';
import { RUN_ELSEWHERE } from './run-pages.ts';

/** How many blocks of commands may be shown without being run. One more is a decision: raise it here, and say why there. */
const MOST_NOT_RUN = 32;

const PAGES = docPages().map((name) => join('docs', name));
const notRun = PAGES.flatMap((file) =>
  notRunOf(textOf(file)).map((block) => ({ ...block, place: `${file}:${block.line}` })),
);
const elsewhere = Object.entries(RUN_ELSEWHERE).flatMap(([file, reason]) =>
  pageOf(file)
    .blocks.filter((block) => isOfCommands(block))
    .map(({ line }) => ({ place: `${file}:${line}`, reason })),
);

test('what is shown and not run is counted, has a reason, and does not become more', () => {
  const all = [...notRun, ...elsewhere];
  const run =
    PAGES.flatMap((file) => pageOf(file).blocks.filter((block) => isOfCommands(block))).length - all.length;
  process.stdout.write(
    `${run} blocks of commands are run, ${all.length} are not (at most ${MOST_NOT_RUN}):\n${all
      .map(({ place, reason }) => `  ${place}: ${reason}\n`)
      .join('')}`,
  );
  expect(notRun.filter(({ reason }) => reason.length < 8)).toEqual([]);
  expect(all.length).toBeLessThanOrEqual(MOST_NOT_RUN);
  expect(run).toBeGreaterThan(all.length);
});

test('commands stand in blocks that are run or say that they are not: not in blocks without a language, nor indented', () => {
  const own = PAGES.filter((file) => !(file in RUN_ELSEWHERE));
  const hidden = own.flatMap((file) => [
    ...pageOf(file)
      .blocks.filter(({ language, text }) => language === '' && tidemarkCallsIn(text).length > 0)
      .map(({ line }) => `${file}:${line}`),
    ...textOf(file)
      .split('\n')
      .flatMap((line, index) => (/^ {4,}(?:\$ )?tidemark [a-z]/.test(line) ? [`${file}:${index + 1}`] : [])),
  ]);
  expect(hidden).toEqual([]);
});
