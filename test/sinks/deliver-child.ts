import { Writable } from 'node:stream';
import { fromMillis } from '../../src/time/instant.ts';
import { openMigrated, sinksOver } from './stored-findings.ts';

/**
 * Enqueues what the store has and delivers it, as `tidemark sinks deliver` does, at a time of the caller's; run to be
 * killed. Arguments: data folder, the sinks as JSON, milliseconds since 1970. Says `ready` before it begins, then how many
 * messages wait.
 */
const [dataDir, sinksJson, startMillis] = process.argv.slice(2);
const store = await openMigrated(dataDir!);
const begun = performance.now();
const clock = () => fromMillis(Number(startMillis) + Math.round(performance.now() - begun));
const sinks = sinksOver(store, JSON.parse(sinksJson!) as object[], clock);
process.stdout.write('ready\n');
await sinks.enqueue();
await sinks.deliver({ version: 'test', stdout: new Writable(), signal: new AbortController().signal });
const waiting = (await sinks.list()).reduce((sum, { pending, dead }) => sum + pending + dead, 0);
process.stdout.write(`${waiting}\n`);
await store.close();
process.exit(0);
