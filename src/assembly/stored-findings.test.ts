import { mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { FINDING_STATES } from '../findings/judgement.ts';
import { compareFindings } from '../findings/ranking.ts';
import { fromMillis, type Instant } from '../time/instant.ts';
import type { JudgedFinding, ListedFinding, Verdict } from './stored-findings.ts';
import { Workspace } from './workspace.ts';

const examples = resolve(import.meta.dirname, '../../examples');
const DAY = 86_400e6;
const who = { by: 'ana', note: 'CHG-7' };
const stdin = Readable.from([]);
const { signal } = new AbortController();

let directory: string;
let workspace: Workspace;
// After the scans and telemetry of the examples; retention counts by the engine's own clock.
let now = Math.max(Date.now() * 1e3, fromMillis(Date.UTC(2026, 10, 22))) as Instant;

const wait = (microseconds: number): void => {
  now = (now + microseconds) as Instant;
};
const detect = async (): Promise<void> => {
  wait(DAY / 24);
  await workspace.recon.detect({}, { signal });
};

async function the(rule: string, host: string, port?: string): Promise<ListedFinding> {
  const found = (await workspace.findings.list({ unreviewed: true })).filter(
    ({ finding: { rule: made, subject } }) =>
      made === rule && subject.host === host && (port === undefined || subject.port === port),
  );
  expect(found).toHaveLength(1);
  return found[0]!;
}

async function judge(listed: ListedFinding, verdict: Partial<Verdict>): Promise<JudgedFinding> {
  wait(1e6);
  const [judged] = await workspace.findings.judge(
    [listed],
    { state: 'acknowledged', scope: { kind: 'finding' }, ...verdict },
    who,
  );
  return judged!;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'findings-'));
  const { config } = loadConfig({ cwd: directory, env: { TIDEMARK_DATA_DIR: join(directory, 'data') } });
  workspace = await Workspace.open(config, { clock: () => now, program: 'test' });
});
afterAll(async () => {
  await workspace.close();
  await rm(directory, { recursive: true, force: true });
});

test('ten scans are assessed, and telemetry is judged', async () => {
  const lab = join(examples, 'lab');
  const scans = (await readdir(lab)).filter((name) => name.endsWith('.xml')).toSorted();
  for await (const _ of workspace.importScans(
    scans.map((name) => join(lab, name)),
    { stdin },
  ));
  for (const run of await workspace.listRuns()) {
    wait(1e6);
    await workspace.assess(run);
  }
  const telemetry = [join(examples, 'telemetry', 'nmap-sV-web.eve.json')];
  for await (const _ of workspace.recon.importTelemetry(telemetry, { stdin, signal }));
  await detect();
  expect(await workspace.findings.list({})).not.toEqual([]);
});

describe('the list', () => {
  test('has what scans and what telemetry show, in the order in which to look', async () => {
    const findings = (await workspace.findings.list({ states: ['open'] })).map(({ finding }) => finding);
    expect(new Set(findings.map(({ half }) => half))).toEqual(new Set(['exposure', 'recon']));
    expect(findings).toEqual(findings.toSorted(compareFindings));
    const severe = await workspace.findings.list({ severity: 'high', half: 'exposure' });
    expect(severe.map(({ finding }) => finding.rule)).toEqual(['legacy.telnet', 'drift.encryption-removed']);
  });

  test('a port that comes and goes is one finding, which says how often it came back', async () => {
    const { lifecycle } = await the('drift.port-opened', '10.77.10.80', '5000/tcp');
    expect(lifecycle).toMatchObject({ state: 'resolved', present: false, reopened: { count: 3 } });
    expect(lifecycle.why).toMatch(/5000\/tcp is closed$/);
    expect(lifecycle.steps.map(({ to }) => to)).toEqual([1, 2, 3, 4].flatMap(() => ['open', 'resolved']));
  });

  test.each([
    { why: 'the port is filtered now', rule: 'database.postgresql', host: '10.77.10.20', want: 'resolved' },
    {
      why: 'a change is not gone because it is told once',
      rule: 'drift.mac-changed',
      host: '10.77.10.40',
      want: 'open',
    },
    { why: 'the host answers again', rule: 'drift.host-disappeared', host: '10.77.10.60', want: 'resolved' },
    { why: 'the host does not answer', rule: 'drift.host-disappeared', host: '10.77.10.30', want: 'open' },
  ])('$why: $rule is $want', async ({ rule, host, want }) => {
    expect((await the(rule, host)).lifecycle.state).toBe(want);
  });
});

describe('what people say', () => {
  test('a suppression ends by itself, and the history has all of it', async () => {
    const { lifecycle } = await judge(await the('legacy.telnet', '10.77.10.70'), {
      until: (now + DAY) as Instant,
    });
    expect(lifecycle).toMatchObject({ state: 'acknowledged', judgement: { by: 'ana', note: 'CHG-7' } });
    const open = async () =>
      (await workspace.findings.list({ states: ['open'] })).map(({ finding }) => finding.rule);
    expect(await open()).not.toContain('legacy.telnet');
    wait(DAY);
    expect(await open()).toContain('legacy.telnet');
    const after = await the('legacy.telnet', '10.77.10.70');
    expect(after.lifecycle.steps.map(({ to, by }) => [to, by])).toEqual([
      ['open', undefined],
      ['acknowledged', 'ana'],
      ['open', undefined],
    ]);
    expect(after.judgements).toHaveLength(1);
  });

  test('a scope covers the rule on that host, and nothing else of it', async () => {
    const before = await workspace.findings.list({});
    const judged = await judge(await the('drift.port-opened', '10.77.10.80', '4444/tcp'), {
      state: 'noise',
      scope: { kind: 'host' },
    });
    expect(judged.judgement.scope).toEqual({ kind: 'host', value: '10.77.10.80' });
    const changed = (await workspace.findings.list({})).filter(
      ({ finding, lifecycle }) =>
        lifecycle.state !== before.find((one) => one.finding.id === finding.id)?.lifecycle.state,
    );
    expect(changed.length).toBeGreaterThan(2);
    expect(new Set(changed.map(({ finding: { rule, subject } }) => `${rule} ${subject.host}`))).toEqual(
      new Set(['drift.port-opened 10.77.10.80']),
    );
    expect(new Set(changed.map(({ lifecycle }) => lifecycle.state))).toEqual(new Set(['noise']));
  });

  test('a network that nobody names is the one in which the host lies', async () => {
    const { judgement } = await judge(await the('legacy.ftp', '10.77.10.40'), { scope: { kind: 'network' } });
    expect(judgement.scope).toEqual({ kind: 'network', value: '10.77.10.0/24' });
  });

  test('a scan of many ports is not about one', async () => {
    await expect(
      judge(await the('recon.scan', '10.66.0.12'), { scope: { kind: 'port' } }),
    ).rejects.toMatchObject({
      code: 'finding/scope',
    });
  });

  test('what is said of everything is kept for everything', async () => {
    wait(1e6);
    const open = await workspace.findings.list({ half: 'exposure', states: ['open'] });
    const said = open.filter(({ finding }) => finding.severity === 'low');
    await workspace.findings.judge(said, { state: 'confirmed', scope: { kind: 'finding' } }, who);
    const after = await workspace.findings.find(said.map(({ finding }) => finding.id));
    expect(after.length).toBeGreaterThan(3);
    expect(new Set(after.map(({ lifecycle }) => lifecycle.state))).toEqual(new Set(['confirmed']));
  });

  test.each<{ why: string; verdict: Partial<Verdict>; code: string }>([
    { why: 'an end in the past', verdict: { until: 0 as Instant }, code: 'finding/ended' },
    {
      why: 'an end to what has none',
      verdict: { state: 'confirmed', until: 9e15 as Instant },
      code: 'finding/no-end',
    },
    {
      why: 'a role that the host does not have',
      verdict: { scope: { kind: 'role' } },
      code: 'finding/scope',
    },
    {
      why: 'a network in which it does not lie',
      verdict: { scope: { kind: 'network', value: '192.0.2.0/24' } },
      code: 'finding/scope',
    },
  ])('$why is refused, and nothing is kept', async ({ verdict, code }) => {
    const listed = await the('legacy.telnet', '10.77.10.70');
    await expect(judge(listed, verdict)).rejects.toMatchObject({ code });
    expect((await the('legacy.telnet', '10.77.10.70')).judgements).toEqual(listed.judgements);
  });

  test.each([
    { reference: 'zzz', code: 'finding/unknown' },
    { reference: '', code: 'finding/unknown' },
  ])('$reference names no finding', async ({ reference, code }) => {
    await expect(workspace.findings.find([reference])).rejects.toMatchObject({ code });
  });
});

describe('the audit log', () => {
  const file = (): string => join(directory, 'data', 'audit.jsonl');
  const records = async (): Promise<readonly Record<string, unknown>[]> =>
    (await readFile(file(), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test('has who said what of which finding, through what, and why', async () => {
    const listed = await the('legacy.telnet', '10.77.10.70');
    wait(1e6);
    await workspace.findings.judge(
      [listed],
      { state: 'acknowledged', scope: { kind: 'host' } },
      { ...who, face: 'api' },
    );
    expect((await records()).at(-1)).toMatchObject({
      action: 'finding.judged',
      actor: { user: 'ana', face: 'api' },
      subject: listed.finding.id,
      why: 'CHG-7',
      details: {
        state: 'acknowledged',
        until: null,
        judged: [{ finding: listed.finding.id, scope: { kind: 'host', value: '10.77.10.70' } }],
      },
    });
  });

  test('comes first: where it cannot be written, nothing is said', async () => {
    const listed = await the('legacy.telnet', '10.77.10.70');
    await rename(file(), `${file()}.aside`);
    await mkdir(file());
    try {
      await expect(judge(listed, { state: 'noise' })).rejects.toMatchObject({ code: 'audit/not-written' });
    } finally {
      await rmdir(file());
      await rename(`${file()}.aside`, file());
    }
    expect((await the('legacy.telnet', '10.77.10.70')).judgements).toEqual(listed.judgements);
  });
});

describe('what follows', () => {
  test('of a scan, expected: nothing to join without a baseline, and that is said', async () => {
    const judged = await judge(await the('drift.port-opened', '10.77.10.50', '9090/tcp'), {
      state: 'expected',
    });
    expect(judged.judgement.effects.filter((effect) => effect.includes('baseline'))).toEqual([]);
    expect(judged.offers.join('\n')).toContain('tidemark baseline learn');
  });

  test('of a scan, expected: the port joins the baseline in force until the same end', async () => {
    const runs = await workspace.listRuns();
    await workspace.baselines.learn(runs.slice(0, 8), who);
    const until = (now + 30 * DAY) as Instant;
    const judged = await judge(await the('drift.port-opened', '10.77.10.50', '9090/tcp'), {
      state: 'expected',
      until,
    });
    expect(judged.judgement.effects[0]).toBe(
      'baseline version 2 expects 10.77.10.50 9090/tcp open; undo: tidemark baseline rollback 1',
    );
    const version = (await workspace.baselines.inForce())!;
    const { hosts } = await workspace.baselines.load(version);
    const port = [...hosts].find(([host]) => host === '10.77.10.50')?.[1].ports;
    expect([...port!.values()].find((each) => each.port === '9090/tcp')).toMatchObject({
      state: 'open',
      provenance: { kind: 'approved', by: 'ana', note: 'CHG-7', until },
    });
    const again = await judge(await the('drift.port-opened', '10.77.10.50', '9090/tcp'), { state: 'open' });
    expect(again.offers).toContain(`what was done before still holds: ${judged.judgement.effects[0]}`);
  });

  test('of a scan: the anomaly model is told about a host that it found unusual, once', async () => {
    const newest = (await workspace.listRuns()).at(-1)!;
    const { report } = await workspace.anomalies.judge(newest);
    const before = (await workspace.anomalies.verdicts()).length;
    const unusual = (await workspace.findings.list({ half: 'exposure' })).filter(
      ({ finding, run }) =>
        run === newest.info.id && report.hosts.some(({ host }) => host === finding.subject.host),
    );
    expect(unusual.length).toBeGreaterThan(1);
    const host = unusual[0]!.finding.subject.host;
    const two = unusual.filter(({ finding }) => finding.subject.host === host);
    wait(1e6);
    const judged = await workspace.findings.judge(
      two,
      { state: 'confirmed', scope: { kind: 'finding' } },
      who,
    );
    const verdicts = await workspace.anomalies.verdicts();
    expect(verdicts).toHaveLength(before + 1);
    expect(verdicts.at(-1)).toMatchObject({ host, said: 'true', by: 'ana', takenBack: undefined });
    expect(judged.flatMap(({ judgement }) => judgement.effects)).toEqual([
      `the anomaly model was told that ${host} was true; undo: tidemark feedback undo ${verdicts.at(-1)!.id.slice(0, 8)}`,
    ]);
  });

  const scan = (): Promise<ListedFinding> => the('recon.scan', '10.66.0.12');

  test('of telemetry, noise and confirmed: a label', async () => {
    for (const state of ['noise', 'confirmed'] as const)
      expect((await judge(await scan(), { state })).judgement.effects).toEqual([
        `kept as a label of the episode: ${state}`,
      ]);
    expect(await workspace.recon.listExpected()).toEqual([]);
  });

  test('of telemetry, expected: its contacts are normal, and the finding stays what it is when they are gone', async () => {
    const { judgement } = await judge(await scan(), { state: 'expected' });
    const contacts = {
      sources: ['10.66.0.12/32'],
      role: undefined,
      targets: ['10.77.0.10/32'],
      port: undefined,
    };
    expect(await workspace.recon.listExpected()).toMatchObject([{ ...contacts, why: 'CHG-7', by: 'ana' }]);
    expect(judgement.effects[0]).toContain(
      'undo: tidemark expected withdraw --source 10.66.0.12/32 --target 10.77.0.10/32',
    );
    await detect();
    expect((await scan()).lifecycle).toMatchObject({ state: 'expected', present: false });
    wait(1e6);
    await workspace.recon.noLongerExpect(contacts, who);
    expect(await workspace.recon.listExpected()).toEqual([]);
    await expect(workspace.recon.noLongerExpect(contacts, who)).rejects.toMatchObject({
      code: 'recon/no-such-expectation',
    });
    await detect();
    expect((await scan()).lifecycle).toMatchObject({ state: 'expected', present: true });
  });

  test.each(FINDING_STATES)('%s is a word that can be taken back', async (state) => {
    await judge(await scan(), { state });
    expect((await scan()).lifecycle.state).toBe(state);
    await judge(await scan(), { state: 'open' });
    expect((await scan()).lifecycle.state).toBe('open');
  });
});
