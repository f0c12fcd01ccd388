import { randomUUID } from 'node:crypto';
import { FindingProjection } from '../../src/assembly/finding-projection.ts';
import { StoredAlerts } from '../../src/assembly/stored-alerts.ts';
import { StoredSinks } from '../../src/assembly/stored-sinks.ts';
import { configSchema } from '../../src/config/config.ts';
import type { PlannedChange } from '../../src/findings/alerts/planned.ts';
import { exposureTables } from '../../src/exposure/queries/tables.ts';
import { encodeFinding } from '../../src/exposure/queries/findings.ts';
import type { Finding } from '../../src/findings/finding.ts';
import { reconTables } from '../../src/recon/queries/tables.ts';
import { encodeEpisode } from '../../src/recon/queries/episodes.ts';
import type { Episode } from '../../src/recon/model/episode.ts';
import { migrations } from '../../src/schema/migrations.ts';
import { migrate } from '../../src/schema/migrator.ts';
import { storeConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { formatColumnTime, type Clock, type Instant } from '../../src/time/instant.ts';

/** The embedded store of a folder, with today's schema. */
export async function openMigrated(dataDir: string): Promise<Store> {
  const store = await openStore(storeConfig.parse({ dataDir }));
  await migrate(store, migrations, { program: 'test' });
  return store;
}

const table = (name: string) => [...exposureTables, ...reconTables].find((one) => one.name === name)!;

/** Sinks over a store as a workspace makes them. */
export function sinksOver(
  store: Store,
  sinks: readonly object[],
  clock: Clock,
  more: { readonly alerts?: object; readonly planned?: readonly PlannedChange[] } = {},
): StoredSinks {
  const config = configSchema.parse({ sinks, alerts: more.alerts ?? {} });
  const list = new FindingProjection(store, config, clock, () => Promise.resolve());
  return new StoredSinks(store, config.sinks, clock, {
    refresh: async () => (await list.refresh()).version,
    alerts: new StoredAlerts(store, config.alerts, () => Promise.resolve(more.planned ?? [])),
    countFindings: () => Promise.resolve([]),
  });
}

/** Keeps findings as an assessment does: the findings first, then the row that makes them visible, unless it was killed between. */
export async function keepAssessment(
  store: Store,
  findings: readonly Finding[],
  { at, committed = true }: { readonly at: Instant; readonly committed?: boolean },
): Promise<void> {
  const [assessment, run] = [randomUUID(), randomUUID()];
  await store.insert(
    table('finding'),
    findings.map((finding) => encodeFinding(assessment, at, run, finding)),
  );
  if (!committed) return;
  await store.insert(table('assessment'), [
    {
      assessment,
      assessed: formatColumnTime(at),
      run,
      against: 'nothing',
      risk: 'high',
      score: 70,
      confidence: 1,
      findings: findings.length,
    },
  ]);
}

/** Keeps an evaluation of episodes. */
export async function keepEpisodesAt(store: Store, episodes: readonly Episode[], at: Instant): Promise<void> {
  await store.insert(
    table('episode'),
    episodes.map((episode) => encodeEpisode(episode, at)),
  );
}
