import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { episode } from '../../test/fixtures/episodes.ts';
import { writtenHost, writtenRun } from '../../test/written/scan-run.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { encodeHost } from '../exposure/queries/host-row.ts';
import { encodeRun, type StoredRun } from '../exposure/queries/runs.ts';
import { encodeFinding } from '../exposure/queries/findings.ts';
import { assessmentTable, findingTable, scanHost, scanRun } from '../exposure/queries/tables.ts';
import { Fault } from '../fault/fault.ts';
import type { CurrentFinding, FindingChange } from '../findings/current.ts';
import type { Finding } from '../findings/finding.ts';
import { findingId } from '../findings/identity.ts';
import {
  encodeJudgement,
  FINDING_STATES,
  findingJudgementTable,
  type FindingState,
  type Judgement,
} from '../findings/judgement.ts';
import { findingCurrentTable } from '../findings/queries/current.ts';
import { findingsChanged } from '../findings/queries/listed.ts';
import { readModelInputTable } from '../findings/queries/read-model.ts';
import { compareFindings } from '../findings/ranking.ts';
import { SEVERITIES, type Severity } from '../findings/severity.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { PortKey } from '../net/port-key.ts';
import { standingOf } from '../recon/model/standing.ts';
import { encodeEpisode } from '../recon/queries/episodes.ts';
import { episodeTable, roleApprovalTable } from '../recon/queries/tables.ts';
import { migrations } from '../schema/migrations.ts';
import { migrate } from '../schema/migrator.ts';
import { all, type NdjsonLine, type Row } from '../sql/ports.ts';
import type { Table } from '../sql/table.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { formatColumnTime, fromSeconds, type Instant } from '../time/instant.ts';
import { FindingPages } from './finding-pages.ts';
import { FindingLifecycles } from './finding-lifecycles.ts';
import { FindingProjection } from './finding-projection.ts';

const HOUR = 3_600e6;
/** Hosts of findings are not looked at here. */
const NOBODY = async (): Promise<void> => undefined;
const START = fromSeconds(Date.UTC(2026, 10, 1) / 1000);
const HOSTS = ['10.0.0.1', '10.0.0.2', '10.0.1.1', '2001:db8::1'].map((text) => text as IpAddress);
const PORTS: readonly PortKey[] = ['23/tcp', '3306/tcp'];
const RULES = ['legacy.telnet', 'drift.port-opened'] as const;

/** Tables that a history writes to, and what is worked out from it. */
const TABLES: readonly Table[] = [
  scanRun,
  scanHost,
  assessmentTable,
  findingTable,
  episodeTable,
  roleApprovalTable,
  findingJudgementTable,
  findingCurrentTable,
  readModelInputTable,
];

type Act =
  | {
      readonly act: 'scan';
      readonly vantage: string;
      /** Hours before now that it began. */
      readonly ago: number;
      /** Of each host: not there, down, or the ports that are open. */
      readonly hosts: readonly (undefined | 'down' | number)[];
      readonly severity: Severity;
      readonly assessed: boolean;
    }
  | { readonly act: 'assess'; readonly run: number; readonly leave: number; readonly against: string }
  | {
      readonly act: 'evaluate';
      readonly episode: number;
      readonly severity: Severity;
      readonly goes: boolean;
      readonly withdrawn: boolean;
      readonly noise: boolean;
    }
  | {
      readonly act: 'judge';
      readonly finding: number;
      readonly state: Judgement['state'];
      readonly scope: 'finding' | 'host' | 'port' | 'network' | 'role';
      readonly hours: number | undefined;
      /** Hours by which the clock of who says it is ahead. */
      readonly ahead: number;
    }
  | { readonly act: 'role'; readonly host: number; readonly role: string; readonly hours: number | undefined }
  | { readonly act: 'wait'; readonly hours: number }
  /** The program is upgraded: what it finds in the list was made like something else. */
  | { readonly act: 'upgrade' }
  | { readonly act: 'refresh'; readonly killedAt: number | undefined; readonly written: boolean };

const severity = fc.constantFrom(...SEVERITIES);
const hours = fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('scan' as const),
      vantage: fc.constantFrom('inside', 'outside'),
      ago: fc.nat(40),
      hosts: fc.array(
        fc.oneof(
          { weight: 4, arbitrary: fc.nat(3) },
          { weight: 1, arbitrary: fc.constantFrom(undefined, 'down' as const) },
        ),
        { minLength: HOSTS.length, maxLength: HOSTS.length },
      ),
      severity,
      assessed: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('assess' as const),
      run: fc.nat(7),
      leave: fc.nat(7),
      against: fc.constantFrom('baseline v1', 'run 1f2e', 'nothing'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('evaluate' as const),
      episode: fc.nat(2),
      severity,
      goes: fc.boolean(),
      withdrawn: fc.boolean(),
      noise: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('judge' as const),
      finding: fc.nat(9),
      state: fc.constantFrom(...FINDING_STATES),
      scope: fc.constantFrom('finding', 'host', 'port', 'network', 'role'),
      hours,
      ahead: fc.constantFrom(0, 0, 0, 5),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('role' as const),
      host: fc.nat(HOSTS.length - 1),
      role: fc.constantFrom('server', 'database', ''),
      hours,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('wait' as const), hours: fc.integer({ min: -3, max: 50 }) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('upgrade' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('refresh' as const),
      killedAt: fc.option(fc.nat(3), { nil: undefined }),
      written: fc.boolean(),
    }),
  },
);

let directory: string;
let config: Config;
let store: Store;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'projection-'));
  ({ config } = loadConfig({ cwd: directory, env: { TIDEMARK_DATA_DIR: join(directory, 'data') } }));
  store = await openStore(config.store);
  await migrate(store, migrations, { program: 'test' });
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

/** A history as it is written, and the clock by which it is. */
class History {
  now: Instant = START;
  readonly #runs: { readonly stored: StoredRun; readonly findings: readonly Finding[] }[] = [];
  readonly #findings = new Map<string, Finding>();
  #evaluated = 0;
  #ids = 0;
  readonly #last = [0, 0, 0];

  async take(one: Exclude<Act, { act: 'refresh' }>): Promise<void> {
    this.now = (this.now + 1e6) as Instant;
    switch (one.act) {
      case 'scan':
        await this.#scan(one);
        return;
      case 'assess': {
        const run = this.#runs[one.run % Math.max(1, this.#runs.length)];
        if (run !== undefined)
          await this.#assess(
            run.stored,
            run.findings.filter((_, index) => index % 4 !== one.leave % 4),
            one.against,
          );
        return;
      }
      case 'evaluate':
        await this.#evaluate(one);
        return;
      case 'judge':
        await this.#judge(one);
        return;
      case 'role':
        await store.insert(roleApprovalTable, [
          {
            prefix: `${HOSTS[one.host]}/${HOSTS[one.host]!.includes(':') ? 128 : 32}`,
            at: formatColumnTime(this.now),
            role: one.role,
            by: 'ana',
            why: '',
            until: this.#until(one.hours),
          },
        ]);
        return;
      case 'upgrade':
        await store.applyDdl(
          "ALTER TABLE finding_current UPDATE shown = '', form = 0 WHERE 1 SETTINGS mutations_sync = 1",
        );
        return;
      case 'wait':
        this.now = (this.now + one.hours * HOUR) as Instant;
        return;
      default:
        one satisfies never;
    }
  }

  /** The same each time that a history is written. */
  #id(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`;
  }

  #until(after: number | undefined): string | null {
    return after === undefined ? null : formatColumnTime((this.now + after * HOUR) as Instant);
  }

  async #scan({
    vantage,
    ago,
    hosts,
    severity: worst,
    assessed,
  }: Extract<Act, { act: 'scan' }>): Promise<void> {
    const start = (this.now - ago * HOUR) as Instant;
    const written = writtenRun(
      0,
      hosts.flatMap((what, index) =>
        what === undefined
          ? []
          : [
              writtenHost(
                HOSTS[index]!,
                what === 'down' ? [] : PORTS.filter((_, port) => (what & (1 << port)) !== 0),
                what === 'down' ? { status: { state: 'down' } } : {},
              ),
            ],
      ),
      { vantage },
    );
    const load = this.#id();
    const info = { ...written.info, id: load.slice(-16).replace('-', 'a') as StoredRun['info']['id'], start };
    const stored: StoredRun = {
      info,
      load,
      ordinal: 0,
      imported: this.now,
      sha256: load,
      source: 'written',
      bytes: 0n,
      hostsUp: written.hosts.length,
      hostsTotal: written.hosts.length,
      openPorts: 0,
      problems: 0,
    };
    await store.insert(
      scanHost,
      written.hosts.map((host) => encodeHost(load, 0, info, host)),
    );
    await store.insert(scanRun, [encodeRun(stored)]);
    const findings = hosts.flatMap((what, index) =>
      typeof what !== 'number'
        ? []
        : PORTS.flatMap((port, bit) =>
            (what & (1 << bit)) === 0
              ? []
              : RULES.map((rule): Finding => {
                  const subject = { host: HOSTS[index]!, port };
                  return {
                    id: findingId('exposure', rule, subject),
                    half: 'exposure',
                    rule,
                    title: `${rule} ${port}`,
                    severity: worst,
                    score: 10 + index,
                    confidence: { value: 1, lowered: [] },
                    subject,
                    observations: [],
                    impact: '',
                    actions: [],
                    references: [],
                    firstSeen: start,
                    lastSeen: start,
                  };
                }),
          ),
    );
    this.#runs.push({ stored, findings });
    if (assessed) await this.#assess(stored, findings, 'baseline v1');
  }

  async #assess({ info }: StoredRun, findings: readonly Finding[], against: string): Promise<void> {
    const assessment = this.#id();
    for (const finding of findings) this.#findings.set(finding.id, finding);
    await store.insert(
      findingTable,
      findings.map((finding) => encodeFinding(assessment, this.now, info.id, finding)),
    );
    await store.insert(assessmentTable, [
      {
        assessment,
        assessed: formatColumnTime(this.now),
        run: info.id,
        against,
        risk: 'low',
        score: 0,
        confidence: 1,
        findings: findings.length,
      },
    ]);
  }

  async #evaluate({
    episode: which,
    goes,
    withdrawn,
    ...more
  }: Extract<Act, { act: 'evaluate' }>): Promise<void> {
    // Looks never share a moment, whatever the clock.
    this.#evaluated = Math.max(this.#evaluated + 1, this.now);
    if (goes) this.#last[which] = this.#last[which]! + HOUR;
    const last = (START + this.#last[which]!) as Instant;
    const found = episode(`episode ${which}`, [HOSTS[which]!], START, last, more);
    this.#findings.set(found.id, { ...findingOf(found), severity: more.severity });
    await store.insert(episodeTable, [encodeEpisode(found, this.#evaluated as Instant, withdrawn)]);
  }

  async #judge({
    finding: which,
    state,
    scope,
    hours: lasts,
    ahead,
  }: Extract<Act, { act: 'judge' }>): Promise<void> {
    const known = [...this.#findings.values()];
    const finding = known[which % Math.max(1, known.length)];
    if (finding === undefined) return;
    const { id, half, rule, subject } = finding;
    const host = subject.host!;
    const value = {
      finding: '',
      host,
      port: `${host} ${subject.port ?? ''}`,
      network: host.includes(':') ? '2001:db8::/64' : '10.0.0.0/24',
      role: 'server',
    }[scope];
    const judgement: Judgement = {
      id: this.#id(),
      at: (this.now + ahead * HOUR) as Instant,
      by: 'ana',
      note: '',
      half,
      finding: id,
      rule,
      severity: finding.severity,
      state,
      scope: { kind: scope, value },
      until: lasts === undefined ? undefined : ((this.now + lasts * HOUR) as Instant),
      effects: [],
    };
    await store.insert(findingJudgementTable, [encodeJudgement(judgement)]);
  }
}

function findingOf(found: ReturnType<typeof episode>): Finding {
  return {
    id: found.id,
    half: 'recon',
    rule: 'recon.scan',
    subject: { host: found.sources[0]! },
  } as unknown as Finding;
}

/** A store that is gone when rows are inserted for the n-th time: before they are written, or just after. */
function dying(killedAt: number, written: boolean): Store {
  let inserts = 0;
  const dies = async (write: () => Promise<void>): Promise<void> => {
    const now = inserts === killedAt;
    inserts += 1;
    if (!now || written) await write();
    if (now) throw new Fault('test/killed', 'killed', 'none');
  };
  const { insert, insertLines } = {
    insert: (table: Table, rows: readonly Row[]) => dies(() => store.insert(table, rows)),
    insertLines: (table: Table, lines: readonly NdjsonLine[]) => dies(() => store.insertLines(table, lines)),
  };
  return new Proxy(store, {
    get: (target, key) => {
      if (key === 'insert') return insert;
      if (key === 'insertLines') return insertLines;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function listed(): Promise<readonly CurrentFinding[]> {
  return (await new FindingPages(store).page({ filter: { unreviewed: true }, limit: 500 })).items;
}

/** Everything worked out from everything, without any memory. */
async function workedOut(now: Instant): Promise<readonly CurrentFinding[]> {
  const lifecycles = await FindingLifecycles.read(store, config, () => now);
  const found: CurrentFinding[] = [];
  for await (const { finding, lifecycle, run, place, episode: of } of lifecycles.of({}))
    found.push({
      finding,
      lifecycle,
      standing: of === undefined ? 'review' : standingOf(of),
      run,
      role: place.role,
      network: finding.subject.network ?? lifecycles.places.networkOf(place.hosts),
    });
  return found.toSorted((a, b) => compareFindings(a.finding, b.finding));
}

/** As it is stored: what is undefined is absent. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('whatever happens, and wherever a refresh is killed', () => {
  test('the next whole one leaves the list that follows from the history, and tells what changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 24 }), async (acts) => {
        for (const { name } of TABLES) await store.applyDdl(`TRUNCATE TABLE ${name}`);
        const history = new History();
        const clock = (): Instant => history.now;
        let projection = new FindingProjection(store, config, clock, NOBODY);
        let before: readonly CurrentFinding[] = [];
        let killed = false;
        let told = 0n;
        for (const one of [...acts, { act: 'refresh', killedAt: undefined, written: false } as const]) {
          if (one.act !== 'refresh') {
            await history.take(one);
            continue;
          }
          if (one.killedAt !== undefined) {
            const dies = new FindingProjection(dying(one.killedAt, one.written), config, clock, NOBODY);
            await dies.refresh().catch((error: unknown) => {
              expect(error).toMatchObject({ code: 'test/killed' });
            });
            killed = true;
            continue;
          }
          const { changes, version } = await projection.refresh();
          const after = await listed();
          expect(plain(after)).toEqual(plain(await workedOut(history.now)));
          const turned = differences(before, after);
          // What a killed refresh wrote it did not tell: it is found by the number of the one before.
          if (!killed) expect(asDifferences(changes)).toEqual(turned);
          const since = await all(store, findingsChanged, { version: told });
          expect(since.map(({ finding: { id } }) => id)).toEqual(expect.arrayContaining([...turned.keys()]));
          if (!killed) expect(since).toHaveLength(turned.size);
          told = BigInt(version);
          const again = await projection.refresh();
          expect(again.changed).toBe(0);
          // Another process begins without any memory of this one.
          projection = new FindingProjection(store, config, clock, NOBODY);
          before = after;
          killed = false;
        }
      }),
      { numRuns: 12 },
    );
  }, 240_000);
});

type Differences = ReadonlyMap<string, Pick<FindingChange, 'kind' | 'from'> & { readonly to: FindingState }>;

function differences(before: readonly CurrentFinding[], after: readonly CurrentFinding[]): Differences {
  const known = new Map(before.map((one) => [one.finding.id, one]));
  return new Map(
    after.flatMap((one) => {
      const { id } = one.finding;
      const was = known.get(id);
      if (was !== undefined && JSON.stringify(was) === JSON.stringify(one)) return [];
      const { state: to } = one.lifecycle;
      const from = was?.lifecycle.state;
      return [[id, { kind: from === undefined ? 'new' : from === to ? 'content' : 'state', from, to }]];
    }),
  );
}

function asDifferences(changes: readonly FindingChange[]): Differences {
  return new Map(changes.map(({ id, kind, from, now }) => [id, { kind, from, to: now.lifecycle.state }]));
}
