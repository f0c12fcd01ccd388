import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workspace } from '../../src/assembly/workspace.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { OutgoingDigest, OutgoingFinding } from '../../src/findings/outgoing.ts';
import { fromMillis, type Instant } from '../../src/time/instant.ts';

const lab = resolve(import.meta.dirname, '../../examples/lab');
const WEEKS = [
  '2026-09-13',
  '2026-09-20',
  '2026-09-27',
  '2026-10-04',
  '2026-10-11',
  '2026-10-18',
  '2026-10-25',
  '2026-11-01',
];
const room = { version: '0.1.0', stdout: new Writable(), signal: new AbortController().signal };

let folder = '';
let workspace: Workspace;
let now = fromMillis(0);
const clock = () => (now = (now + 1e6) as Instant);
/** A week's scan comes in on its day, and nobody has looked at it yet. */
const scan = async (week: string): Promise<void> => {
  now = fromMillis(Date.parse(`${week}T06:00:00Z`));
  const file = join(lab, `${week}.xml`);
  for await (const _ of workspace.importScans([file], { stdin: Readable.from([]) }));
  await workspace.assess((await workspace.listRuns()).at(-1)!);
};
/** A round at an hour of the day. */
const round = async (time: string): Promise<void> => {
  now = fromMillis(Date.parse(time));
  await workspace.deliver(room);
};
const got = async <T>(name: string): Promise<T[]> => {
  const text = await readFile(join(folder, `${name}.jsonl`), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-came-'));
  await writeFile(
    join(folder, 'tidemark.yaml'),
    `alerts: { budget: 100, digestAt: '08:00' }
sinks:
  - { name: people, kind: file, path: people.jsonl, tell: alerts, minSeverity: info }
  - { name: siem, kind: file, path: siem.jsonl, minSeverity: info }
`,
  );
  const env = { TIDEMARK_DATA_DIR: join(folder, 'data') };
  workspace = await Workspace.open(loadConfig({ cwd: folder, env }).config, { clock, program: 'test' });
}, 60_000);
afterAll(async () => {
  await workspace.close();
  await rm(folder, { recursive: true, force: true });
});

test(
  'what machines hear of as open and resolved, people read of in the digest, once, with when; what was over before the first look is history',
  { timeout: 120_000 },
  async () => {
    const [first, second, third, ...rest] = WEEKS;
    for (const week of [first, second, third]) await scan(week!);
    for (const time of ['07:00', '08:00']) await round(`2026-09-27T${time}:00Z`);
    const historic = (await workspace.findings.list({})).filter(
      ({ lifecycle }) => lifecycle.state === 'resolved',
    );
    expect(historic.length).toBeGreaterThan(0);
    expect(await workspace.alerts.list({ ids: historic.map(({ finding }) => finding.id) })).toEqual([]);

    const known = new Map((await workspace.findings.list({})).map((one) => [one.finding.id, one]));
    for (const week of rest) await scan(week);
    await round('2026-11-01T07:00:00Z');
    const between = (await workspace.findings.list({})).filter(({ finding, lifecycle }) => {
      const before = known.get(finding.id)?.lifecycle;
      const wasOver = before === undefined || before.state === 'resolved';
      return (
        wasOver && lifecycle.state === 'resolved' && lifecycle.reopened.count > (before?.reopened.count ?? -1)
      );
    });
    expect(between.length).toBeGreaterThan(1);
    const minute = (at: Instant): string =>
      `${new Date(at / 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    for (const { finding, lifecycle } of between) {
      const opened = lifecycle.steps.findLast(({ to }) => to === 'open')!;
      const lines = await workspace.alerts.list({ ids: [finding.id] });
      expect(lines[0]).toMatchObject({
        decision: 'digested',
        asks: false,
        reason: `came and went: open from ${minute(opened.at)} until ${minute(lifecycle.since)}`,
      });
      expect(lines.filter(({ at }) => at === lines[0]!.at)).toHaveLength(1);
    }
    const ids = new Set<string>(between.map(({ finding }) => finding.id));
    const siem = (await got<OutgoingFinding>('siem')).filter(({ finding }) => ids.has(finding.id));
    expect(new Set(siem.map(({ finding }) => finding.id))).toEqual(ids);

    await round('2026-11-02T08:00:00Z');
    const people = await got<OutgoingFinding | OutgoingDigest>('people');
    const apart = people.filter((one) => 'finding' in one && ids.has(one.finding.id));
    expect(apart).toEqual([]);
    const digest = await workspace.alerts.digest('2026-11-02');
    const told = digest!.members.filter(({ item }) => ids.has(item.finding));
    expect(told.map(({ item }) => item.finding).toSorted()).toEqual([...ids].toSorted());
    expect(JSON.stringify(people.at(-1))).toMatch(/came and went: open from 2026-1/);
    expect(await workspace.sinks.enqueue()).toBe(0);
  },
);
