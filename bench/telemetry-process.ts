// What the bench of telemetry measures, in a process of its own. Arguments: `ingest` or `detect`, data directory, file.
// Says what it did as JSON on standard output.
import { readSite } from '../src/assembly/site.ts';
import { configSchema } from '../src/config/config.ts';
import { detectEpisodes } from '../src/recon/flow/detect-episodes.ts';
import { ingestFile } from '../src/recon/flow/ingest.ts';
import { StoredActivity } from '../src/recon/flow/stored-activity.ts';
import { readerOf } from '../src/recon/normalise/readers.ts';
import { openTelemetry } from '../src/recon/source/open-telemetry.ts';
import { migrations } from '../src/schema/migrations.ts';
import { migrate } from '../src/schema/migrator.ts';
import { storeConfig } from '../src/store/config.ts';
import { openStore } from '../src/store/open.ts';
import { fromMillis, type Instant } from '../src/time/instant.ts';

const [what = '', dataDir = '', file = ''] = process.argv.slice(2);
const store = await openStore(storeConfig.parse({ dataDir }));
await migrate(store, migrations, { program: 'bench' });
const told: Record<string, number> = {};
const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  const started = performance.now();
  const cpu = process.cpuUsage();
  const result = await work();
  const used = process.cpuUsage(cpu);
  told[`${name}.wall`] = (performance.now() - started) / 1e3;
  told[`${name}.cpu`] = (used.user + used.system) / 1e6;
  return result;
};

if (what === 'ingest') {
  for await (const found of openTelemetry([file], { digest: true })) {
    if (found.kind !== 'source') throw new Error(JSON.stringify(found));
    const { source } = found;
    const reader = readerOf(source.readAs, {
      sampling: 1,
      utcOffsetMinutes: 0,
      notAfter: fromMillis(Date.now()),
    });
    const context = { store, clock: () => fromMillis(Date.now()), sensor: 'default' };
    const done = await timed('ingest', () =>
      ingestFile(context, source.name, reader, { lines: source.lines(), summary: () => source.summary() }),
    );
    told['rows'] = done.records.flow;
    told['problems'] = done.problems;
  }
} else {
  const { site } = await readSite(store, configSchema.parse({}), fromMillis(Date.now()));
  const detected = await timed('detect', () =>
    detectEpisodes(new StoredActivity(store), { from: 0 as Instant, to: 4e15 as Instant }, site),
  );
  told['judged'] = detected.judged;
  told['episodes'] = detected.episodes.length;
}
await store.close();
console.log(JSON.stringify(told));
