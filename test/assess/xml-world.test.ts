import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateAssessOn } from '../../src/assembly/evaluate-assess.ts';
import type { Contender } from '../../src/evaluate/assess/contender.ts';
import type { Census } from '../../src/exposure/model/census.ts';
import { thirdPartyData } from '../third-party.ts';

const data = thirdPartyData();

/** Alerts on nothing, and keeps what it is shown. */
const listener = (heard: Census[]): Contender => ({
  name: 'listener',
  rule: 'keeps what it is shown',
  budgeted: false,
  make: () => ({
    name: 'listener',
    judge: (census) => {
      heard.push(census);
      return [];
    },
  }),
});

describe.skipIf(data === undefined)('one world in two forms', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-worlds-'));
  beforeAll(() => {
    const worlds = join(data ?? '', 'ml/worlds');
    for (const name of ['small.scans.jsonl.gz', 'small.truth.json'])
      copyFileSync(join(worlds, name), join(folder, name));
    mkdirSync(join(folder, 'small.xml'));
    const { status } = spawnSync('tar', [
      '-xzf',
      join(worlds, 'small.nmapxml.tar.gz'),
      '-C',
      join(folder, 'small.xml'),
    ]);
    if (status !== 0) throw new Error('tar failed');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const shownBy = async (path: string): Promise<{ censuses: Census[]; events: number[] }> => {
    const censuses: Census[] = [];
    const { contenders } = await evaluateAssessOn([path], {
      cwd: folder,
      contenders: [listener(censuses)],
      budgets: false,
      leaveOut: false,
      madeUp: [],
    });
    // The pass over the history; what follows are first scans.
    return {
      censuses: censuses.slice(0, 30),
      events: contenders[0]?.worlds[0]?.origins.map(({ ranking }) => ranking.events) ?? [],
    };
  };

  test('as Nmap XML, through the reader of the product, a detector sees the same as in JSON lines', async () => {
    const lines = await shownBy('small.scans.jsonl.gz');
    const xml = await shownBy('small.xml');
    const bare = (census: Census): object => ({
      ...census,
      profile: '',
      hosts: census.hosts.map((host) => ({ ...host, profiles: [] })),
    });
    expect(xml.censuses.map(bare)).toEqual(lines.censuses.map(bare));
    expect(xml.events).toEqual(lines.events);
    expect(Math.max(...xml.events)).toBeGreaterThan(10);
  });
});
