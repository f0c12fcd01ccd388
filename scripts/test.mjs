#!/usr/bin/env node
/** `npm test`: installs when something changed, sees to the programs that tests use, runs every test. Arguments go to vitest. */
import './node-version.mjs';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { provideSystemTools } from './system-tools.mjs';

const root = resolve(import.meta.dirname, '..');
if (!(await install())) process.exit(2);
// The tests of the command line run what users run.
if (!(await build())) process.exit(2);
provideSystemTools();
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 2;
