import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTruth } from '../../src/evaluate/read-truth.ts';
import { readRecording } from '../../src/recon/flow/read-recording.ts';
import type { Instant } from '../../src/time/instant.ts';
import { filesBelow, thirdPartyData } from '../third-party.ts';

const data = thirdPartyData();
const reading = { sampling: 1, utcOffsetMinutes: 0, now: 1_795_000_000_000_000 as Instant };

describe.skipIf(data === undefined)('third-party recordings with truth', () => {
  const folder = data ?? '';

  test('every truth file is understood, and its labels are all there', () => {
    const sets = filesBelow(folder)
      .filter((name) => name.endsWith('.json') && basename(dirname(name)) === 'truth')
      .flatMap((name) => readTruth(readFileSync(join(folder, name), 'utf8'), name));
    const development = sets.filter((set) => set.part === 'development');
    expect(sets.length).toBeGreaterThan(95);
    expect(development.length).toBe(65);
    expect(sets.reduce((count, set) => count + set.scans.length, 0)).toBeGreaterThan(125);
    expect(sets.reduce((count, set) => count + set.harmless.length, 0)).toBeGreaterThan(18);
    expect(new Set(sets.map((set) => set.name)).size).toBe(sets.length);
  });

  test('labels inside a recording do not reach the records', async () => {
    const path = join(folder, 'telemetry/stratosphere/008-zeek-mixed/data/conn.log.labeled');
    const labelled = readFileSync(path, 'utf8');
    // The label and the detailed label are the end of each line.
    const bare = labelled.replaceAll(/\b(Malicious|Benign)\b.*$/gm, '-\t-');
    const copy = join(mkdtempSync(join(tmpdir(), 'tidemark-evaluate-')), 'conn.log');
    writeFileSync(copy, bare);
    const [withLabels, without] = await Promise.all([
      readRecording(path, reading),
      readRecording(copy, reading),
    ]);
    expect([labelled, bare].map((text) => text.includes('Malicious'))).toEqual([true, false]);
    expect(withLabels.records.length).toBeGreaterThan(5000);
    expect(without).toEqual(withLabels);
  });
});
