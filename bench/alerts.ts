// What the alert policy makes of a generated estate whose truth is known:
//   node --import tsx bench/alerts.ts [--hosts 120] [--weeks 16] [--seeds 3]
// Weekly scans of an estate with planted changes are stored and assessed as users do it; each working day has a day of office
// traffic in which scans may be hidden, judged as telemetry is. Findings go to the policy hour by hour, once for each
// budget. Prints the table of docs/alerts.md.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { configSchema } from '../src/config/config.ts';
import { Workspace } from '../src/assembly/workspace.ts';
import { Dice } from '../src/estate/dice.ts';
import { generateEstate } from '../src/estate/estate.ts';
import { benignTraffic } from '../src/estate/traffic/benign.ts';
import { DARK_NETWORKS, OUR_NETWORKS } from '../src/estate/traffic/made-up-network.ts';
import { mixed, SCAN_KINDS, scanTraffic } from '../src/estate/traffic/scans.ts';
import type { Finding } from '../src/findings/finding.ts';
import { hostsOfFinding } from '../src/findings/judgement.ts';
import type { AlertCandidate } from '../src/findings/alerts/entry.ts';
import { detectEpisodes } from '../src/recon/flow/detect-episodes.ts';
import { toFinding } from '../src/recon/flow/summarise-episodes.ts';
import { ActivityTable } from '../src/recon/model/activity-table.ts';
import type { Site } from '../src/recon/model/site.ts';
import { standingOf } from '../src/recon/model/standing.ts';
import { formatInstant, type Instant } from '../src/time/instant.ts';
import { MemoryDesk, setting } from '../test/alerts/desk.ts';

const HOUR = 3600e6;
const DAY = 24 * HOUR;
const BUDGETS = [1, 2, 5] as const;

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '120' },
    weeks: { type: 'string', default: '16' },
    seeds: { type: 'string', default: '3' },
  },
});
const [hosts, weeks, seeds] = [Number(values.hosts), Number(values.weeks), Number(values.seeds)];

/** How a finding stands from a moment on, and whether what it says was planted. */
interface Turn {
  readonly at: Instant;
  readonly candidate: AlertCandidate;
  readonly planted: boolean;
}

function turn(finding: Finding, at: Instant, planted: boolean, state: 'open' | 'resolved'): Turn {
  const lifecycle = { since: at, why: state, reopened: 0 };
  return { at, planted, candidate: { finding, state, lifecycle, asks: state === 'open', news: true } };
}

/** The scans: assessed against a baseline of the weeks before anything was planted. */
async function exposureTurns(
  seed: number,
): Promise<{ readonly turns: readonly Turn[]; readonly from: Instant }> {
  const estate = generateEstate({ hosts, weeks, seed });
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-alerts-'));
  let now = 0 as Instant;
  const config = configSchema.parse({
    store: { dataDir: join(folder, 'data') },
    exposure: { vantage: 'estate' },
  });
  const workspace = await Workspace.open(config, {
    clock: () => (now = (now + 1) as Instant),
    program: 'bench',
  });
  const turns: Turn[] = [];
  const planted = new Map<string, number>();
  for (const { label, host, week } of estate.truth)
    if (label === 'event') planted.set(host, Math.min(week, planted.get(host) ?? week));
  const quiet = Math.floor(weeks / 2);
  const known = new Map<string, string>();
  let from = 0 as Instant;
  try {
    for (const scan of estate.scans) {
      const start = scan.header.start!;
      now = (start + HOUR) as Instant;
      const file = join(folder, scan.name);
      await writeFile(file, [...scan.xml].join(''));
      for await (const _ of workspace.importScans([file], { stdin: Readable.from([]) }));
      const runs = await workspace.listRuns();
      if (scan.week === quiet) {
        await workspace.baselines.learn(runs, { by: 'bench', note: '' });
        from = now;
      }
      if (scan.week <= quiet) continue;
      await workspace.assess(runs.at(-1)!);
      for (const { finding, lifecycle } of await workspace.findings.list()) {
        const state = lifecycle.state === 'open' ? 'open' : 'resolved';
        const version = `${state} ${finding.severity} ${finding.title} ${hostsOfFinding(finding).join()}`;
        if (known.get(finding.id) === version || (state === 'resolved' && !known.has(finding.id))) continue;
        known.set(finding.id, version);
        const isPlanted =
          finding.severity !== 'info' &&
          /^(?:drift|unusual)\./.test(finding.rule) &&
          hostsOfFinding(finding).some((host) => (planted.get(host) ?? Infinity) <= scan.week);
        turns.push(turn(finding, now, isPlanted, state));
      }
    }
  } finally {
    await workspace.close();
    await rm(folder, { recursive: true, force: true });
  }
  return { turns, from };
}

/** The telemetry: of each day an office, and on every other day a scan of some kind hidden in it. */
async function reconTurns(seed: number, from: Instant, to: Instant): Promise<readonly Turn[]> {
  const turns: Turn[] = [];
  const dice = new Dice(seed, 77);
  for (let day = Math.ceil(from / DAY) * DAY; day < to; day += DAY) {
    const scene = { seed: seed * 1000 + Math.round(day / DAY), start: day as Instant, days: 1, hosts: 20 };
    const office = benignTraffic('office-day', scene);
    const hidden = dice.int(0, 1) === 1 ? SCAN_KINDS[dice.int(0, SCAN_KINDS.length - 1)]! : undefined;
    const traffic =
      hidden === undefined ? office : mixed(scanTraffic(hidden, { ...scene, interval: 60 }), office);
    const site: Site = {
      networks: OUR_NETWORKS,
      dark: DARK_NETWORKS,
      test: { thetaBenign: 0.92, thetaScan: 0.1, alpha: 1e-4 },
      quiet: 72 * HOUR,
      roles: [],
      expected: [],
      ledger: traffic.truth.ledger,
      exposed: new Map(),
      asOf: () => undefined,
    };
    const table = new ActivityTable();
    for (const record of traffic.records) table.add(record, { sensor: 'edge', file: 'made-up', line: 1 });
    const sources = new Set(traffic.truth.scans.flatMap((scan) => scan.sources));
    const { episodes } = await detectEpisodes(table, { from: 0 as Instant, to: 9e15 as Instant }, site);
    for (const episode of episodes)
      if (standingOf(episode) === 'review')
        turns.push(
          turn(
            toFinding(episode),
            episode.alarm,
            episode.sources.some((source) => sources.has(source)),
            'open',
          ),
        );
  }
  return turns;
}

interface Tally {
  days: number;
  sent: number;
  worst: number;
  urgent: number;
  planted: number;
  atOnce: number;
  digested: number;
  delay: number;
  digests: number;
}

function replay(turns: readonly Turn[], from: Instant, to: Instant, budget: number): Tally {
  const desk = new MemoryDesk(setting({ budget, digestAt: '08:00' }));
  const stands = new Map<string, Turn>();
  const tally: Tally = {
    days: Math.round((to - from) / DAY),
    sent: 0,
    worst: 0,
    urgent: 0,
    planted: 0,
    atOnce: 0,
    digested: 0,
    delay: 0,
    digests: 0,
  };
  const perDay = new Map<string, number>();
  const waiting = new Map<string, Turn>();
  const ordered = turns.toSorted((a, b) => a.at - b.at);
  let next = 0;
  for (let now = from; now < to; now = (now + HOUR) as Instant) {
    const before = next;
    while (next < ordered.length && ordered[next]!.at <= now) {
      const each = ordered[next]!;
      stands.set(each.candidate.finding.id, each);
      next += 1;
    }
    if (next === before && (now / HOUR) % 24 !== 8) continue;
    const { messages, entries } = desk.pass(
      [...stands.values()].map(({ candidate }) => candidate),
      now,
    );
    for (const entry of entries) {
      const of = stands.get(entry.id);
      if (of === undefined || !entry.asks) continue;
      if (entry.decision === 'digested' && !waiting.has(entry.key)) waiting.set(entry.key, of);
      if (!of.planted || entry.decision === 'held') continue;
      tally.planted += 1;
      if (entry.decision === 'sent') {
        tally.atOnce += 1;
        tally.delay += now - of.at;
      } else tally.digested += 1;
    }
    for (const message of messages) {
      const group = message.kind === 'digest' && message.outgoing.digest.kind === 'day';
      if (group) {
        tally.digests += 1;
        for (const member of message.entry.members) {
          const of = waiting.get(member);
          if (of?.planted === true) tally.delay += now - of.at;
        }
        continue;
      }
      if (message.kind === 'finding' && !message.candidate.asks) continue;
      tally.sent += 1;
      if (message.entry.reason.startsWith('sent at once')) tally.urgent += 1;
      const date = formatInstant(now).slice(0, 10);
      perDay.set(date, (perDay.get(date) ?? 0) + 1);
    }
  }
  tally.worst = Math.max(0, ...perDay.values());
  return tally;
}

const sums = new Map<number, Tally[]>();
for (let seed = 1; seed <= seeds; seed += 1) {
  const { turns: exposure, from } = await exposureTurns(seed);
  const to = (from + (weeks - Math.floor(weeks / 2)) * 7 * DAY) as Instant;
  const recon = await reconTurns(seed, from, to);
  for (const budget of BUDGETS)
    sums.set(budget, [
      ...(sums.get(budget) ?? []),
      replay([...exposure, ...recon], from, (to + DAY) as Instant, budget),
    ]);
  process.stderr.write(`seed ${seed}: ${exposure.length} turns of exposure, ${recon.length} of recon\n`);
}
console.log(
  '| budget | days | alerts a day | beyond the budget | worst day | planted findings | sent at once | in the digest | mean delay | days with a digest |',
);
console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const [budget, tallies] of sums) {
  const sum = (key: keyof Tally): number => tallies.reduce((total, tally) => total + tally[key], 0);
  const percent = (part: number): string => `${Math.round((100 * part) / Math.max(1, sum('planted')))} %`;
  console.log(
    `| ${budget} | ${sum('days')} | ${(sum('sent') / sum('days')).toFixed(2)} | ${(sum('urgent') / sum('days')).toFixed(2)} | ${Math.max(...tallies.map(({ worst }) => worst))} | ${sum('planted')} | ${percent(sum('atOnce'))} | ${percent(sum('digested'))} | ${(sum('delay') / Math.max(1, sum('planted')) / HOUR).toFixed(1)} h | ${sum('digests')} |`,
  );
}
