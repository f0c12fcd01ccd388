import { fromSeconds } from '../../src/time/instant.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { TelemetryRecord } from '../../src/recon/model/telemetry-record.ts';
import { readerOf } from '../../src/recon/normalise/readers.ts';
import { brokenRecord } from '../fuzz/invariants.ts';
import { linesOf, readAll, type RecordingSink } from '../recording-sink.ts';
import { filesBelow, thirdPartyData } from '../third-party.ts';

const data = thirdPartyData();
const OPTIONS = { sampling: 1, utcOffsetMinutes: 0, notAfter: fromSeconds(1_795_392_000) };

function load(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Outcomes of flows, and what else there is, counted. */
function tally(records: readonly TelemetryRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const record of records) {
    const key =
      record.kind === 'flow' ? record.outcome : record.kind === 'app' ? record.service : record.kind;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** What of a file is not as it should be: problems, lines that ended nowhere, records that break the model's promises. */
function unsound(sink: RecordingSink, text: string): readonly string[] {
  const lost = linesOf(text).length - sink.records.length - sink.skipped - sink.problems.length;
  return [
    ...sink.problems,
    ...(lost === 0 ? [] : [`${lost} lines lost`]),
    ...sink.records.map(brokenRecord).filter((broken) => broken !== undefined),
  ];
}

describe.skipIf(data === undefined)('third-party Zeek logs', () => {
  const folder = join(data ?? '', 'telemetry');
  const files =
    data === undefined
      ? []
      : filesBelow(folder).filter(
          // Two files are no Zeek logs, psad's are firewall logs, and bro-simple-scan's are excerpts without a header.
          (name) =>
            /\.log(?:\.labeled)?$/.test(name) &&
            !/^(?:psad|bro-simple-scan)\/|std(?:err|out)\.log$/.test(name),
        );

  test('there are some', () => {
    expect(files.length).toBeGreaterThan(30);
  });

  test.each(files)('%s: every line is a record or set aside by its name', (name) => {
    const text = load(join(folder, name));
    const sink = readAll(readerOf(text.startsWith('#') ? 'zeek-tsv' : 'zeek-json', OPTIONS), text);
    expect(unsound(sink, text)).toEqual([]);
  });

  test.each<readonly [string, Readonly<Record<string, number>>]>([
    ['slips/port-scans/horizontal/conn.log', { answered: 30, silent: 11 }],
    ['slips/port-scans/vertical/conn.log', { answered: 7, refused: 43 }],
    [
      'stratosphere/002-zeek-scenario-port-scanning/conn.log',
      { answered: 141, refused: 1273, silent: 2634, 'half-open': 93, unknown: 346, backscatter: 17 },
    ],
    [
      'stratosphere/008-zeek-mixed/data/conn.log.labeled',
      { answered: 898, refused: 1, silent: 4092, 'half-open': 10, unknown: 616, backscatter: 46 },
    ],
    [
      'stratosphere/011-zeek-mixed/data/conn.log.labeled',
      { answered: 3563, refused: 40, silent: 4043, 'half-open': 20, unknown: 1311, backscatter: 71 },
    ],
  ])('%s: outcomes', (name, want) => {
    const text = load(join(folder, name));
    expect(
      tally(readAll(readerOf(text.startsWith('#') ? 'zeek-tsv' : 'zeek-json', OPTIONS), text).records),
    ).toEqual(want);
  });
});

describe.skipIf(data === undefined)('Suricata on the lab’s captures', () => {
  const folder = join(data ?? '', 'lab/suricata');
  const files = data === undefined ? [] : filesBelow(folder);

  test('there are some', () => {
    expect(files.length).toBeGreaterThan(40);
  });

  test.each(files)('%s: every line is a record or set aside by its name', (name) => {
    const text = load(join(folder, name));
    expect(unsound(readAll(readerOf('suricata-eve', OPTIONS), text), text)).toEqual([]);
  });

  // What the lab's victims answer is known: 10.77.0.10 has 11 open ports among the 1000 most usual, 10.77.0.30 drops.
  test.each<readonly [string, Readonly<Record<string, number>>]>([
    ['nmap-sS-top1000-web.eve.json.gz', { refused: 990, 'half-open': 11, unknown: 1, answered: 2 }],
    ['nmap-sT-top200-web.eve.json', { answered: 10, refused: 190 }],
    ['nmap-sS-Pn-top200-firewall.eve.json', { silent: 398, 'half-open': 2 }],
    ['zmap-syn-80.eve.json.gz', { silent: 256, refused: 256, 'half-open': 32 }],
    ['benign-retry-dropped-port.eve.json', { silent: 6 }],
    ['noise-backscatter.eve.json', { backscatter: 300 }],
    ['benign-office-mix.eve.json', { answered: 120, http: 122, dns: 60, tls: 24, ssh: 1 }],
  ])('%s: outcomes', (name, want) => {
    expect(tally(readAll(readerOf('suricata-eve', OPTIONS), load(join(folder, name))).records)).toEqual(want);
  });
});
