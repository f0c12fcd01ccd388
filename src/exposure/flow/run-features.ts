import type { IpAddress } from '../../net/ip-address.ts';
import type { QueryRunner } from '../../sql/ports.ts';
import { FEATURES, FEATURES_VERSION } from '../anomaly/features/catalogue.ts';
import { FeatureHistory } from '../anomaly/features/features.ts';
import type { Census } from '../model/census.ts';
import { mergeCensuses } from '../model/merge-censuses.ts';
import type { StoredRun } from '../queries/runs.ts';
import { censusOfStored, runsBefore, type SurpriseSetting } from './surprise-history.ts';

export { FEATURES, FEATURES_VERSION } from '../anomaly/features/catalogue.ts';

/** Earlier runs that features look back on: what `rates` of the design are taken over (`assessment.md`, formula 2). */
const LOOK_BACK = 60;

/** The features of one host in a run. */
export interface HostFeatures {
  readonly host: IpAddress;
  /** How the host is known over time: `mac:…`, `name:…` or `address:…`. Hostile. */
  readonly identity: string;
  /** In the order of FEATURES. */
  readonly values: Float64Array;
}

/** Microseconds before a run in which scans of other profiles are looked at together with it: a day. */
const WINDOW = 86_400e6;

/**
 * The features of every host of a stored run, computed over the runs of its vantage before it, each series by itself. The newest
 * run of each other profile within a day before it is merged into it: what only one of them saw counts, and so does where they disagree.
 */
export async function featuresOfRun(
  store: QueryRunner,
  run: StoredRun,
  setting: Pick<SurpriseSetting, 'policy' | 'networks'>,
): Promise<{
  readonly version: number;
  readonly names: readonly string[];
  readonly hosts: readonly HostFeatures[];
}> {
  const history = new FeatureHistory();
  const window = new Map<string, Census>();
  for (const before of (await runsBefore(store, run)).slice(-LOOK_BACK)) {
    const census = await censusOfStored(store, before, setting);
    history.learn(census);
    const { profile, start } = before.info;
    if (profile === run.info.profile || start === undefined || run.info.start === undefined) continue;
    if (run.info.start - start > WINDOW) continue;
    // The newest of a profile stands last.
    window.delete(profile);
    window.set(profile, census);
  }
  const census = await censusOfStored(store, run, setting);
  const { identities, rows } = history.features(census, mergeCensuses([...window.values(), census]));
  return {
    version: FEATURES_VERSION,
    names: FEATURES.map(({ name }) => name),
    hosts: census.hosts.map(({ address }, index) => ({
      host: address,
      identity: identities[index]!,
      values: rows[index]!,
    })),
  };
}
