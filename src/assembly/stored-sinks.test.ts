import { Ajv } from 'ajv';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { episodeOf } from '../../test/evaluate/episodes.ts';
import { exposed, MOMENT } from '../../test/sinks/sample.ts';
import { OCSF_SCAN_SCHEMA } from '../../test/sinks/schemas.ts';
import { keepAssessment, keepEpisodesAt, openMigrated, sinksOver } from '../../test/sinks/stored-findings.ts';
import { tryLock } from '../audit/file-lock.ts';
import { loadConfig } from '../config/load.ts';
import { runKeyset } from '../exposure/queries/runs.ts';
import { findingId } from '../findings/identity.ts';
import { outgoingKey } from '../findings/outgoing.ts';
import { encodeOutboxEntry, outboxTables, type OutboxEntry } from '../findings/queries/outbox.ts';
import type { Store } from '../store/store.ts';
import { fromMillis, type Instant } from '../time/instant.ts';
import type { DeadLetter } from './stored-sinks.ts';
import { Workspace } from './workspace.ts';

const MINUTE = 60e6;
const DAY = 86_400e6;
const room = { version: '0.1.0', stdout: new Writable(), signal: new AbortController().signal };
const named = (name: string, changes: Parameters<typeof exposed>[0] = {}) =>
  exposed({ id: findingId('exposure', 'drift.port-opened', {}, name), ...changes });

describe('findings on their way out', () => {
  let folder = '';
  let store: Store;
  let silent: Server;
  let now = MOMENT;
  const clock = () => (now = (now + MINUTE) as Instant);
  const file = (name: string) => join(folder, `${name}.jsonl`);
  const sinksOf = (...sinks: readonly object[]) => sinksOver(store, sinks, clock);
  const fileSinkOf = (name: string, more: object = {}) => ({ name, kind: 'file', path: file(name), ...more });
  const got = async (name: string) =>
    (await readFile(file(name), 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) =>
          JSON.parse(line) as {
            key: string;
            revision: number;
            finding: { id: string; severity: string; half: string };
          },
      );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-outbox-'));
    store = await openMigrated(join(folder, 'data'));
    // Takes connections and never says a word.
    silent = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterAll(async () => {
    silent.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('each is told once, as often as it is looked for', async () => {
    await keepAssessment(store, [named('a'), named('b', { severity: 'low' })], { at: clock() });
    const sinks = sinksOf(fileSinkOf('all'), fileSinkOf('urgent', { minSeverity: 'high' }));
    expect([await sinks.enqueue(), await sinks.enqueue()]).toEqual([3, 0]);
    await sinks.deliver(room);
    // Another look at the same network: other times and evidence, no news.
    await keepAssessment(store, [named('a', { lastSeen: clock(), score: 61 })], { at: clock() });
    expect(await sinks.enqueue()).toBe(0);
    await sinks.deliver(room);
    expect((await got('all')).map(({ revision }) => revision)).toEqual([1, 1]);
    expect((await got('urgent')).map(({ finding }) => finding.severity)).toEqual(['high']);
    expect(await sinks.list()).toMatchObject([
      { name: 'all', pending: 0, delivered: 2, dead: 0, why: '' },
      { name: 'urgent', pending: 0, delivered: 1, dead: 0, why: '' },
    ]);
  });

  test('a change is told, and so is its way back', async () => {
    const sinks = sinksOf(fileSinkOf('all'), fileSinkOf('urgent', { minSeverity: 'high' }));
    for (const severity of ['info', 'high'] as const) {
      await keepAssessment(store, [named('a', { severity })], { at: clock() });
      // Below the least severity of both, but both knew it as worse.
      expect(await sinks.enqueue()).toBe(2);
    }
    await sinks.deliver(room);
    for (const name of ['all', 'urgent']) {
      const versions = (await got(name)).filter(({ finding }) => finding.id === named('a').id);
      expect(versions.map(({ revision, finding }) => [revision, finding.severity])).toEqual([
        [1, 'high'],
        [2, 'info'],
        [3, 'high'],
      ]);
      expect(new Set(versions.map(({ key }) => key)).size).toBe(3);
    }
  });

  test('what no finished assessment says, and what is old, is not told', async () => {
    const sinks = sinksOf(fileSinkOf('fresh'));
    await sinks.enqueue();
    await keepAssessment(store, [named('killed')], { at: clock(), committed: false });
    await keepAssessment(store, [named('old')], { at: (MOMENT - 30 * DAY) as Instant });
    expect(await sinks.enqueue()).toBe(0);
  });

  test('an episode is told when it is to be reviewed, not as noise', async () => {
    const [scan, noise] = [episodeOf('10.0.0.7'), episodeOf('10.0.0.8', { noise: true })];
    await keepEpisodesAt(store, [{ ...scan, severity: 'high' }, noise], clock());
    const sinks = sinksOf(fileSinkOf('fresh'));
    expect(await sinks.enqueue()).toBe(1);
    await sinks.deliver(room);
    expect((await got('fresh')).at(-1)?.finding).toMatchObject({ half: 'recon', id: scan.id });
  });

  test('one that hangs and one that cannot be written hold up nobody; what is given up can be asked for again', async () => {
    const port = (silent.address() as AddressInfo).port;
    const broken = { ...fileSinkOf('broken'), path: join(folder, 'missing', 'x'), tries: 1 };
    const hanging = {
      name: 'hanging',
      kind: 'splunk',
      token: 't',
      url: `http://127.0.0.1:${port}`,
      allowHosts: ['127.0.0.1'],
      timeoutSeconds: 1,
    };
    const unread = {
      name: 'unread',
      kind: 'webhook',
      url: 'https://example.org',
      ca: join(folder, 'none.pem'),
    };
    const sinks = sinksOf(broken, hanging, unread, fileSinkOf('well'));
    await sinks.enqueue();
    const rounds = await sinks.deliver(room);
    const queued = (await got('well')).length;
    expect(queued).toBeGreaterThan(0);
    expect(rounds).toMatchObject([
      { sink: 'broken', delivered: 0, failed: queued, dead: queued },
      { sink: 'hanging', delivered: 0, failed: queued, dead: 0, why: 'no answer within 1 s' },
      { sink: 'unread', delivered: 0, failed: 1, dead: 0 },
      { sink: 'well', delivered: queued, failed: 0 },
    ]);
    const letters = await sinks.dead();
    expect(letters).toHaveLength(queued);
    expect(letters[0]).toMatchObject({
      sink: 'broken',
      tries: 1,
      why: expect.stringContaining('ENOENT') as string,
    });

    const [letter] = letters;
    expect(await sinks.requeue(letter!.outgoing.key.slice(0, 20))).toHaveLength(1);
    expect(await sinks.dead()).toHaveLength(queued - 1);
    const repaired = sinksOf(fileSinkOf('broken'));
    expect(await repaired.deliver(room)).toMatchObject([{ delivered: 1, failed: 0 }]);
    expect((await got('broken')).map(({ key }) => key)).toEqual([letter!.outgoing.key]);
    await expect(sinks.requeue('')).rejects.toMatchObject({ code: 'sinks/no-dead-letter' });
    await expect(sinks.requeue("' OR 1=1")).rejects.toMatchObject({ code: 'sinks/no-dead-letter' });
  });

  test('what was given up is read page by page: each once, newest first, whatever comes or is asked for meanwhile', async () => {
    const outbox = join(folder, 'missing', 'y');
    const sinks = sinksOf({ name: 'paged', kind: 'file', path: outbox, tries: 1 });
    const giveUp = async (...names: readonly string[]) => {
      const rows = names.map((name): OutboxEntry => {
        const finding = named(`paged ${name}`, { title: name });
        const outgoing = { key: outgoingKey(finding.id, 1, name), revision: 1, finding, at: now };
        return { sink: 'paged', version: name, outgoing };
      });
      await store.insert(outboxTables.outbox, rows.map(encodeOutboxEntry));
      await sinks.deliver(room);
    };
    const other = (await sinks.deadPage({ limit: 500 })).items;
    // Given up in one round, so some of them in the same microsecond.
    const names = ['a', 'b', 'c', 'd', 'e'];
    await giveUp(...names);
    const walked: DeadLetter[] = [];
    let cursor: string | undefined;
    for (let pages = 0; ; pages += 1) {
      const page = await sinks.deadPage({ limit: 2, cursor });
      expect(page.items.length).toBeLessThanOrEqual(2);
      walked.push(...page.items);
      cursor = page.next;
      if (pages === 0) {
        await giveUp('later');
        await sinks.requeue(page.items[0]!.outgoing.key);
      }
      if (cursor === undefined) break;
    }
    expect(walked.map(({ at }) => at)).toEqual(walked.map(({ at }) => at).toSorted((a, b) => b - a));
    const titles = walked.flatMap(({ sink, outgoing }) =>
      sink === 'paged' && 'finding' in outgoing ? [outgoing.finding.title] : [],
    );
    expect(titles.toSorted()).toEqual(names);
    expect(walked).toHaveLength(names.length + other.length);
    expect(await sinks.countDead()).toBe(names.length + other.length);
    expect((await sinks.dead()).map(({ outgoing }) => outgoing.key)).toHaveLength(walked.length);
    for (const bad of ['x', 'eyJhIjoxfQ', runKeyset.cursor(['1', 'a'])])
      await expect(sinks.deadPage({ limit: 2, cursor: bad })).rejects.toMatchObject({ code: 'page/cursor' });
  });

  test('a failure is tried again when its time has come', async () => {
    const path = join(folder, 'later');
    const sinks = sinksOf({ name: 'later', kind: 'file', path: join(path, 'x') });
    const queued = await sinks.enqueue();
    await sinks.deliver(room);
    expect(await sinks.list()).toMatchObject([{ pending: queued, delivered: 0 }]);
    now = (now + DAY) as Instant;
    const moved = sinksOf(fileSinkOf('later'));
    expect(await moved.deliver(room)).toMatchObject([{ delivered: queued }]);
    expect(await moved.list()).toMatchObject([{ pending: 0, delivered: queued, why: '' }]);
  });

  test('a test finding goes past the outbox', async () => {
    const sinks = sinksOf(fileSinkOf('tested', { minSeverity: 'critical' }), {
      name: 'bad',
      kind: 'file',
      path: folder,
    });
    expect(await sinks.test(undefined, room)).toMatchObject([
      { sink: 'tested', fault: undefined },
      { sink: 'bad', fault: { code: 'sinks/not-written' } },
    ]);
    expect(await got('tested')).toMatchObject([{ finding: { severity: 'info' } }]);
    await expect(sinks.test('nobody', room)).rejects.toMatchObject({ code: 'sinks/unknown' });
  });
});

describe('what came and went between two looks (ten weeks of the lab)', () => {
  const lab = resolve(import.meta.dirname, '../../examples/lab');
  let folder = '';
  let workspace: Workspace;
  // After the scans of the lab.
  let now = fromMillis(Date.UTC(2026, 10, 22));
  const clock = () => (now = (now + MINUTE) as Instant);
  const configure = async (...names: readonly string[]) => {
    const sinks = names.map(
      (name) =>
        `{ name: ${name}, kind: file, path: ${name}.jsonl, minSeverity: info${name === 'ocsf' ? ', format: ocsf' : ''} }`,
    );
    await writeFile(join(folder, 'tidemark.yaml'), `sinks: [${sinks.join(', ')}]\n`);
    return loadConfig({ cwd: folder, env: { TIDEMARK_DATA_DIR: join(folder, 'data') } }).config;
  };
  const assess = async (from: number, to: number): Promise<void> => {
    for (const run of (await workspace.listRuns()).slice(from, to)) await workspace.assess(run);
  };
  /** What a sink was told, by finding, in order. */
  const told = async (name: string) => {
    const byFinding = new Map<string, { revision: number; state: string; lifecycle: object }[]>();
    const text = await readFile(join(folder, `${name}.jsonl`), 'utf8').catch(() => '');
    for (const line of text.split('\n').filter((each) => each !== '')) {
      const { finding, ...rest } = JSON.parse(line) as {
        finding: { id: string };
        revision: number;
        state: string;
        lifecycle: object;
      };
      byFinding.set(finding.id, [...(byFinding.get(finding.id) ?? []), rest]);
    }
    return byFinding;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-between-'));
    workspace = await Workspace.open(await configure('siem'), { clock, program: 'test' });
    const scans = (await readdir(lab)).filter((name) => name.endsWith('.xml')).toSorted();
    const paths = scans.map((name) => join(lab, name));
    for await (const _ of workspace.importScans(paths, { stdin: Readable.from([]) }));
  });
  afterAll(async () => {
    await workspace.close();
    await rm(folder, { recursive: true, force: true });
  });

  test(
    'is told as open, then as resolved, also when it had been resolved before: every finding is told',
    { timeout: 120_000 },
    async () => {
      // 5000/tcp of 10.77.10.80 is open every second week.
      const flapping = async () =>
        (await workspace.findings.list({})).find(
          ({ finding: { rule, subject } }) => rule === 'drift.port-opened' && subject.port === '5000/tcp',
        );
      let assessed = 0;
      while ((await flapping())?.lifecycle.state !== 'resolved') {
        await assess(assessed, ++assessed);
        await workspace.deliver(room);
      }
      const before = await told('siem');
      const { id } = (await flapping())!.finding;
      expect(before.get(id)).toMatchObject([{ state: 'open' }, { state: 'resolved' }]);

      await assess(assessed, 10);
      await workspace.deliver(room);
      const after = await told('siem');
      const listed = await workspace.findings.list({ unreviewed: true });
      expect(listed.filter(({ finding }) => !after.has(finding.id))).toEqual([]);
      const between = listed.filter(
        ({ finding, lifecycle }) => !before.has(finding.id) && lifecycle.state === 'resolved',
      );
      expect(between.length).toBeGreaterThan(0);
      for (const { finding, lifecycle } of between) {
        const opened = lifecycle.steps.findLast(({ to }) => to === 'open')!;
        expect(after.get(finding.id)).toMatchObject([
          { revision: 1, state: 'open', lifecycle: { why: opened.why } },
          { revision: 2, state: 'resolved', lifecycle: { why: lifecycle.why } },
        ]);
      }
      expect((await flapping())!.lifecycle).toMatchObject({ state: 'resolved', reopened: { count: 3 } });
      expect(after.get(id)).toMatchObject([
        { revision: 1, state: 'open', lifecycle: { reopened: 0 } },
        { revision: 2, state: 'resolved', lifecycle: { reopened: 0 } },
        { revision: 3, state: 'open', lifecycle: { reopened: 3 } },
        { revision: 4, state: 'resolved', lifecycle: { reopened: 3 } },
      ]);
      expect(await workspace.sinks.enqueue()).toBe(0);
    },
  );

  test('is no news to a sink that was added afterwards', async () => {
    workspace.reconfigure(await configure('siem', 'added'));
    await workspace.deliver(room);
    const listed = new Map(
      (await workspace.findings.list({ unreviewed: true })).map((one) => [one.finding.id, one]),
    );
    const states = [...(await told('added')).keys()].map((id) => listed.get(id as never)?.lifecycle.state);
    expect(states.length).toBeGreaterThan(2);
    expect(new Set(states)).toEqual(new Set(['open']));
  });

  test('a sink that another process delivers to is left to it', async () => {
    const lock = join(folder, 'data', 'delivery-siem.lock');
    const release = await tryLock(lock);
    workspace.reconfigure(await configure('siem', 'added'));
    expect(await workspace.deliver(room)).toMatchObject({
      rounds: [{ sink: 'added' }],
      elsewhere: ['siem'],
    });
    const outbox = await tryLock(join(folder, 'data', 'delivery.lock'));
    expect(await workspace.enqueue()).toBeUndefined();
    workspace.reconfigure(await configure('siem'));
    expect(await workspace.deliver(room)).toBeUndefined();
    await outbox!();
    await release!();
    expect(await workspace.deliver(room)).toMatchObject({ rounds: [{ sink: 'siem' }], elsewhere: [] });
  });

  test('scans are told to a sink of OCSF, each once, with what was found, or without when nobody looks', async () => {
    const valid = new Ajv({ strict: false }).compile(OCSF_SCAN_SCHEMA);
    const scans = async () => {
      const text = await readFile(join(folder, 'ocsf.jsonl'), 'utf8');
      const events = text
        .split('\n')
        .filter((line) => line !== '')
        .map(
          (line) => JSON.parse(line) as { class_uid: number; scan: { uid: string }; num_detections?: number },
        )
        .filter(({ class_uid: uid }) => uid === 6007);
      for (const event of events) {
        valid(event);
        expect(valid.errors).toBeNull();
      }
      return events.map(({ scan, num_detections: found }) => [scan.uid, found] as const);
    };
    workspace.reconfigure(await configure('siem', 'ocsf'));
    await workspace.deliver(room);
    const want = new Map<string, number | undefined>();
    for (const run of await workspace.listRuns())
      want.set(run.info.id, (await workspace.assessmentOf(run))?.assessment.findings);
    const came = await scans();
    expect(came).toHaveLength(10);
    expect(new Map(came)).toEqual(want);

    // Another scan: the last one, as another scanner would have written it.
    const [last] = (await readdir(lab)).filter((name) => name.endsWith('.xml')).toSorted();
    const copy = join(folder, 'copy.xml');
    await writeFile(copy, (await readFile(join(lab, last!), 'utf8')).replace('<nmaprun', '<!-- --><nmaprun'));
    for await (const _ of workspace.importScans([copy], { stdin: Readable.from([]) }));
    await workspace.deliver(room);
    expect(await scans()).toHaveLength(10);
    now = (now + 60 * MINUTE) as Instant;
    for (let time = 0; time < 2; time += 1) await workspace.deliver(room);
    expect((await scans()).map(([, found]) => found).slice(10)).toEqual([undefined]);
  });
});
