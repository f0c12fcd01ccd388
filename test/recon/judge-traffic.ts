import { DARK_NETWORKS, OUR_NETWORKS } from '../../src/estate/traffic/made-up-network.ts';
import type { Traffic } from '../../src/estate/traffic/traffic.ts';
import { detectEpisodes } from '../../src/recon/flow/detect-episodes.ts';
import type { ActivityScope } from '../../src/recon/model/activity-reader.ts';
import { ActivityTable } from '../../src/recon/model/activity-table.ts';
import type { Episode } from '../../src/recon/model/episode.ts';
import type { AuthorisedScan, Site } from '../../src/recon/model/site.ts';
import type { Instant } from '../../src/time/instant.ts';

/** All there is. */
const EVER: ActivityScope = { from: 0 as Instant, to: 9e15 as Instant };

/** The made-up network as its owner configured it: blocks, dark blocks, the ledger, and otherwise the defaults. */
function madeUpSite(ledger: readonly AuthorisedScan[]): Site {
  return {
    networks: OUR_NETWORKS,
    dark: DARK_NETWORKS,
    test: { thetaBenign: 0.92, thetaScan: 0.1, alpha: 1e-4 },
    quiet: 72 * 3600e6,
    roles: [],
    expected: [],
    ledger,
    exposed: new Map(),
    asOf: () => undefined,
  };
}

/** What the product makes of traffic, from records to ranked episodes, but for files and the store. */
export async function judgeTraffic({ records, truth }: Traffic): Promise<readonly Episode[]> {
  const table = new ActivityTable();
  for (const record of records) table.add(record, { sensor: 'edge', file: 'made-up', line: 1 });
  const { episodes } = await detectEpisodes(table, EVER, madeUpSite(truth.ledger));
  return episodes;
}

/** An episode in a line, for the message of a test that fails. */
export function inALine(episode: Episode): string {
  const { sources, shape, families, depth, targets, likelihood, joinedBy } = episode;
  const terms = likelihood.terms
    .slice(0, 4)
    .map(({ term, contacts, total }) => `${term} ${contacts}: ${total.toFixed(1)}`);
  const who = sources.length > 1 ? `${sources.length} sources by ${joinedBy ?? '?'}` : String(sources[0]);
  return `${who}, ${shape}, ${families.map(({ family }) => family).join('+') || 'no family'}, ${depth}, ${targets.hosts} hosts, ${targets.contacts} contacts, score ${likelihood.score.toFixed(1)} (${terms.join('; ')})`;
}
