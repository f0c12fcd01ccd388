import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { readWorldLine, readWorldTruth } from '../../src/evaluate/assess/read-world.ts';
import { rowLabels, type RowLabels } from '../../src/evaluate/assess/row-labels.ts';
import { rankWindow, type Judged } from '../../src/evaluate/assess/play.ts';
import type { World } from '../../src/evaluate/assess/world.ts';
import { thirdPartyData } from '../third-party.ts';

const data = thirdPartyData();
const worlds = data === undefined ? '' : join(data, 'ml/worlds');

function readWorld(name: string): World {
  const lines = gunzipSync(readFileSync(join(worlds, `${name}.scans.jsonl.gz`)))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  return {
    name,
    part: 'given',
    scans: lines.map((line, index) => readWorldLine(line, name, index + 1)),
    events: readWorldTruth(readFileSync(join(worlds, `${name}.truth.json`), 'utf8'), name),
  };
}

/** A prototype's row: what it scored, and what it took the row for. */
interface ReferenceRow {
  readonly scan: number;
  readonly host: number;
  readonly hand: number;
  readonly learned: number;
  readonly status: string;
}

function referenceRows(): ReferenceRow[] {
  const csv = gunzipSync(readFileSync(join(worlds, 'reference_scores_medium.csv.gz'))).toString('utf8');
  const [head = '', ...lines] = csv.trimEnd().split('\n');
  expect(head.trim()).toBe('scan,hid,hand,lr_logit,channel_p,top_kind,top_token,status');
  return lines.map((line) => {
    const [scan, host, hand, learned, , , , status = ''] = line.trim().split(',');
    return { scan: Number(scan), host: Number(host), hand: Number(hand), learned: Number(learned), status };
  });
}

describe.skipIf(data === undefined)('the worlds beside the repository', () => {
  let medium: World;
  let labels: RowLabels;
  let reference: ReferenceRow[];
  beforeAll(() => {
    medium = readWorld('medium');
    labels = rowLabels(medium);
    reference = referenceRows();
  }, 60_000);

  test('every row of the reference gets the label that its author gave it', () => {
    const counts = { event: 0, mask: 0, benign: 0 };
    const other: ReferenceRow[] = [];
    for (const row of reference) {
      const label = labels[row.scan]?.get(row.host) ?? [];
      const kind = label === 'masked' ? 'mask' : label.length === 0 ? 'benign' : 'event';
      counts[kind] += 1;
      const same =
        kind === 'event'
          ? row.status.startsWith('event:') && label.includes(Number(row.status.slice(6)) as never)
          : row.status === kind;
      if (!same) other.push(row);
    }
    expect(other).toEqual([]);
    expect(counts).toEqual({ event: 259, mask: 611, benign: 12_276 });
  });

  // Measured: they do not follow from anything but the reference and the definition of the figures.
  test.each([
    { column: 'hand', ap: 0.609, at2: 0.902, false80: 1.46 },
    { column: 'learned', ap: 0.782, at2: 0.92, false80: 0.47 },
  ] as const)('the prototype by its own scores: $column', ({ column, ap, at2, false80 }) => {
    const judged: Judged = medium.scans.map(({ census }, scan) => ({
      hosts: census.hosts.length,
      rows: reference
        .filter((row) => row.scan === scan)
        .map((row) => ({
          score: row[column],
          alert: false,
          label: labels[scan]?.get(row.host) ?? [],
          top: undefined,
        })),
    }));
    const ranking = rankWindow(judged, labels, { from: 10, to: 75 });
    expect(ranking.events).toBe(112);
    expect(ranking.ap).toBeCloseTo(ap, 3);
    expect(ranking.recallAt[1]?.recall).toBeCloseTo(at2, 3);
    expect(ranking.falseAlertsAt80).toBeCloseTo(false80, 2);
  });

  test('what a detector is given holds nothing of the truth', () => {
    const keys = new Set<string>();
    for (const { census } of medium.scans.slice(0, 30))
      JSON.stringify(census, (key, value: unknown) => {
        keys.add(key);
        return value;
      });
    expect([...keys].filter((key) => key.startsWith('_') || key === 'numbers')).toEqual([]);
    const [line = ''] = gunzipSync(readFileSync(join(worlds, 'small.scans.jsonl.gz')))
      .toString('utf8')
      .split('\n');
    const blind = JSON.parse(line, (key, value: unknown) =>
      key.startsWith('_') && key !== '_hid' ? 'changed' : value,
    ) as object;
    expect(readWorldLine(JSON.stringify(blind), 'small', 1).census).toEqual(
      readWorldLine(line, 'small', 1).census,
    );
  });
});
