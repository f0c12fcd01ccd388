// A process that writes to an embedded store without end, and says on standard output what the
// store has acknowledged. It is killed. Arguments: data directory, identity of this life.
import { writeSync } from 'node:fs';
import { storeConfig } from '../../src/store/config.ts';
import { openStore } from '../../src/store/open.ts';
import { batchRows, batches, BATCH_ROWS } from './kill.ts';

const [dataDir = '', life = '0'] = process.argv.slice(2);
const store = await openStore(storeConfig.parse({ dataDir }));
await store.ensureTable(batches);
// Written straight to the descriptor, so that a line that was said has left the process.
writeSync(1, 'ready\n');
for (let batch = 0; ; batch += 1) {
  const size = BATCH_ROWS[batch % BATCH_ROWS.length] ?? 1;
  await store.insert(batches, batchRows(Number(life), batch, size));
  writeSync(1, `${batch} ${size}\n`);
}
