import type { IpAddress } from '../../net/ip-address.ts';
import type { QueryRunner } from '../../sql/ports.ts';
import { FEATURES, FEATURES_VERSION } from '../anomaly/features/catalogue.ts';
import { FeatureHistory } from '../anomaly/features/features.ts';
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

/** The features of every host of a stored run, computed over the runs of its vantage before it, each series by itself. */
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
  for (const before of (await runsBefore(store, run)).slice(-LOOK_BACK)) {
    history.learn(await censusOfStored(store, before, setting));
  }
  const census = await censusOfStored(store, run, setting);
  const { identities, rows } = history.features(census);
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
