/**
 * A process that owns a history, for tests that kill it: `history-process.ts DIR FILE…` says what is
 * visible, then imports the files. Prints one JSON line per step.
 */
import { createHash } from 'node:crypto';
import { stdin } from 'node:process';
import { Workspace } from '../../src/assembly/workspace.ts';
import { loadConfig } from '../../src/config/load.ts';
import { fromMillis } from '../../src/time/instant.ts';

/** What it says of one visible run. */
export interface VisibleRun {
  readonly id: string;
  readonly hosts: number;
  readonly openPorts: number;
  readonly rawSha256: string;
}

const [dataDir = '', ...files] = process.argv.slice(2);
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const { config } = loadConfig({ cwd: dataDir, env: { TIDEMARK_DATA_DIR: dataDir } });
const workspace = await Workspace.open(config, {
  clock: () => fromMillis(Date.now()),
  program: 'test',
  waitSeconds: 30,
});
const visible: VisibleRun[] = [];
for (const run of await workspace.listRuns()) {
  const { hosts } = await workspace.loadRun(run);
  const hash = createHash('sha256');
  for await (const piece of workspace.rawRun(run)) hash.update(piece);
  visible.push({
    id: run.info.id,
    hosts: hosts.length,
    openPorts: hosts.reduce(
      (sum, host) => sum + host.ports.filter((port) => port.state === 'open').length,
      0,
    ),
    rawSha256: hash.digest('hex'),
  });
}
say({ visible, problems: workspace.problems });
for await (const { name, ...rest } of workspace.importScans(files, { stdin })) {
  say({ name, kind: 'outcome' in rest ? rest.outcome.kind : rest });
}
await workspace.close();
