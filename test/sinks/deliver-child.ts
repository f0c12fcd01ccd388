import { Writable } from 'node:stream';
import { fromMillis } from '../../src/time/instant.ts';
import { openMigrated, sinksOver } from './stored-findings.ts';

/** Enqueues what the store of the first argument has, and delivers it to the webhook of the second; run to be killed. */
const [dataDir, url] = process.argv.slice(2);
const store = await openMigrated(dataDir!);
const sinks = sinksOver(store, [{ name: 'hook', kind: 'webhook', url, allowHosts: ['127.0.0.1'] }], () =>
  fromMillis(Date.now()),
);
await sinks.enqueue();
await sinks.deliver({
  version: 'test',
  stdout: new Writable(),
  signal: new AbortController().signal,
});
await store.close();
process.exit(0);
