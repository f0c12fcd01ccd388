#!/usr/bin/env node
/**
 * `npm run quickstart`: installs and builds what changed, then does the main job on ten weeks of real
 * scans of a small lab (examples/lab): import, learn what is normal from the quiet weeks, assess the
 * newest scan, write the HTML report. Then the other half: who scans us, from two days of an office's
 * logs (examples/telemetry/zeek). Uses a history of its own; the second run is quick.
 */
import './node-version.mjs';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';

/** Weeks of the lab before anything unusual happened (examples/lab/README.md). */
const QUIET_WEEKS = 6;

const root = resolve(import.meta.dirname, '..');
const lab = join(root, 'examples', 'lab');
const dataDir = join(root, '.tidemark', 'quickstart');
const report = join(root, 'tidemark-report.html');
const scanners = join(root, 'tidemark-report-scanners.html');
const telemetry = relative(root, join(root, 'examples', 'telemetry', 'zeek'));
const program = join(root, 'dist', 'cli', 'main.js');

/** Runs tidemark on the quickstart's own history, whatever configuration lies about. Ends the script when it fails. */
function tidemark(args, { quiet = false } = {}) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('TIDEMARK_')),
  );
  const config = ['--config', join(root, 'examples', 'quickstart.yaml'), '--data-dir', dataDir];
  const { status, signal, stdout } = spawnSync(process.execPath, [program, ...config, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  // 1 means that there are findings, which is what this is about.
  if (status !== 0 && status !== 1) {
    if (quiet) process.stdout.write(stdout ?? '');
    console.error(`quickstart: tidemark ${args[0]} failed (${signal ?? `exit ${status}`}); see above.`);
    process.exit(2);
  }
  return stdout;
}

function step(text) {
  console.log(`\n▸ ${text}`);
}

if (!(await install()) || !(await build())) process.exit(2);

const files = readdirSync(lab)
  .filter((name) => name.endsWith('.xml'))
  .toSorted()
  .map((name) => relative(root, join(lab, name)));

step(`tidemark import ${relative(root, lab)}/*.xml`);
tidemark(['import', ...files]);

const { versions } = JSON.parse(tidemark(['baseline', 'versions', '--json'], { quiet: true }));
step(`tidemark baseline learn --first ${QUIET_WEEKS}`);
if (versions.length > 0)
  console.log(`baseline version ${versions.at(-1).version} is there from an earlier run`);
else tidemark(['baseline', 'learn', '--first', String(QUIET_WEEKS), '--note', 'the quiet weeks of the lab']);

step('tidemark assess');
tidemark(['assess']);

step(`tidemark report -o ${relative(root, report)}`);
tidemark(['report', '-o', report]);

step(`tidemark detect ${telemetry} --html ${relative(root, scanners)}`);
tidemark(['detect', telemetry, '--html', scanners]);

console.log(`
That was ten weeks of a small lab network, scanned by real Nmap: six quiet weeks were learned, and
the newest scan was held against them; then two days of an office's Zeek logs, with two scans in them.
Open the reports in a browser:

  ${report}
  ${scanners}

Next, with what is in the history now:

  npx tidemark --data-dir ${relative(root, dataDir)} scans
  npx tidemark --data-dir ${relative(root, dataDir)} hosts 10.77.10.80
  npx tidemark diff ${files.at(-2)} ${files.at(-1)}
  npx tidemark --data-dir ${relative(root, dataDir)} query "SELECT portid, count() AS hosts FROM ports WHERE state = 'open' GROUP BY portid ORDER BY hosts DESC LIMIT 5"
  npx tidemark --data-dir ${relative(root, dataDir)} findings

And with your own network (scan only what you may):

  npx tidemark init
  nmap -sV -oX monday.xml 192.0.2.0/24
  npx tidemark import monday.xml
  npx tidemark assess
  npx tidemark watch /opt/zeek/logs/current
`);
