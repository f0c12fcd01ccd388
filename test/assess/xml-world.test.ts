import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWorlds } from '../../src/assembly/evaluate-assess.ts';
import type { World } from '../../src/evaluate/assess/world.ts';
import { thirdPartyData } from '../third-party.ts';

const data = thirdPartyData();

describe.skipIf(data === undefined)('one world in two forms', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-worlds-'));
  beforeAll(() => {
    const worlds = join(data ?? '', 'ml/worlds');
    for (const name of ['small.scans.jsonl.gz', 'small.truth.json'])
      copyFileSync(join(worlds, name), join(folder, name));
    const scans = join(folder, 'small.xml');
    mkdirSync(scans);
    const { status } = spawnSync('tar', ['-xzf', join(worlds, 'small.nmapxml.tar.gz'), '-C', scans]);
    if (status !== 0) throw new Error('tar failed');
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  const read = async (path: string): Promise<World> => {
    for await (const world of readWorlds([path], folder)) return world;
    throw new Error('no world');
  };

  test('as Nmap XML, through the reader of the product, a detector sees the same as in JSON lines', async () => {
    const [lines, xml] = [await read('small.scans.jsonl.gz'), await read('small.xml')];
    // Only the name of the profile differs: XML does not say how a scan was called.
    const bare = ({ scans }: World): object[] =>
      scans.map(({ census, numbers }) => ({
        ...census,
        profile: '',
        hosts: census.hosts.map((host) => ({ ...host, profiles: [] })),
        numbers,
      }));
    expect(xml.scans).toHaveLength(30);
    expect(bare(xml)).toEqual(bare(lines));
    expect(xml.events).toEqual(lines.events);
  });

  test('a folder stands for the worlds in it', async () => {
    const names: string[] = [];
    for await (const { name } of readWorlds(['.'], folder)) names.push(name);
    expect(names).toEqual(['small', 'small.xml']);
  });
});
