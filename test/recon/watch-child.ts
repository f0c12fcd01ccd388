import { watch } from '../../src/recon/flow/watch.ts';
import { NumberStore, numberPorts } from './number-store.ts';

/** Watches targets into a store of numbers until it is killed or asked to stop: `watch-child.ts STORE TARGET…`. */
const [folder = '', ...targets] = process.argv.slice(2);
const store = new NumberStore(folder);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const options = {
  signal: stop.signal,
  checkpoints: store.checkpoints,
  latenessSeconds: 0,
  flushMilliseconds: 20,
  pollMilliseconds: 20,
  quietMilliseconds: 60,
  settleMilliseconds: 0,
};
process.stdout.write('watching\n');
for await (const event of watch(targets, numberPorts(store), options)) {
  if (event.kind === 'problem') process.stdout.write(`${event.problem.code} ${event.problem.message}\n`);
}
