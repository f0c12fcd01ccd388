// A process that brings made-up telemetry into an embedded store, and says on standard output up to which line the
// store has acknowledged it. It is killed. Arguments: data directory, name of the file.
import { writeSync } from 'node:fs';
import { TelemetryIngest } from '../../src/recon/flow/ingest.ts';
import { migrations } from '../../src/schema/migrations.ts';
import { migrate } from '../../src/schema/migrator.ts';
import { storeConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/open.ts';
import { fromMillis } from '../../src/time/instant.ts';
import { distinctRecords, jsonReader, toLine } from './records.ts';

const [dataDir = '', file = ''] = process.argv.slice(2);
const lines = distinctRecords(20_000).map(toLine);
const store = await openStore(storeConfig.parse({ dataDir }));
await migrate(store, migrations, { program: 'test' });
const ingest = new TelemetryIngest(
  { store, clock: () => fromMillis(Date.now()), sensor: 'default', batchRows: 300 },
  file,
  jsonReader(),
);
// Written straight to the descriptor, so that a line that was said has left the process.
writeSync(1, 'ready\n');
for (let at = 0; at < lines.length; at += 1000) {
  await ingest.add(lines.slice(at, at + 1000));
  await ingest.flush();
  writeSync(1, `${ingest.line}\n`);
}
writeSync(1, 'done\n');
await store.close();
