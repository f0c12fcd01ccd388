import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepAssessment, openMigrated } from '../../../test/sinks/stored-findings.ts';
import { writtenRun } from '../../../test/written/scan-run.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { all } from '../../sql/ports.ts';
import type { Store } from '../../store/store.ts';
import { formatColumnTime, fromSeconds, type Instant } from '../../time/instant.ts';
import type { RunInfo } from '../model/scan-run.ts';
import { authorisedScanTable, encodeOwnScan, type OwnScan } from './authorised-scans.ts';
import { encodeRun } from './runs.ts';
import { encodeScheduleRun, scheduleRun } from './schedule-runs.ts';
import { assessmentTable, scanRun } from './tables.ts';
import { toldScans } from './told-scans.ts';

const HOUR = 3_600e6;
const START = fromSeconds(Date.UTC(2026, 10, 22) / 1000);
const after = (hours: number): Instant => (START + hours * HOUR) as Instant;

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-told-'));
  store = await openMigrated(folder);
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function keepRun(id: string, imported: Instant, more: Partial<RunInfo> = {}): Promise<void> {
  const { info } = writtenRun(0, [], { ...more, id: id as RunInfo['id'] });
  const stored = {
    info,
    load: randomUUID(),
    ordinal: 0,
    imported,
    sha256: id,
    source: 'written',
    bytes: 0n,
    hostsUp: 46,
    hostsTotal: 256,
    openPorts: 120,
    problems: 0,
  };
  await store.insert(scanRun, [encodeRun(stored)]);
}

const assessed = (run: string, at: Instant, findings: number): Promise<void> =>
  store.insert(assessmentTable, [
    {
      assessment: randomUUID(),
      assessed: formatColumnTime(at),
      run,
      against: 'nothing',
      risk: 'low',
      score: 1,
      confidence: 1,
      findings,
    },
  ]);

const told = async (since: Instant, settled: Instant) =>
  all(store, toldScans, { since: formatColumnTime(since), settled: formatColumnTime(settled) });

test('a scan is told with its newest assessment, its schedule and its grants, or without once it is settled', async () => {
  await keepRun('aaaa', after(0));
  await keepRun('bbbb', after(1), { status: 'interrupted', exit: 'error', errormsg: 'no route' });
  await keepRun('cccc', after(2));
  await assessed('aaaa', after(1), 9);
  await assessed('aaaa', after(3), 4);
  // And one of another scan, which is not stored here.
  await keepAssessment(store, [], { at: after(1) });
  await store.insert(
    scheduleRun,
    (['started', 'ended'] as const).map((event) =>
      encodeScheduleRun({
        schedule: 'sunday',
        nominal: after(0),
        at: after(1),
        event,
        why: '',
        runs: event === 'ended' ? ['aaaa'] : [],
      }),
    ),
  );
  const own = (run: string | undefined, protocol: 'tcp' | 'udp', grants: readonly string[]): OwnScan => ({
    id: `6f1f3a52-9b0c-4b86-8f6a-0d2f6c1f9a1${protocol === 'tcp' ? 1 : 2}`,
    grants,
    owner: 'ana',
    ticket: 'CHG-7',
    profile: 'weekly',
    vantage: 'default',
    source: parseIpAddress('10.0.0.1')!,
    targets: ['10.0.0.0/24'],
    protocol,
    ports: '1-1024',
    from: after(0),
    to: after(1),
    run,
  });
  const rows = [
    own(undefined, 'tcp', ['office']),
    own('aaaa', 'tcp', ['office']),
    own('aaaa', 'udp', ['lab']),
  ];
  await store.insert(
    authorisedScanTable,
    rows.map((row) => encodeOwnScan(row, after(1))),
  );

  const first = {
    run: 'aaaa',
    status: 'complete',
    exit: '',
    hostsUp: 46,
    hostsTotal: 256,
    openPorts: 120,
    findings: 4,
    schedule: 'sunday',
    own: { id: '6f1f3a52-9b0c-4b86-8f6a-0d2f6c1f9a11', grants: ['lab', 'office'] },
    imported: after(0),
  };
  const second = {
    run: 'bbbb',
    status: 'interrupted',
    exit: 'no route',
    findings: undefined,
    schedule: undefined,
    own: undefined,
  };
  expect(await told(START, after(1))).toMatchObject([first]);
  expect(await told(START, after(1.5))).toMatchObject([first, second]);
  expect(await told(after(0.5), after(1.5))).toMatchObject([second]);
  // No assessment found anything: that is told, and is not the same as none.
  await assessed('cccc', after(4), 0);
  expect(await told(after(2), after(0))).toMatchObject([{ run: 'cccc', findings: 0 }]);
});
