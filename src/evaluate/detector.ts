import type { Episode } from '../recon/model/episode.ts';
import type { Site } from '../recon/model/site.ts';
import type { TelemetryRecord } from '../recon/model/telemetry-record.ts';

/**
 * The detection under evaluation: all records of one data set, in any order, to episodes. A data set is judged by
 * itself: nothing is remembered from one to the next, and nothing of the truth is passed in.
 */
export type Detect = (
  records: Iterable<TelemetryRecord>,
  surroundings?: Surroundings,
) => Promise<readonly Episode[]>;

/** What a site tells of itself, where it differs from the configuration: made-up traffic has a network of its own. */
export type Surroundings = Pick<Site, 'networks' | 'dark' | 'ledger'>;
