import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FINDING_SORTS, type FindingFilter, type FindingPage } from '../findings/current.ts';
import type { Finding, FindingId } from '../findings/finding.ts';
import type { FindingState } from '../findings/judgement.ts';
import { encodeCurrent, findingCurrentTable, type CurrentRow } from '../findings/queries/current.ts';
import { compareFindings } from '../findings/ranking.ts';
import { SEVERITIES } from '../findings/severity.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { migrations } from '../schema/migrations.ts';
import { migrate } from '../schema/migrator.ts';
import { storeConfig } from '../store/config.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import type { Instant } from '../time/instant.ts';
import { FindingPages } from './finding-pages.ts';

const FINDINGS = 1_300;
const STATES: readonly FindingState[] = ['open', 'open', 'open', 'resolved', 'noise'];
/** What patterns take for something else than itself. */
const ODD = String.raw` 100%_\'É😀`;
const RULES = ['database.mysql', 'legacy.telnet', 'tls.expired'];

/** 32 bits of a number, the same each time (Murmur3's finaliser). */
function dice(n: number, round: number): number {
  let h = Math.imul(n + 1, 31) + round;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The n-th finding as a round leaves it: with another state, severity, time and often another host. */
function rowOf(n: number, round: number): CurrentRow {
  const thrown = dice(n, round);
  const host = `10.0.${thrown % 3}.${n % 40}` as IpAddress;
  const at = (1_700_000_000_000_000 + (thrown % 5_000) * 1e6) as Instant;
  const state = STATES[(thrown >>> 4) % STATES.length]!;
  const rule = RULES[n % RULES.length]!;
  const finding: Finding = {
    id: n.toString(16).padStart(16, '0') as FindingId,
    half: 'exposure',
    rule,
    title: `${rule} of round${round}${n % 97 === 0 ? ODD : ''}`,
    severity: SEVERITIES[(thrown >>> 8) % SEVERITIES.length]!,
    score: (thrown >>> 3) % 20,
    confidence: { value: 0.5, lowered: [] },
    subject: { host },
    observations: [],
    impact: 'none',
    actions: [],
    references: [],
    firstSeen: at,
    lastSeen: (at + 1e6) as Instant,
  };
  return {
    finding,
    lifecycle: {
      state,
      since: at,
      why: 'a test',
      judgement: undefined,
      until: undefined,
      reopened: { count: 0, reason: undefined },
      present: true,
      steps: [],
    },
    standing: 'review',
    run: undefined,
    role: undefined,
    network: undefined,
    version: BigInt(round),
    changed: BigInt(round),
    digest: '',
    left: [],
    due: undefined,
    worked: at,
    inputs: 0,
    episode: undefined,
  };
}

let directory: string;
let store: Store;
const holding = new Map<number, CurrentRow>();
/** Of refreshes that a test makes by itself. */
let nextVersion = 10n;

async function write(round: number, which: (n: number) => boolean): Promise<void> {
  const rows = Array.from({ length: FINDINGS }, (_, n) => n).filter(which);
  for (const n of rows) holding.set(n, rowOf(n, round));
  await store.insert(
    findingCurrentTable,
    rows.map((n) => encodeCurrent(rowOf(n, round))),
  );
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'finding-pages-'));
  store = await openStore(storeConfig.parse({ dataDir: directory }));
  await migrate(store, migrations, { program: 'test' });
  // What is merged holds no replaced rows any more.
  await store.applyDdl('SYSTEM STOP MERGES finding_current');
  await write(1, () => true);
  await write(2, (n) => n % 2 === 0);
  await write(3, (n) => n < 900);
  await write(4, (n) => n % 3 === 0);
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const idsOf = ({ items }: FindingPage): string[] => items.map(({ finding }) => finding.id);

async function pageByPage(pages: FindingPages, ask: Parameters<FindingPages['page']>[0]): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await pages.page({ ...ask, cursor });
    ids.push(...idsOf(page));
    cursor = page.next;
  } while (cursor !== undefined);
  return ids;
}

const FILTERS: readonly {
  readonly why: string;
  readonly filter: FindingFilter;
  readonly fits: (row: CurrentRow) => boolean;
}[] = [
  { why: 'everything', filter: {}, fits: () => true },
  { why: 'open', filter: { states: ['open'] }, fits: ({ lifecycle }) => lifecycle.state === 'open' },
  {
    why: 'severe and of a rule',
    filter: { severity: 'high', rules: ['legacy.telnet'] },
    fits: ({ finding: { severity, rule } }) => SEVERITIES.indexOf(severity) >= 3 && rule === 'legacy.telnet',
  },
  {
    why: 'a host that some left',
    filter: { host: '10.0.1.7' as IpAddress },
    fits: ({ finding }) => finding.subject.host === '10.0.1.7',
  },
  {
    why: 'a word of hundreds of replaced rows',
    filter: { text: 'round1' },
    fits: ({ finding }) => finding.title.includes('round1'),
  },
  { why: 'a word of no row', filter: { text: 'round9' }, fits: () => false },
  ...['%', '_', '\\', String.raw`0%_\'`, 'é😀', '%_', '%d'].map((text) => ({
    why: `the word ${text}`,
    filter: { text },
    fits: ({ finding }: CurrentRow) => finding.title.toLowerCase().includes(text),
  })),
];

describe('rows that were replaced are not listed', () => {
  const wanted = (fits: (row: CurrentRow) => boolean): string[] =>
    [...holding.values()]
      .filter(fits)
      .map(({ finding }) => finding)
      .toSorted(compareFindings)
      .map(({ id }) => id);

  test.each(FILTERS.flatMap((one) => [7, 50, 500].map((limit) => ({ ...one, limit }))))(
    '$why, $limit at a time',
    async ({ filter, fits, limit }) => {
      const pages = new FindingPages(store);
      expect(await pageByPage(pages, { filter, limit })).toEqual(wanted(fits));
      expect((await pages.page({ filter, limit })).total).toBe(wanted(fits).length);
    },
  );

  test.each(FINDING_SORTS.flatMap((sort) => [false, true].map((reverse) => ({ sort, reverse }))))(
    'by $sort, reversed: $reverse: each once, whatever is read ahead',
    async ({ sort, reverse }) => {
      const ids = await pageByPage(new FindingPages(store), { sort, reverse, limit: 60 });
      expect(ids.toSorted()).toEqual(wanted(() => true).toSorted());
      // A page of another size reads other stretches of the same list.
      expect(await pageByPage(new FindingPages(store), { sort, reverse, limit: 333 })).toEqual(ids);
    },
  );
});

test('what is written between two pages is on the next, however much was read ahead', async () => {
  const pages = new FindingPages(store);
  const ask = { sort: 'changed', reverse: true, limit: 50 } as const;
  const first = await pages.page(ask);
  const second = await pages.page({ ...ask, cursor: first.next });
  const [gone] = idsOf(await pages.page({ ...ask, cursor: second.next }));
  // It was to come next, and is the newest of all by now: the last of this order.
  const n = Number.parseInt(gone!, 16);
  const row = rowOf(n, 5);
  const late = { ...row, lifecycle: { ...row.lifecycle, since: 1_900_000_000_000_000 as Instant } };
  await store.insert(findingCurrentTable, [encodeCurrent(late)]);
  expect(idsOf(await pages.page({ ...ask, cursor: second.next }))).not.toContain(gone);
  expect((await pageByPage(pages, ask)).at(-1)).toBe(gone);
});

test.each([
  { why: 'of one host', filter: { host: '10.0.2.5' as IpAddress } },
  {
    why: 'in order',
    filter: { states: ['open'] as const, rules: ['tls.expired'], severity: 'critical' as const },
  },
])('what a refresh replaces between the two questions of a page stays on it, $why', async ({ filter }) => {
  const before = idsOf(await new FindingPages(store).page({ filter, limit: 500 }));
  expect(before.length).toBeGreaterThan(0);
  let written = false;
  const interrupted = new Proxy(store, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (key !== 'run') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      return async function* run(...asked: Parameters<Store['run']>) {
        if (asked[0].name === 'findings.pages.shown' && !written) {
          written = true;
          // The same findings, as they are: found again by a later refresh.
          const again = before.map((id) => holding.get(Number.parseInt(id, 16))!);
          await store.insert(
            findingCurrentTable,
            again.map((row) => encodeCurrent({ ...row, version: nextVersion })),
          );
          nextVersion += 1n;
        }
        yield* target.run(...asked);
      };
    },
  });
  expect(idsOf(await new FindingPages(interrupted).page({ filter, limit: 500 }))).toEqual(before);
  expect(written).toBe(true);
});
