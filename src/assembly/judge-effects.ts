import type { Config } from '../config/config.ts';
import { approveInForce, loadBaseline, pinnedVersion, type Approval } from '../exposure/flow/baselines.ts';
import { hostsOf, runsOf } from '../exposure/flow/stored-scans.ts';
import type { JudgedRun } from '../exposure/flow/surprise-history.ts';
import { sightingOf, viewHost } from '../exposure/model/coverage.ts';
import type { GivenVerdict } from '../exposure/queries/surprise.ts';
import type { StoredRun } from '../exposure/queries/runs.ts';
import type { Finding } from '../findings/finding.ts';
import { hostsOfFinding, type FindingState, type Judgement } from '../findings/judgement.ts';
import { parsePortKey } from '../net/port-key.ts';
import { ROLES, type Episode } from '../recon/model/episode.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../time/instant.ts';
import type { ReconWorkspace } from './recon-workspace.ts';
import type { StoredAnomalies } from './stored-anomalies.ts';

/** What effects work on. */
export interface EffectsContext {
  readonly store: Store;
  readonly config: Config;
  readonly clock: Clock;
  readonly anomalies: StoredAnomalies;
  readonly recon: Pick<ReconWorkspace, 'expect'>;
}

/** A judgement that is about to be kept, and what it is about. */
export interface AboutToJudge {
  readonly listed: {
    readonly finding: Finding;
    readonly run: string | undefined;
    readonly episode: Episode | undefined;
    /** What was said before that covers it. */
    readonly judgements: readonly Judgement[];
  };
  readonly judgement: Omit<Judgement, 'effects'>;
}

/** What followed from a judgement. */
interface Followed {
  /** What was done, and how it is undone; one sentence each. */
  readonly effects: string[];
  /** What was not done and could be, or still holds from before. */
  readonly offers: string[];
}

/** What the anomaly model is told. */
const SAID: Readonly<Partial<Record<FindingState, GivenVerdict['said']>>> = {
  expected: 'expected',
  noise: 'noise',
  confirmed: 'true',
};

/**
 * Does what follows from judgements, in their order: what is expected joins the baseline in force (one new version for
 * all of them) or the contacts that are normal; what a host was that the anomaly model found unusual is told to it.
 * Other words on telemetry are kept as labels. Nothing that was done before is undone: that stands among the offers.
 * Throws a Fault `baseline/…`, `feedback/…`, `recon/…` or `store/…`.
 */
export async function takeEffects(
  context: EffectsContext,
  asked: readonly AboutToJudge[],
): Promise<readonly Followed[]> {
  const followed = asked.map(({ listed, judgement }): Followed => ({
    effects: [],
    offers: listed.judgements
      .filter(({ finding }) => finding === judgement.finding)
      .flatMap(({ effects }) => effects.map((effect) => `what was done before still holds: ${effect}`)),
  }));
  const runs = new Map((await runsOf(context.store)).map((run) => [run.info.id as string, run]));
  await approvePorts(context, asked, followed, runs);
  await tellModel(context, asked, followed, runs);
  for (const [index, each] of asked.entries()) await labelEpisode(context, each, followed[index]!);
  return followed;
}

async function approvePorts(
  { store, clock }: EffectsContext,
  asked: readonly AboutToJudge[],
  followed: readonly Followed[],
  runs: ReadonlyMap<string, StoredRun>,
): Promise<void> {
  const expected = asked.flatMap((each, index) =>
    each.judgement.half === 'exposure' && each.judgement.state === 'expected'
      ? [{ ...each, followed: followed[index]! }]
      : [],
  );
  const [first] = expected;
  if (first === undefined) return;
  const inForce = await pinnedVersion(store);
  if (inForce === undefined) {
    for (const {
      followed: { offers },
    } of expected)
      offers.push('no baseline is in force that it could join: tidemark baseline learn');
    return;
  }
  const baseline = await loadBaseline(store, inForce);
  const approvals: Approval[] = [];
  const approved: { readonly to: Followed; readonly words: string }[] = [];
  for (const { listed, followed: to } of expected) {
    const ports = await portsSeen(store, listed, runs);
    if (ports.length === 0) to.offers.push('it is about no port, so nothing joined the baseline');
    const missing = ports.filter(
      ({ host, port, state }) =>
        listed.finding.rule.startsWith('drift.') ||
        baseline.hosts.get(host)?.ports.get(port)?.state !== state,
    );
    if (ports.length > 0 && missing.length === 0) to.offers.push('the baseline in force expects it already');
    if (missing.length === 0) continue;
    approvals.push(...missing);
    const words = missing.map(({ host, port, state }) => `${host} ${port} ${state}`);
    approved.push({ to, words: words.length > 3 ? `${words.length} ports` : words.join(', ') });
  }
  if (approvals.length === 0) return;
  const { by, note, until } = first.judgement;
  const made = await approveInForce(store, approvals, {
    by,
    note,
    clock,
    ...(until === undefined ? {} : { until }),
  });
  for (const { to, words } of approved)
    to.effects.push(
      `baseline version ${made.version.version} expects ${words}; undo: tidemark baseline rollback ${inForce.version}`,
    );
}

/** The ports of a finding as its newest run saw them. */
async function portsSeen(
  store: Store,
  { finding, run: id }: AboutToJudge['listed'],
  runs: ReadonlyMap<string, StoredRun>,
): Promise<readonly (Extract<Approval, { what: 'port' }> & { readonly state: string })[]> {
  const run = runs.get(id ?? '');
  const { port } = finding.subject;
  const parsed = port === undefined ? undefined : parsePortKey(port);
  if (run === undefined || port === undefined || parsed === undefined) return [];
  const seen = [];
  for await (const host of hostsOf(store, run, hostsOfFinding(finding))) {
    const sighting = sightingOf(viewHost(run.info, host), parsed.portid, parsed.protocol);
    const at = { what: 'port' as const, host: host.address, port };
    if (sighting.kind === 'folded') seen.push({ ...at, state: sighting.state });
    if (sighting.kind !== 'seen') continue;
    const { state, service } = sighting.port;
    seen.push({ ...at, state, ...(service === undefined ? {} : { service }) });
  }
  return seen;
}

async function tellModel(
  { anomalies, config }: EffectsContext,
  asked: readonly AboutToJudge[],
  followed: readonly Followed[],
  runs: ReadonlyMap<string, StoredRun>,
): Promise<void> {
  if (config.exposure.anomaly.model !== 'surprise') return;
  const judgedRuns = new Map<StoredRun, JudgedRun>();
  const told = new Set<string>();
  for (const [index, { listed, judgement }] of asked.entries()) {
    const said = SAID[judgement.state];
    const run = runs.get(listed.run ?? '');
    if (said === undefined || run === undefined) continue;
    const judged = judgedRuns.get(run) ?? (await anomalies.judge(run));
    judgedRuns.set(run, judged);
    for (const host of hostsOfFinding(listed.finding)) {
      const key = `${run.info.id} ${host}`;
      if (told.has(key) || !judged.report.hosts.some((one) => one.host === host)) continue;
      told.add(key);
      const { by, note } = judgement;
      const verdict = await anomalies.say(run, host, said, { by, note }, judged);
      followed[index]?.effects.push(
        `the anomaly model was told that ${host} was ${said}; undo: tidemark feedback undo ${verdict.id.slice(0, 8)}`,
      );
    }
  }
}

async function labelEpisode(
  { recon }: EffectsContext,
  { listed: { episode }, judgement }: AboutToJudge,
  { effects }: Followed,
): Promise<void> {
  if (episode === undefined) return;
  const { state, scope, by, note, until } = judgement;
  if (state === 'noise' || state === 'confirmed') effects.push(`kept as a label of the episode: ${state}`);
  if (state !== 'expected') return;
  const { targets } = episode;
  const contacts = {
    sources: scope.kind === 'role' ? [] : scope.kind === 'network' ? [scope.value] : episode.sources,
    role: scope.kind === 'role' ? ROLES.find((role) => role === scope.value) : undefined,
    targets: targets.networks,
    port: targets.ports === 1 ? targets.topPorts[0]?.port : undefined,
  };
  const made = await recon.expect(contacts, { by, note, ...(until === undefined ? {} : { until }) });
  const options = [
    ...made.sources.map((source) => `--source ${source}`),
    ...(made.role === undefined ? [] : [`--role ${made.role}`]),
    ...made.targets.map((target) => `--target ${target}`),
    ...(made.port === undefined ? [] : [`--port ${made.port}`]),
  ].join(' ');
  const whom = made.role === undefined ? made.sources.join(', ') : `role ${made.role}`;
  effects.push(
    `contacts of ${whom} with ${made.targets.join(', ')}${made.port === undefined ? '' : ` at ${made.port}`} are normal from the next look on; undo: tidemark expected withdraw ${options}`,
  );
}
