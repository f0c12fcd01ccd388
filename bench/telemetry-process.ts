// What the bench of telemetry measures, in a process of its own. Arguments: `ingest` or `narrow`, data directory, file.
// Says what it did as JSON on standard output.
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
  const reader = new StoredActivity(store);
  const scope = { from: 0 as Instant, to: 4e15 as Instant };
  await timed('newest', () => reader.newest());
  const candidates = await timed('candidates', async () => {
    const sources = [];
    for await (const batch of reader.candidates(scope)) sources.push(...batch);
    return sources;
  });
  told['candidates'] = candidates.length;
  await timed('groups', async () => {
    let groups = 0;
    for await (const _ of reader.groups(scope)) groups += 1;
    told['groups'] = groups;
  });
  await timed('activities', async () => {
    let contacts = 0;
    for (let at = 0; at < candidates.length; at += 1000)
      for await (const activity of reader.activities(candidates.slice(at, at + 1000), scope))
        contacts += activity.contacts.length;
    told['contacts'] = contacts;
  });
}
await store.close();
console.log(JSON.stringify(told));
