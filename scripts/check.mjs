#!/usr/bin/env node
/**
 * Everything that can be said of the code without running it: format, lint, types, the import
 * fence (with a floor on what it saw), dead code. Prints one line per check; exit 1 if any failed.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const { fenceFloor } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Runs a tool and returns its output; `ok` is its exit status being 0. */
function run(name, args) {
  const { status, stdout, stderr } = spawnSync(bin(name), args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 512 * 1024 * 1024,
  });
  return { ok: status === 0, output: `${stdout}${stderr}`, stdout };
}

/** The fence is only up if it saw the code: a parser that is missing shows as zero modules and no violation. */
function fence() {
  const { stdout, output } = run('depcruise', ['src', '--output-type', 'json']);
  try {
    const { totalCruised, violations } = JSON.parse(stdout).summary;
    const lines = violations.map((v) => `  ${v.rule.name}: ${v.from} → ${v.to}`);
    if (totalCruised < fenceFloor)
      lines.push(`  saw ${totalCruised} modules, fewer than the floor of ${fenceFloor}`);
    return { ok: lines.length === 0, output: lines.join('\n'), note: `${totalCruised} modules` };
  } catch {
    return { ok: false, output };
  }
}

/** `new Date()` without an argument reads the clock, and no lint rule here tells it from `new Date(x)`. */
function clock() {
  const pure =
    /^src\/(net|text|time|fault|sql|findings|report|estate|exposure\/(model|parse|baseline|diff|assess|queries))\//;
  const found = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name}`.replaceAll('\\', '/'))
    .filter((name) => pure.test(name) && name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((name) => /new Date\(\)/.test(readFileSync(join(root, name), 'utf8')));
  return {
    ok: found.length === 0,
    output: found.map((name) => `  ${name} reads the clock: take a Clock`).join('\n'),
  };
}

/** The dashboard has a world of its own: a browser's globals instead of Node's. */
function types() {
  const results = ['.', 'src/web'].map((project) => run('tsc', ['--noEmit', '-p', project]));
  return { ok: results.every(({ ok }) => ok), output: results.map(({ output }) => output).join('') };
}

const checks = {
  format: () => run('oxfmt', ['--check', '.']),
  lint: () => run('oxlint', ['--deny-warnings']),
  types,
  fence,
  clock,
  'dead code': () => run('knip', ['--no-progress']),
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  const { ok, output, note } = check();
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}${note === undefined ? '' : ` (${note})`}`);
  if (!ok) {
    failed += 1;
    console.log(output);
  }
}
console.log(failed === 0 ? 'check: all clean' : `check: ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
