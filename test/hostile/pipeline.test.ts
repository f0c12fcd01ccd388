import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { summaryHtml } from '../../src/report/summary-html.ts';
import { wellFormed } from '../../src/sql/ports.ts';
import { browserNote, chromiumPath, launchChromium } from '../browser/chromium.ts';
import { MAIN, scratch, tidemark, type Ran } from '../cli/tidemark.ts';
import { criticalExposure, officeDrift, quietRun } from '../fixtures/summaries.ts';
import {
  harmInCsv,
  harmInMarkdown,
  harmOnTerminal,
  HOSTILE_STRINGS,
  skeletonOf,
  TRAP,
} from '../hostile-strings.ts';
import { addressOf, masscanJson, masscanList, nmapGrepable, nmapXml, textIn } from './scan-files.ts';

const cwd = scratch();
/** Made by nobody unless a string was run: by a shell, by the engine, or as an option. */
const MARKER = join(cwd, 'marker');
const TEXTS: readonly string[] = [
  ...HOSTILE_STRINGS.map(({ text }) => text),
  `$(touch ${MARKER}) \`touch ${MARKER}\` ; touch ${MARKER} | touch ${MARKER} & touch ${MARKER}`,
  `'"; touch ${MARKER} #\ntouch ${MARKER}\n`,
  `--output=${MARKER} -o ${MARKER} -oN ${MARKER}`,
  `' INTO OUTFILE '${MARKER}' FORMAT CSV --`,
  `\\' UNION ALL SELECT * FROM file('/etc/passwd', 'RawBLOB') --`,
];
/** All but the long ones as one word of a command line, which cannot hold NUL. */
const WORDS = TEXTS.filter((text) => text.length < 1000)
  .join(' ')
  .replaceAll('\0', '');
const [FIRST = '', SECOND = '', THIRD = ''] = [0, 1, 2].map((index) => addressOf(index));

/** How an output is meant to be read, which decides what harms. */
type Form = 'text' | 'json' | 'ndjson' | 'csv' | 'markdown' | 'html' | 'xml' | 'raw';

interface Step {
  readonly args: readonly string[];
  readonly form: Form;
  readonly status: number;
  /** With colours, whose removal must give the plain output of the same command. */
  readonly coloured?: true;
}
const step = (form: Form, status: number, ...args: readonly string[]): Step => ({ args, form, status });

/** Backticked, as the engine reads a name. */
const asColumn = (text: string): string => `\`${text.replace(/[\\`]/g, String.raw`\$&`)}\``;
/** Columns with every name that the guard lets through: it refuses controls, backslashes and backticks. */
const NAMES = TEXTS.filter((text) => text.length < 1000 && !/[`\\\p{Cc}\p{Cs}\u2028\u2029]/u.test(text));
const COLUMNS = `SELECT ${NAMES.map((text, index) => `${index} AS ${asColumn(text)}`).join(', ')}`;

/** Changes the history, one after the other. */
const MAKING: readonly Step[] = [
  step('text', 2, 'import', 'week0.xml', 'week1.xml', 'names'),
  step('json', 0, 'import', '--json', 'week2.xml', 'masscan.json', 'masscan.list', 'nmap.gnmap'),
  step('text', 0, 'baseline', 'learn', '--before', 'latest', '--note', WORDS),
  step('json', 0, 'baseline', 'approve', '--json', '--host', FIRST, '--port', '4444/tcp', '--note', WORDS),
  step('text', 0, 'baseline', 'approve', '--host', SECOND, '--until', '2099-01-01', '--note', WORDS),
  step('text', 0, 'baseline', 'pin', 'latest', '--note', WORDS),
  step('text', 1, 'assess'),
];

const LOOKING: readonly Step[] = [
  step('text', 0, 'scans', '--limit', '200'),
  { ...step('text', 0, 'scans', '--limit', '200'), coloured: true },
  step('json', 0, 'scans', '--limit', '200', '--json'),
  step('text', 0, 'scans', 'show', 'latest'),
  step('json', 0, 'scans', 'show', 'latest', '--json'),
  step('raw', 0, 'scans', 'show', 'latest', '--raw'),
  step('text', 0, 'hosts'),
  step('json', 0, 'hosts', '--json'),
  step('text', 0, 'hosts', FIRST, '--full'),
  { ...step('text', 0, 'hosts', FIRST, '--full'), coloured: true },
  step('json', 0, 'hosts', THIRD, '--json'),
  step('text', 1, 'diff'),
  step('json', 1, 'diff', '--json'),
  step('xml', 1, 'diff', '--xml'),
  step('text', 1, 'diff', 'baseline', 'latest'),
  step('xml', 1, 'diff', 'v1', 'latest', '--xml', '--verbose'),
  step('json', 1, 'diff', 'masscan.json', 'latest', '--anyway', '--json'),
  step('text', 0, 'baseline'),
  step('json', 0, 'baseline', '--json'),
  step('text', 0, 'baseline', 'show'),
  { ...step('text', 0, 'baseline', 'show'), coloured: true },
  step('json', 0, 'baseline', 'show', 'latest', '--json'),
  step('text', 1, 'baseline', 'diff', '1', 'latest'),
  step('json', 1, 'baseline', 'diff', '1', 'latest', '--json'),
  step('text', 1, 'assess', '--full'),
  { ...step('text', 1, 'assess', '--full'), coloured: true },
  step('json', 1, 'assess', '--against', 'latest~1', '--json'),
  step('html', 0, 'report', '-o', '-', '--format', 'html'),
  step('markdown', 0, 'report', '-o', '-', '--format', 'markdown'),
  step('text', 0, 'report', '-o', '-', '--format', 'text'),
  step('json', 0, 'report', '-o', '-', '--format', 'json'),
  ...['runs', 'hosts', 'ports', 'problems', 'findings'].map((view) =>
    step('csv', 0, 'query', '--csv', `SELECT * FROM ${view}`),
  ),
  ...['hosts', 'ports', 'findings'].map((view) =>
    step('ndjson', 0, 'query', '--json', `SELECT * FROM ${view}`),
  ),
  step('text', 0, 'query', 'SELECT * FROM ports LIMIT 100'),
  { ...step('text', 0, 'query', 'SELECT * FROM ports LIMIT 100'), coloured: true },
  step('text', 0, 'query', COLUMNS),
  step('csv', 0, 'query', '--csv', COLUMNS),
  step('ndjson', 0, 'query', '--json', COLUMNS),
  step('text', 2, 'query', `SELECT x FROM ${asColumn(WORDS)}`),
  step('text', 2, 'query', `${WORDS}'; DROP TABLE scan_host; --`),
  step('text', 2, 'scans', 'show', WORDS),
  step('text', 2, 'hosts', WORDS),
  step('json', 2, 'hosts', WORDS, '--json'),
  step('text', 2, 'import', WORDS),
  step('text', 2, 'diff', WORDS, 'latest'),
  step('text', 2, 'assess', '--against', WORDS),
  step('text', 2, 'baseline', 'show', WORDS),
  step('text', 2, 'baseline', 'approve', '--finding', WORDS),
  step('text', 2, 'import', '--vantage', WORDS, 'week0.xml'),
];

/** Needs no history. */
const ALONE: readonly Step[] = [
  step('text', 1, 'diff', 'week0.xml', 'week2.xml'),
  step('json', 1, 'diff', 'week0.xml', 'week2.xml', '--json'),
  step('xml', 1, 'diff', 'week0.xml', 'week2.xml', '--xml'),
  step('text', 1, 'diff', 'masscan.json', 'masscan.list', '--anyway', '--verbose'),
  step('text', 0, 'policy'),
  step('text', 0, 'policy', 'explain', 'site.words'),
  step('json', 0, 'policy', 'explain', 'site.words', '--json'),
  step('text', 1, 'policy', 'test'),
  step('text', 2, 'policy', 'test', 'broken.yaml'),
  step('json', 2, 'policy', 'test', 'broken.yaml', '--json'),
  step('text', 2, 'policy', 'explain', WORDS),
  step('text', 0, 'config', 'show'),
  step('text', 2, 'config', 'check', '--config', 'broken.yaml'),
  step('text', 2, 'config', 'check', '--config', WORDS),
  step('text', 0, 'complete', '--', 'hosts', WORDS),
  step('text', 2, WORDS),
  step('text', 2, 'scans', `--${WORDS}`),
  step('text', 2, 'scans', '--limit', WORDS),
  step('json', 2, 'scans', '--json', '--limit', WORDS),
  step('text', 2, 'report', '--format', WORDS),
  step('text', 2, 'baseline', 'approve', '--host', WORDS),
  step('text', 2, 'diff', 'week0.xml', WORDS),
  step('text', 2, '--debug', 'diff', 'week0.xml', WORDS),
];

/** Of the files with hostile names, every so many holds a scan. */
const SCAN_EVERY = 8;

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const FORBIDDEN_IN_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
/** As XML can hold it (XML 1.0, 2.2). */
const inXml = (text: string): string => wellFormed(text).replace(FORBIDDEN_IN_XML, '\ufffd');

const ran = new Map<Step, Ran>();

/** One command after the other, on one data folder. */
async function runAll(steps: readonly Step[], dataDir: string): Promise<void> {
  for (const each of steps) {
    const colour = each.coloured === undefined ? {} : { FORCE_COLOR: '1' };
    const env = { ...colour, TIDEMARK_DATA_DIR: dataDir, SUDO_USER: WORDS };
    ran.set(each, await tidemark(each.args, { cwd, env }));
  }
}

/** A path below a folder that looks like the text; no part of it is longer than file systems allow. */
function pathLike(text: string, index: number): string {
  const parts = wellFormed(text.replaceAll('\0', ''))
    .split('/')
    .map((part) => Buffer.from(part).subarray(0, 200).toString().replaceAll('\uFFFD', '') || '_')
    .map((part) => (part === '.' || part === '..' ? `${part}_` : part));
  return join(cwd, 'names', `${index}`, ...parts);
}

function writeFiles(): void {
  for (const week of [0, 1, 2])
    writeFileSync(join(cwd, `week${week}.xml`), nmapXml(TEXTS, week, { raw: week === 2 }));
  writeFileSync(join(cwd, 'masscan.json'), masscanJson(TEXTS));
  writeFileSync(join(cwd, 'masscan.list'), masscanList(TEXTS));
  writeFileSync(join(cwd, 'nmap.gnmap'), nmapGrepable(TEXTS));
  for (const [index, text] of TEXTS.entries()) {
    const path = pathLike(text, index);
    mkdirSync(dirname(path), { recursive: true });
    // Most are no scans, and are refused with their name and words of their content.
    writeFileSync(path, index % SCAN_EVERY === 0 ? masscanList([text.slice(0, 100)]) : text);
  }
  const noUtf8 = Buffer.from([0x61, 0xff, 0x9b, 0x32, 0x4a]);
  writeFileSync(Buffer.concat([Buffer.from(join(cwd, 'names', '/')), noUtf8]), 'x');
  const words = JSON.stringify(wellFormed(WORDS).slice(0, 900));
  const rule = { id: 'site.words', title: words, why: words, impact: words };
  writeFileSync(
    join(cwd, 'site.yaml'),
    [
      'version: 1\nrules:',
      `  - id: ${rule.id}\n    title: ${words}\n    severity: high\n    match: port.number == 23`,
      `    why: ${words}\n    impact: ${words}\n    actions: [${words}]\n    references: [${words}]`,
      `    tests:\n      - { name: ${words}, facts: { port: { number: 24 } }, expect: true }\n`,
    ].join('\n'),
  );
  writeFileSync(join(cwd, 'tidemark.yaml'), 'exposure: { policy: [site.yaml] }\n');
  writeFileSync(
    join(cwd, 'broken.yaml'),
    `version: 1\n${TEXTS.filter((text) => text.length < 200)
      .map((text) => `${JSON.stringify(wellFormed(text))}: ${words}\n`)
      .join('')}`,
  );
}

/** The words a harmless output has none of at the start of a line: they would pass for ours. */
const FORGED = /^(?:LOW RISK|Nothing to review|Set-Cookie|# Heading|touch )/m;

/** Elements with their attributes that our pages have; texts may add none. */
const ELEMENTS = new Set(
  [officeDrift(), quietRun(), criticalExposure()].flatMap((summary) => skeletonOf(summaryHtml(summary))),
);

function harmIn(form: Form, output: string): readonly string[] {
  switch (form) {
    case 'text':
      return [...harmOnTerminal(output), ...(FORGED.exec(output) ?? [])];
    case 'json':
      JSON.parse(output);
      return [...harmOnTerminal(output), ...(output.includes('<') ? ['<'] : [])];
    case 'ndjson':
      for (const line of output.split('\n').slice(0, -1)) JSON.parse(line);
      return [...harmOnTerminal(output), ...(output.includes('<') ? ['<'] : [])];
    case 'csv':
      return harmInCsv(output);
    case 'markdown':
      return harmInMarkdown(output);
    case 'html':
      return [
        ...harmOnTerminal(output.replaceAll('\t', ' ')),
        ...skeletonOf(output).filter((element) => !ELEMENTS.has(element)),
      ];
    case 'xml':
      return harmOnTerminal(output);
    case 'raw':
      return [];
    default:
      return form satisfies never;
  }
}

const named = (steps: readonly Step[]): { name: string; each: Step }[] =>
  steps.map((each) => ({
    name: `${each.args.map((arg) => (arg.length > 60 ? '…' : arg)).join(' ')}${each.coloured === undefined ? '' : ', coloured'}`,
    each,
  }));
const outputOf = (...args: readonly string[]): string => {
  const found = [...ran].find(
    ([each]) => each.coloured === undefined && each.args.join('\n') === args.join('\n'),
  );
  if (found === undefined) throw new Error(`no step ran ${args.join(' ')}`);
  return found[1].stdout;
};

beforeAll(async () => {
  writeFiles();
  await Promise.all([runAll(MAKING, join(cwd, 'a')), runAll(ALONE, join(cwd, 'c'))]);
  cpSync(join(cwd, 'a'), join(cwd, 'b'), { recursive: true });
  const half = Math.ceil(LOOKING.length / 2);
  await Promise.all([
    runAll(LOOKING.slice(0, half), join(cwd, 'a')),
    runAll(LOOKING.slice(half), join(cwd, 'b')),
  ]);
}, 240_000);
afterAll(() => {
  rmSync(cwd, { recursive: true });
}, 60_000);

describe('what every command prints of hostile strings is harmless', () => {
  test.each(named([...MAKING, ...LOOKING, ...ALONE]))('$name', ({ each }) => {
    const result = ran.get(each);
    if (result === undefined) throw new Error('it did not run');
    const { status, signal, stdout, stderr } = result;
    const told = `${stderr.slice(0, 500)}\n${stdout.length} characters: ${stdout.slice(0, 1000)}`;
    expect({ status, signal }, told).toEqual({ status: each.status, signal: null });
    expect(stderr).not.toContain('a bug in tidemark');
    if (each.coloured !== undefined) {
      expect(stdout).toContain('\u001b[');
      expect(stripVTControlCharacters(stdout)).toBe(outputOf(...each.args));
      return;
    }
    // A failure is said on stderr, as JSON where that was asked for.
    const failed = stdout === '';
    expect(harmIn(each.form === 'json' && failed ? 'json' : 'text', stderr || '{}')).toEqual([]);
    if (!failed) expect(harmIn(each.form, stdout)).toEqual([]);
    expect(failed).toBe(each.status === 2 && stderr !== '');
  });

  test('the verdict is said once', () => {
    const verdicts = outputOf('assess', '--full').match(/^[A-Z]+ RISK {2}\d/gm);
    expect(verdicts).toHaveLength(1);
  });

  test('no field of CSV ends its record', () => {
    const records = outputOf('query', '--csv', 'SELECT * FROM hosts').split('\r\n').slice(0, -1);
    expect(
      new Set(records.map((record) => record.match(/("(?:[^"]|"")*"|[^,"]*)(?:,|$)/g)?.length)).size,
    ).toBe(1);
    const hosts = outputOf('query', '--json', 'SELECT * FROM hosts').split('\n').slice(0, -1);
    expect(records).toHaveLength(hosts.length + 1);
  });

  test
    .skipIf(spawnSync('xmllint', ['--version']).status !== 0)
    .each([
      { args: ['diff', '--xml'] },
      { args: ['diff', 'v1', 'latest', '--xml', '--verbose'] },
      { args: ['diff', 'week0.xml', 'week2.xml', '--xml'] },
    ])('$args is valid against the DTD', ({ args }) => {
    const dtd = join(import.meta.dirname, '..', '..', 'docs', 'ndiff-1.dtd');
    const { status, stderr } = spawnSync(
      'xmllint',
      ['--noout', '--nonet', '--huge', '--dtdvalid', dtd, '-'],
      {
        input: outputOf(...args),
        encoding: 'utf8',
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('on a terminal', () => {
  test.skipIf(process.platform !== 'linux' || spawnSync('script', ['--version']).status !== 0)(
    'progress and results of an import draw, and do nothing else',
    () => {
      const command = `"${process.execPath}" "${MAIN}" --data-dir d import names`;
      const env = { PATH: process.env['PATH'], HOME: cwd, TERM: 'xterm', NO_COLOR: '1' };
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { cwd, env, encoding: 'utf8' });
      // The line of progress is taken away before it is drawn again; the terminal adds a return to each line end.
      expect(stdout).toContain('\r\u001b[2K');
      const drawn = stdout.replaceAll('\r\u001b[2K', '').replaceAll('\r\n', '\n');
      expect(harmIn('text', drawn)).toEqual([]);
    },
  );
});

describe('hostile strings are kept as they were', () => {
  const rows = (view: string): Record<string, unknown>[] =>
    outputOf('query', '--json', `SELECT * FROM ${view}`)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const scanOf = (source: string): string => {
    const { scans } = JSON.parse(outputOf('scans', '--limit', '200', '--json')) as {
      scans: { id: string; source: string }[];
    };
    return scans.find((scan) => scan.source === source)?.id ?? 'none';
  };
  test.each([0, 1])('out of the Nmap XML of week %i', (week) => {
    const run = scanOf(`week${week}.xml`);
    const ports = rows('ports').filter((row) => row['run'] === run);
    const said = new Map(ports.map((row) => [`${String(row['address'])} ${String(row['portid'])}`, row]));
    for (const index of TEXTS.keys()) {
      const text = inXml(textIn(TEXTS, index, week));
      const row = said.get(`${addressOf(index)} 22`);
      expect(row).toMatchObject({ product: text, service: inXml(textIn(TEXTS, index, week).slice(0, 400)) });
      expect(JSON.stringify(JSON.parse(String(row?.['details'])))).toContain(JSON.stringify(text));
    }
    const names = rows('hosts').filter((row) => row['run'] === run);
    expect(names.map((row) => (row['hostnames'] as string[])[1])).toEqual(
      expect.arrayContaining(TEXTS.map(inXml)),
    );
  });

  test('out of a file with bare control characters no host is lost', () => {
    const run = scanOf('week2.xml');
    expect(rows('hosts').filter((row) => row['run'] === run)).toHaveLength(TEXTS.length);
  });

  test('out of masscan’s JSON, control characters too', () => {
    const run = scanOf('masscan.json');
    const details = rows('ports')
      .filter((row) => row['run'] === run && row['portid'] === 80)
      .map((row) => JSON.parse(String(row['details'])) as { scripts?: { output: string }[] });
    expect(details.flatMap(({ scripts }) => scripts?.map(({ output }) => output) ?? []).toSorted()).toEqual(
      TEXTS.map(wellFormed).toSorted(),
    );
  });

  test('before and after of a diff', () => {
    const said = new Set<string>();
    const walk = (value: unknown): void => {
      if (typeof value === 'string') said.add(value);
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
    };
    walk(JSON.parse(outputOf('diff', 'week0.xml', 'week2.xml', '--json')));
    for (const text of TEXTS) expect(said).toContain(inXml(text));
  });

  test('notes, and who acted', () => {
    const { versions } = JSON.parse(outputOf('baseline', '--json')) as {
      versions: { note: string; by: string }[];
    };
    expect(versions.length).toBeGreaterThan(2);
    for (const version of versions)
      expect(version).toMatchObject({ note: wellFormed(WORDS), by: wellFormed(WORDS) });
  });

  test('columns of an answer', () => {
    const answer = JSON.parse(outputOf('query', '--json', COLUMNS)) as Record<string, number>;
    expect(Object.hasOwn(answer, '__proto__')).toBe(true);
    expect(Object.keys(answer)).toEqual(NAMES);
  });

  test('the newest file, byte for byte', () => {
    expect(
      outputOf('scans', 'show', 'latest', '--raw') === readFileSync(join(cwd, 'week2.xml'), 'utf8'),
    ).toBe(true);
  });
});

describe('hostile strings do nothing', () => {
  test('no file was made, and every scan is still there', () => {
    expect(existsSync(MARKER)).toBe(false);
    const { total } = JSON.parse(outputOf('scans', '--limit', '200', '--json')) as { total: number };
    expect(total).toBe(6 + Math.ceil(TEXTS.length / SCAN_EVERY));
    expect(readdirSync(cwd).toSorted()).toEqual(
      ['a', 'b', 'd', 'broken.yaml', 'masscan.json', 'masscan.list', 'names', 'nmap.gnmap', 'site.yaml', 'tidemark.yaml', 'week0.xml', 'week1.xml', 'week2.xml'].toSorted(),
    ); // prettier-ignore
  });

  test.skipIf(chromiumPath === undefined)(
    `the report in a browser runs nothing and asks for nothing${browserNote}`,
    async () => {
      const file = join(cwd, 'report.html');
      writeFileSync(file, outputOf('report', '-o', '-', '--format', 'html'));
      const browser = await launchChromium();
      try {
        const page = await (await browser.newContext({ bypassCSP: true })).newPage();
        const seen: string[] = [];
        page.on('request', (request) => seen.push(request.url()));
        page.on('console', (message) => seen.push(message.text()));
        page.on('dialog', (dialog) => {
          seen.push(dialog.message());
          void dialog.dismiss();
        });
        await page.goto(pathToFileURL(file).href);
        await page.evaluate('document.querySelectorAll("details").forEach((each) => { each.open = true; })');
        expect(seen.filter((each) => !each.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
        expect(await page.evaluate(`typeof window.${TRAP}`)).toBe('undefined');
        expect(
          await page.evaluate('document.querySelectorAll("script, img, iframe, form, base").length'),
        ).toBe(0);
        expect(await page.evaluate('document.querySelector(".page > .foot") !== null')).toBe(true);
      } finally {
        await browser.close();
      }
    },
    60_000,
  );
});
