import { createHash, randomUUID } from 'node:crypto';
import type { IpAddress } from '../../net/ip-address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { all, type QueryRunner, type RowWriter } from '../../sql/ports.ts';
import { formatColumnTime, type Clock } from '../../time/instant.ts';
import { FeatureHistory } from '../anomaly/features/features.ts';
import { SEED_PORTS } from '../anomaly/features/seed-risk.ts';
import type { Census } from '../model/census.ts';
import { FEATURES, FEATURES_VERSION } from '../model/feature-catalogue.ts';
import { mergeCensuses } from '../model/merge-censuses.ts';
import {
  countsOfHosts,
  featureComputations,
  featureComputationTable,
  featuresOfComputation,
  hostFeatureTable,
  unfinishedComputations,
  type HostCounts,
} from '../queries/features.ts';
import type { StoredRun } from '../queries/runs.ts';
import { RowBatch } from './row-batch.ts';
import { censusOfStored, runsBefore, type SurpriseSetting } from './surprise-history.ts';
import type { RowRemover } from './sweep.ts';

export { FEATURES, FEATURES_VERSION } from '../model/feature-catalogue.ts';

/** Earlier runs that features look back on: what `rates` of the design are taken over (`assessment.md`, formula 2). */
const LOOK_BACK = 60;
/** Microseconds before a run in which scans of other profiles are looked at together with it: a day. */
const WINDOW = 86_400e6;

/** The features of one host in a run. */
export interface HostFeatures {
  readonly host: IpAddress;
  /** How the host is known over time: `mac:…`, `name:…` or `address:…`. Hostile. */
  readonly identity: string;
  /** In the order of FEATURES. */
  readonly values: Float64Array;
}

/** The features of a run, with what a reader has to know to use them. */
export interface RunFeatures {
  readonly version: number;
  readonly names: readonly string[];
  readonly hosts: readonly HostFeatures[];
}

/**
 * The features of every host of a stored run. Computed when they are first asked for, and kept; a scan that was imported
 * late and lies among those that the features look back on, other networks, and another version of the features make them be
 * computed again.
 */
export async function featuresOfRun(
  store: QueryRunner & RowWriter & RowRemover,
  run: StoredRun,
  setting: Pick<SurpriseSetting, 'policy' | 'networks' | 'clock'>,
): Promise<RunFeatures> {
  const before = (await runsBefore(store, run)).slice(-LOOK_BACK);
  const digest = digestOf([...before, run], setting);
  const known = await all(store, featureComputations, { run: run.info.id, version: FEATURES_VERSION });
  const version = { version: FEATURES_VERSION, names: FEATURES.map(({ name }) => name) };
  if (known[0]?.digest === digest) {
    const hosts = await all(store, featuresOfComputation, { computation: known[0].id });
    // Whoever computes at the same time may remove what was just found: then it is computed once more.
    if (hosts.length === known[0].hosts) return { ...version, hosts };
  }
  const hosts = await compute(store, run, before, setting);
  // Rows of a computation that was killed. One that is still at work loses its rows too, and whoever misses them computes.
  const dead = await all(store, unfinishedComputations, {});
  await keep(store, run, { digest, hosts, clock: setting.clock });
  const old = known.map(({ id }) => id);
  if (old.length > 0) await store.removeRows(featureComputationTable, 'computation', old);
  const gone = [...old, ...dead.map(({ id }) => id)];
  if (gone.length > 0) await store.removeRows(hostFeatureTable, 'computation', gone);
  return { ...version, hosts };
}

/** What features of a version are computed from: a run is what its identifier says, because that is a digest of its file. */
function digestOf(runs: readonly StoredRun[], { networks }: Pick<SurpriseSetting, 'networks'>): string {
  const lines = [...runs.map(({ info }) => info.id), '', ...networks.map(formatPrefix).toSorted()];
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/**
 * Over the runs of its vantage before it, each series by itself. The newest run of each other profile within a day
 * before it is merged into it: what only one of them saw counts, and so does where they disagree.
 */
async function compute(
  store: QueryRunner,
  run: StoredRun,
  before: readonly StoredRun[],
  setting: Pick<SurpriseSetting, 'policy' | 'networks'>,
): Promise<readonly HostFeatures[]> {
  const history = new FeatureHistory();
  const window = new Map<string, { readonly run: StoredRun; readonly census: Census }>();
  for (const earlier of before) {
    const census = await censusOfStored(store, earlier, setting);
    history.learn(census);
    const { profile, start } = earlier.info;
    if (profile === run.info.profile || start === undefined || run.info.start === undefined) continue;
    if (run.info.start - start > WINDOW) continue;
    // The newest of a profile stands last.
    window.delete(profile);
    window.set(profile, { run: earlier, census });
  }
  const census = await censusOfStored(store, run, setting);
  const looks = [...window.values(), { run, census }];
  const { identities, rows } = history.features(
    census,
    mergeCensuses(looks.map((look) => look.census)),
    await countsOf(
      store,
      looks.map((look) => look.run),
    ),
  );
  return census.hosts.map(({ address }, index) => ({
    host: address,
    identity: identities[index]!,
    values: rows[index]!,
  }));
}

/** What the store counts of each host of some runs looked at together, given in order of time. */
export async function countsOf(
  store: QueryRunner,
  runs: readonly Pick<StoredRun, 'load' | 'ordinal'>[],
): Promise<ReadonlyMap<IpAddress, HostCounts>> {
  const counts = new Map<IpAddress, HostCounts>();
  const rows = store.run(countsOfHosts, {
    loads: runs.map(({ load }) => load),
    ordinals: runs.map(({ ordinal }) => ordinal),
    administrative: SEED_PORTS.administrative,
    deprecated: SEED_PORTS.deprecated,
    databases: SEED_PORTS.database,
  });
  for await (const row of rows) counts.set(row.host, row.counts);
  return counts;
}

/** Rows first, then the one that makes them visible. */
async function keep(
  store: RowWriter,
  run: StoredRun,
  {
    digest,
    hosts,
    clock,
  }: { readonly digest: string; readonly hosts: readonly HostFeatures[]; readonly clock: Clock },
): Promise<void> {
  const computation = randomUUID();
  const batch = new RowBatch(store, hostFeatureTable);
  for (const [seq, { host, identity, values }] of hosts.entries())
    await batch.add({ computation, seq, host, identity, features: [...values] });
  await batch.flush();
  await store.insert(featureComputationTable, [
    {
      computation,
      computed: formatColumnTime(clock()),
      run: run.info.id,
      version: FEATURES_VERSION,
      digest,
      hosts: hosts.length,
    },
  ]);
}
