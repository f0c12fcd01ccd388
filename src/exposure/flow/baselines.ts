import { randomUUID } from 'node:crypto';
import { Fault } from '../../fault/fault.ts';
import { compareIpAddresses } from '../../net/ip-address.ts';
import { all, first, type QueryRunner, type RowWriter } from '../../sql/ports.ts';
import { formatColumnTime, type Clock, type Instant } from '../../time/instant.ts';
import { decodeExpectedHost, encodeExpectedHost } from '../baseline/expected-host-codec.ts';
import { BaselineLearner, notesOn, type SetAside } from '../baseline/learn.ts';
import { approve, rollBack, type Approval } from '../baseline/versions.ts';
import type { Baseline, ExpectedHost } from '../model/baseline.ts';
import {
  baselineHosts,
  currentPin,
  listBaselineVersions,
  type BaselineVersion,
} from '../queries/baselines.ts';
import type { RunId } from '../model/scan-run.ts';
import type { StoredRun } from '../queries/runs.ts';
import { baselineHost, baselinePin, baselineVersion } from '../queries/tables.ts';
import { RowBatch } from './row-batch.ts';
import { hostsOf, shortAnswer, withoutSuperseded } from './stored-scans.ts';

export { expectedAt, hostsInOrder, nextEnd } from '../baseline/versions.ts';
export { diffBaselines, type BaselineDifference } from '../baseline/difference.ts';
export type { Approval };

/** Who acts, why, and by whose clock. */
export interface Act {
  readonly by: string;
  readonly note: string;
  readonly clock: Clock;
  /** Called once nothing refuses it any more, before anything is changed; when it throws, nothing is. */
  readonly before?: () => Promise<void>;
}

/** All versions, oldest first, without their hosts. */
export function versionsOf(store: QueryRunner): Promise<readonly BaselineVersion[]> {
  return all(store, listBaselineVersions, {});
}

/** The version that deviations are measured against: the pinned one, else the newest; undefined when there is none. */
export async function pinnedVersion(store: QueryRunner): Promise<BaselineVersion | undefined> {
  const versions = await versionsOf(store);
  const pinned = await first(store, currentPin, {});
  return versions.find((version) => version.version === pinned?.version) ?? versions.at(-1);
}

/** Finds a version by its number, or by `pinned`, `latest`. Throws a Fault `baseline/…`. */
export async function findVersion(store: QueryRunner, reference: string): Promise<BaselineVersion> {
  const versions = await versionsOf(store);
  const newest = versions.at(-1);
  if (newest === undefined) {
    throw new Fault(
      'baseline/none',
      'there is no baseline yet',
      'Learn one from scans of a known-safe time: tidemark baseline learn',
    );
  }
  if (reference === 'latest') return newest;
  if (reference === 'pinned') return (await pinnedVersion(store)) ?? newest;
  const number = /^v?(\d{1,9})$/.exec(reference)?.[1];
  const found = versions.find((version) => version.version === Number(number));
  if (found === undefined) {
    throw new Fault(
      'baseline/unknown',
      `there is no baseline version ${reference}`,
      'List them: tidemark baseline versions',
    );
  }
  return found;
}

/** Reads a version whole, following the versions it is based on. */
export async function loadBaseline(store: QueryRunner, version: BaselineVersion): Promise<Baseline> {
  const versions = new Map((await versionsOf(store)).map((one) => [one.version, one]));
  const loads: string[] = [];
  for (let at: BaselineVersion | undefined = version; at !== undefined;) {
    loads.push(at.load);
    at = at.basedOn === undefined ? undefined : versions.get(at.basedOn);
  }
  const read = async (): Promise<ExpectedHost[]> => {
    const hosts: ExpectedHost[] = [];
    for await (const row of store.run(baselineHosts, { loads })) {
      hosts.push(decodeExpectedHost(row.document, version.asked));
    }
    return hosts;
  };
  let stored = await read();
  // Half a baseline would make everything else news.
  if (stored.length !== version.hosts) stored = await read();
  if (stored.length !== version.hosts) throw shortAnswer(`baseline version ${version.version}`);
  const inOrder = stored.toSorted((a, b) => compareIpAddresses(a.host, b.host));
  const hosts = new Map(inOrder.map((host) => [host.host, host]));
  const { version: number, load: _, basedOn: _1, hosts: _2, runs, ...rest } = version;
  return { ...rest, version: number, runs: runs as RunId[], hosts };
}

/**
 * Keeps a version. Of one that is based on another only the hosts that differ are written: versions
 * are immutable, so a host that is the same object is the same expectation. The row of the version
 * itself is written last and makes the rest visible.
 */
export async function storeBaseline(
  store: RowWriter,
  baseline: Baseline,
  basedOn: Baseline | undefined,
): Promise<BaselineVersion> {
  const load = randomUUID();
  const rows = new RowBatch(store, baselineHost);
  const own = { load, version: baseline.version };
  for (const [address, host] of baseline.hosts) {
    if (basedOn?.hosts.get(address) === host) continue;
    await rows.add({ ...own, address, document: encodeExpectedHost(host, baseline.asked) });
  }
  for (const address of basedOn?.hosts.keys() ?? []) {
    if (!baseline.hosts.has(address)) await rows.add({ ...own, address, document: '' });
  }
  await rows.flush();
  const version: BaselineVersion = {
    version: baseline.version,
    load,
    parent: baseline.parent,
    basedOn: basedOn?.version,
    created: baseline.created,
    by: baseline.by,
    note: baseline.note,
    how: baseline.how,
    runs: [...baseline.runs],
    vantage: baseline.vantage,
    privileges: baseline.privileges,
    profile: baseline.profile,
    asked: baseline.asked,
    hosts: baseline.hosts.size,
  };
  await store.insert(baselineVersion, [
    {
      version: version.version,
      load,
      parent: version.parent ?? null,
      based_on: version.basedOn ?? null,
      created: formatColumnTime(version.created),
      by: version.by,
      note: version.note,
      how: version.how,
      runs: version.runs,
      vantage: version.vantage,
      privileges: version.privileges,
      profile: version.profile,
      asked: JSON.stringify(version.asked),
      hosts: version.hosts,
    },
  ]);
  return version;
}

/** What learning gave: the stored version, its content, and the runs that could not be learned from. */
export interface Learned {
  readonly version: BaselineVersion;
  readonly baseline: Baseline;
  readonly setAside: readonly SetAside[];
  /** What a reader must know before trusting it, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Learns a new version from stored runs. The newest run says which vantage and privileges are
 * learned; runs of others are set aside with the reason.
 */
export async function learnFrom(
  store: QueryRunner & RowWriter,
  runs: readonly StoredRun[],
  act: Act,
): Promise<Learned> {
  const newest = runs.at(-1);
  if (newest === undefined) {
    throw new Fault(
      'baseline/no-runs',
      'there is no scan to learn from',
      'Import some first: tidemark import FILE…',
    );
  }
  const { vantage, privileges, profile } = newest.info;
  const learner = new BaselineLearner({ vantage, privileges, profile });
  for (const run of withoutSuperseded(runs)) {
    if (!learner.add(run.info)) continue;
    for await (const host of hostsOf(store, run)) learner.addHost(run.info.id, host);
  }
  const last = (await versionsOf(store)).at(-1)?.version;
  const baseline = learner.finish({
    version: (last ?? 0) + 1,
    created: act.clock(),
    by: act.by,
    note: act.note,
    ...(last === undefined ? {} : { parent: last }),
  });
  await act.before?.();
  return {
    version: await storeBaseline(store, baseline, undefined),
    baseline,
    setAside: learner.setAside,
    notes: notesOn(baseline),
  };
}

/** Pins a version: deviations are measured against it from now on. */
export async function pin(store: RowWriter, version: BaselineVersion, act: Act): Promise<void> {
  await act.before?.();
  await putPin(store, version, act);
}

async function putPin(store: RowWriter, version: BaselineVersion, act: Act): Promise<void> {
  await store.insert(baselinePin, [
    { version: version.version, at: formatColumnTime(act.clock()), by: act.by, note: act.note },
  ]);
}

/**
 * Approves on top of the version in force (the pinned one, else the newest). The new version takes
 * force: where a pin stood, it moves along, for an approval without effect would be a trap.
 */
export async function approveInForce(
  store: QueryRunner & RowWriter,
  approvals: readonly Approval[],
  act: Act & { readonly until?: Instant },
): Promise<{ readonly version: BaselineVersion; readonly baseline: Baseline }> {
  const inForce = await findVersion(store, 'pinned');
  const current = await loadBaseline(store, inForce);
  const baseline = approve(current, approvals, {
    version: await nextVersion(store),
    at: act.clock(),
    by: act.by,
    note: act.note,
    ...(act.until === undefined ? {} : { until: act.until }),
  });
  return { version: await takeForce(store, baseline, current, act), baseline };
}

/** Makes a new version with the content of an old one, and puts it in force. */
export async function rollBackTo(
  store: QueryRunner & RowWriter,
  target: BaselineVersion,
  act: Act,
): Promise<{ readonly version: BaselineVersion; readonly baseline: Baseline }> {
  const old = await loadBaseline(store, target);
  const current = await loadBaseline(store, await findVersion(store, 'pinned'));
  const baseline = rollBack(old, current, {
    version: await nextVersion(store),
    at: act.clock(),
    by: act.by,
    note: act.note,
  });
  return { version: await takeForce(store, baseline, old, act), baseline };
}

async function nextVersion(store: QueryRunner): Promise<number> {
  return ((await versionsOf(store)).at(-1)?.version ?? 0) + 1;
}

async function takeForce(
  store: QueryRunner & RowWriter,
  baseline: Baseline,
  basedOn: Baseline,
  act: Act,
): Promise<BaselineVersion> {
  const isPinned = (await first(store, currentPin, {})) !== undefined;
  await act.before?.();
  const version = await storeBaseline(store, baseline, basedOn);
  if (isPinned) await putPin(store, version, act);
  return version;
}
