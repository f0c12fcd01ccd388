#!/usr/bin/env node
import './node-version.mjs';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const stampFile = join(dist, '.built-from');

/** Files of src/ that end up in dist/: all but tests. */
function sources() {
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .toSorted();
}

/** Files that the bundler turns into dist/web, where the compiler makes the rest. */
const ofWeb = (file) => file.startsWith(join(root, 'src', 'web', '/'));

function fingerprint(files) {
  const hash = createHash('sha256');
  const tools = ['typescript', 'vite', 'react', 'react-dom', '@tanstack/react-query', 'wouter'].map((name) =>
    join(root, 'node_modules', name, 'package.json'),
  );
  const recipes = ['tsconfig.json', 'tsconfig.build.json', 'scripts/build-web.mjs'].map((name) =>
    join(root, name),
  );
  for (const file of [...recipes, ...tools, ...files]) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function isBuilt(wanted) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted;
}

/** Removes what builds left that were killed. */
function clearLeftOvers() {
  for (const name of readdirSync(root)) {
    const pid = /^dist\.(\d+)\.tmp$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    rmSync(join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * Compiles src/ to dist/ and bundles the dashboard to dist/web, only when a source changed. Builds beside and swaps,
 * so that a failed build leaves the last good one. Answers false when it failed.
 */
export async function build() {
  const files = sources();
  const wanted = fingerprint(files);
  if (isBuilt(wanted)) {
    console.log('build: up to date');
    return true;
  }
  const started = Date.now();
  const fresh = join(root, `dist.${process.pid}.tmp`);
  rmSync(fresh, { recursive: true, force: true });
  clearLeftOvers();
  const { bin } = JSON.parse(readFileSync(join(root, 'node_modules', 'typescript', 'package.json'), 'utf8'));
  const compiler = join(root, 'node_modules', 'typescript', bin.tsc);
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', fresh], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    console.error('build: the compiler refused it (see above); dist/ is as it was.');
    return false;
  }
  try {
    // Not at the top: it imports packages, and who imports this file may be about to install them.
    const { buildWeb } = await import('./build-web.mjs');
    await buildWeb(join(fresh, 'web'));
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    console.error(`build: the bundler refused the dashboard: ${error.message}; dist/ is as it was.`);
    return false;
  }
  for (const file of files.filter((name) => !/\.(?:ts|md)$/.test(name) && !ofWeb(name))) {
    const target = join(fresh, file.slice(join(root, 'src').length));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
  chmodSync(join(fresh, 'cli', 'main.js'), 0o755);
  writeFileSync(join(fresh, '.built-from'), wanted);
  if (isBuilt(wanted)) {
    // Another build of the same sources was quicker; swapping again would only disturb who uses it.
    rmSync(fresh, { recursive: true, force: true });
  } else {
    rmSync(dist, { recursive: true, force: true });
    renameSync(fresh, dist);
  }
  console.log(`build: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await build()) ? 0 : 2;
