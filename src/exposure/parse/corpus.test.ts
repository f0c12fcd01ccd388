import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../fault/fault.ts';
import { collectRun } from '../model/collect-run.ts';
import type { ScanEvent } from '../model/scan-event.ts';
import type { RunId } from '../model/scan-run.ts';
import { readScan } from './read-scan.ts';

/** Third-party scanner output, kept outside the project because of its licences. */
const SHARED = process.env['TIDEMARK_SHARED'] ?? new URL('../../../../shared', import.meta.url).pathname;
const CORPUS = join(SHARED, 'data/nmap');
const present = existsSync(CORPUS);
if (!present) console.log(`corpus tests are skipped: there is no ${CORPUS}`);

const CONTEXT = { id: 'corpus' as RunId, vantage: 'v', profile: 'p', privileges: 'unknown' } as const;

/** Files that are refused, with the code, and why that is right. Everything else must read. */
const REFUSED: readonly (readonly [path: RegExp, code: string, why: string])[] = [
  [/^(INVENTORY|SOURCES)\.tsv$/, 'parse/unknown-format', 'tables about the corpus'],
  [/^_probes\/empty-file\.xml$/, 'parse/empty', 'no bytes'],
  [/^_probes\/synth-billion-laughs\.xml$/, 'parse/dtd-declarations', 'an entity bomb'],
  [/^batea\/batea_\w+_csv$/, 'parse/unknown-format', 'comma-separated values of another tool'],
  [/^nmap-nmap\/docs\/\w+\.dtd$/, 'parse/malformed', 'document type definitions, no documents'],
  [/^nmap-nmap\/zenmap-test\/diff_test\d$/, 'parse/unknown-format', "Nmap's normal output"],
  [/^python-libnmap\/2_hosts\.json$/, 'parse/unknown-format', "JSON of python-libnmap's own"],
  [/^python-libnmap\/defused_et_included\.xml$/, 'parse/not-a-scan', 'another root element'],
  [/^python-libnmap\/defused_et_local_includer\.xml$/, 'parse/dtd-declarations', 'an external entity'],
];

/** Files whose runs are not all complete, or that hold more than one. */
const STATUSES: readonly (readonly [path: RegExp, statuses: string, why: string])[] = [
  [/^_probes\/trunc\..*pct\.xml$/, 'truncated', 'cut at that part of its length'],
  [/^_probes\/trunc\.b\.xml$/, 'interrupted', 'ended between hosts'],
  [/^_probes\/concatenated-two-runs\.xml$/, 'complete,complete', 'two documents'],
  [/^python-libnmap\/1_hosts_incomplete\.xml$/, 'truncated', 'the root element never closes'],
];

/** Files that are read with problems, and which. No other file may have any but parse/cut. */
const PROBLEMS: readonly (readonly [path: RegExp, codes: string, why: string])[] = [
  [/^_probes\/badaddrtype/, 'parse/out-of-range', 'addrtype="foo"'],
  [/^gnmap\//, 'parse/no-time-zone', 'grepable output names no zone'],
  [/nmap-output-error\.xml$/, 'parse/illegal-character', 'a control character that Nmap 4.22 let through'],
  [/zenmap-test\/xml_test1[67]\.xml$/, 'parse/out-of-range', 'uptime seconds=""'],
  [
    /python-libnmap\/test_osclass\.xml$/,
    'parse/no-address,parse/out-of-range',
    'the address was blotted out',
  ],
];

function* filesIn(folder: string, prefix = ''): Generator<string> {
  for (const name of readdirSync(folder).toSorted()) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    // Output of ndiff, which is no scan.
    if (name === 'ndiff-golden') continue;
    if (statSync(join(folder, name)).isDirectory()) yield* filesIn(join(folder, name), path);
    else yield path;
  }
}

const files = present ? [...filesIn(CORPUS)] : [];
const entryFor = (table: readonly (readonly [RegExp, string, string])[], path: string): string | undefined =>
  table.find(([pattern]) => pattern.test(path))?.[1];

/** The fault's code, or the statuses of the runs, and the codes of the problems: how a file was taken. */
function taken(path: string): { outcome: string; problems: string } {
  let events: readonly ScanEvent[];
  try {
    events = readScan(readFileSync(join(CORPUS, path)));
  } catch (error) {
    if (error instanceof Fault) return { outcome: error.code, problems: '' };
    throw error;
  }
  const codes = events.flatMap((event) => (event.kind === 'problem' ? [event.problem.code] : []));
  return {
    outcome: collectRun(events, CONTEXT)
      .map((run) => run.info.status)
      .join(),
    problems: [...new Set(codes.filter((code) => code !== 'parse/cut'))].toSorted().join(),
  };
}

interface Figures {
  readonly hosts: number;
  readonly ports: number;
  readonly scripts: number;
  readonly tables: number;
  readonly osMatches: number;
  readonly hops: number;
  readonly macs: number;
  readonly tunnels: number;
  readonly fingerprints: number;
}

/** Counted over the events, as the inventory counted elements. */
function figuresOf(events: readonly ScanEvent[]): Figures {
  const hosts = events.flatMap((event) => (event.kind === 'host' ? [event.host] : []));
  const ports = hosts.flatMap((host) => host.ports);
  const scripts = [
    ...hosts.flatMap((host) => host.scripts),
    ...ports.flatMap((port) => port.scripts),
    ...events.flatMap((event) => (event.kind === 'run' ? event.header.preScripts : [])),
    ...events.flatMap((event) => (event.kind === 'end' ? event.footer.postScripts : [])),
  ];
  const tablesIn = (items: NonNullable<(typeof scripts)[number]['items']>): number =>
    items.reduce((sum, item) => sum + 1 + ('items' in item ? tablesIn(item.items) : 0), 0);
  return {
    hosts: hosts.length,
    ports: ports.length,
    scripts: scripts.length,
    tables: scripts.reduce((sum, script) => sum + tablesIn(script.items ?? []), 0),
    // Matches made of classes that had none (old Nmap) are ours and not in the file.
    osMatches: hosts.flatMap((host) => host.os.filter((match) => !isMade(match))).length,
    hops: hosts.flatMap((host) => host.trace?.hops ?? []).length,
    macs: hosts.filter((host) => host.mac !== undefined).length,
    tunnels: ports.filter((port) => port.service?.tunnel !== undefined).length,
    fingerprints: ports.filter((port) => port.service?.servicefp !== undefined).length,
  };
}

function isMade(match: {
  name: string;
  classes: readonly { vendor?: string; family?: string; generation?: string }[];
}): boolean {
  const [first] = match.classes;
  return (
    match.name ===
    [first?.vendor, first?.family, first?.generation].filter((part) => part !== undefined).join(' ')
  );
}

describe.runIf(present)('the third-party corpus', () => {
  test('is all there', () => {
    expect(files.length).toBeGreaterThan(130);
  });

  test.each(files)('%s is read, or refused for a reason', (path) => {
    const { outcome, problems } = taken(path);
    expect(outcome).toBe(entryFor(REFUSED, path) ?? entryFor(STATUSES, path) ?? 'complete');
    expect(problems).toBe(entryFor(PROBLEMS, path) ?? '');
  });

  test('every expectation is about a file', () => {
    const unused = [...REFUSED, ...STATUSES, ...PROBLEMS].filter(
      ([pattern]) => !files.some((path) => pattern.test(path)),
    );
    expect(unused).toEqual([]);
  });

  const rows = present
    ? readFileSync(join(CORPUS, 'INVENTORY.tsv'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split('\t'))
    : [];
  const [columns = [], ...entries] = rows;
  // What Python's parser refused has no figures.
  const counted = entries.filter((row) => row[columns.indexOf('hosts')] !== '');
  const figure = (row: readonly string[], column: string): number => Number(row[columns.indexOf(column)]);

  test.each(
    counted
      .filter(([path]) => path !== 'python-libnmap/test_osclass.xml')
      .map((row) => [row[0]!, row] as const),
  )('%s has as many of each as the inventory counted', (path, row) => {
    expect(figuresOf(readScan(readFileSync(join(CORPUS, path))))).toEqual({
      hosts: figure(row, 'hosts'),
      ports: figure(row, 'ports'),
      scripts: figure(row, 'scr') + figure(row, 'hscr') + figure(row, 'pre'),
      tables: figure(row, 'tbl'),
      osMatches: figure(row, 'osm'),
      hops: figure(row, 'hop'),
      macs: figure(row, 'mac'),
      tunnels: figure(row, 'tun'),
      fingerprints: figure(row, 'fp'),
    });
  });
});
