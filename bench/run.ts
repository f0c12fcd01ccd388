/**
 * Every bench, one after the other: `npm run bench`. Each compares with a named peer or bound in the
 * same run and prints its table; `npm run bench -- import diff` runs only those named.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Files beside this one that are parts of benches, not benches. */
const PARTS = new Set([
  'run',
  'capture-source',
  'measure',
  'diff-corpus',
  'nmap-xml-source',
  'telemetry-day',
  'telemetry-source',
  'telemetry-process',
]);

const names = readdirSync(import.meta.dirname)
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => !PARTS.has(name) && !name.includes('.'))
  .toSorted();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there are ${names.join(', ')}`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : names) {
  console.log(`\n# ${name}\n`);
  const { status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, `${name}.ts`)],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exitCode = 1;
}
