import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { exampleLogs } from '../../scripts/example-telemetry.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { reconConfig } from '../../src/recon/config.ts';
import { detectEpisodes } from '../../src/recon/flow/detect-episodes.ts';
import { ActivityTable } from '../../src/recon/model/activity-table.ts';
import type { Episode } from '../../src/recon/model/episode.ts';
import type { TelemetryFormat } from '../../src/recon/model/reader.ts';
import type { Site } from '../../src/recon/model/site.ts';
import { readerOf } from '../../src/recon/normalise/readers.ts';
import type { Instant } from '../../src/time/instant.ts';
import { READER_OPTIONS, readLines } from './read-lines.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'examples', 'telemetry');

function textOf(name: string): string {
  const bytes = readFileSync(join(FOLDER, name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** A site with no configuration at all: private address space is ours. */
function defaultSite(): Site {
  const { networks, detection } = reconConfig.parse(undefined);
  const prefixes = networks.map((text) => parsePrefix(text)).filter((prefix) => prefix !== undefined);
  return {
    networks: prefixes,
    dark: [],
    test: detection,
    quiet: detection.quietHours * 3600e6,
    roles: [],
    expected: [],
    ledger: [],
    exposed: new Map(),
    asOf: () => undefined,
  };
}

async function episodesIn(format: TelemetryFormat, ...names: readonly string[]): Promise<readonly Episode[]> {
  const table = new ActivityTable();
  for (const name of names) {
    const { records, problems } = readLines(
      readerOf(format, READER_OPTIONS),
      textOf(name).trimEnd().split('\n'),
    );
    expect(problems).toEqual([]);
    for (const record of records) table.add(record, { sensor: 'lab', file: name, line: 1 });
  }
  const scope = { from: 0 as Instant, to: 9e15 as Instant };
  return (await detectEpisodes(table, scope, defaultSite())).episodes;
}

describe('what the README says of the lab', () => {
  test('the office raises nothing', async () => {
    expect(await episodesIn('suricata-eve', 'benign-office-mix.eve.json')).toEqual([]);
  });

  test.each([
    {
      file: 'nmap-sV-web.eve.json',
      source: '10.66.0.12',
      shape: 'vertical',
      families: ['service-enumeration'],
    },
    { file: 'mixed-recon-chain.eve.json', source: '10.66.0.14', shape: 'block', families: ['fast-fan-out'] },
    { file: 'nmap-T1-sneaky.eve.json', source: '10.66.0.14', shape: 'vertical', families: [] },
  ])('$file: one episode of $source', async ({ file, source, shape, families }) => {
    const episodes = await episodesIn('suricata-eve', file);
    expect(episodes.map(({ sources }) => sources)).toEqual([[source]]);
    expect(episodes[0]?.shape).toBe(shape);
    expect(episodes[0]?.families.map(({ family }) => family)).toEqual(expect.arrayContaining(families));
  });

  test('six sources that share a scan are one campaign', async () => {
    const episodes = await episodesIn('suricata-eve', 'mixed-distributed-vertical.eve.json.gz');
    expect(episodes.map(({ sources }) => sources.length)).toEqual([6]);
    expect(episodes[0]?.families.map(({ family }) => family)).toContain('distributed');
  });
});

describe('what the README says of the made-up office', () => {
  const NAMES = ['conn', 'dns', 'http', 'ssl'].map((log) => `zeek/${log}.log.gz`);

  test('its logs are what the generator writes', () => {
    for (const [name, text] of exampleLogs()) expect(textOf(`zeek/${name}.gz`) === text, name).toBe(true);
  });

  test('a slow scan from outside and a look round from inside, and nobody else', async () => {
    const episodes = await episodesIn('zeek-tsv', ...NAMES);
    const said = episodes.map(({ sources, families }) => `${sources.join(' ')} ${families[0]?.family ?? ''}`);
    expect(said.toSorted()).toEqual(['10.20.1.43 internal-discovery', '198.19.211.130 slow']);
  });
});
