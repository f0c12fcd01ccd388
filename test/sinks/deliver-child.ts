import { Writable } from 'node:stream';
import { StoredSinks } from '../../src/assembly/stored-sinks.ts';
import { sinksConfig } from '../../src/sinks/config.ts';
import { fromMillis } from '../../src/time/instant.ts';
import { openMigrated } from './stored-findings.ts';

/** Enqueues and delivers to the webhook of the second argument; says `ready` before and `done` after. */
const [dataDir, url] = process.argv.slice(2);
const store = await openMigrated(dataDir!);
const sinks = new StoredSinks(
  store,
  sinksConfig.parse([
    // Always due again: a kill may come when the receiver is about to answer.
    { name: 'hook', kind: 'webhook', url, allowHosts: ['127.0.0.1'] },
  ]),
  () => fromMillis(Date.now()),
);
process.stdout.write('ready\n');
await sinks.enqueue();
await sinks.deliver({
  version: 'test',
  stdout: new Writable(),
  signal: new AbortController().signal,
});
await store.close();
process.stdout.write('done\n');
process.exit(0);
