#!/usr/bin/env node
import './node-version.mjs';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(import.meta.dirname, '..');
const stampFile = join(root, 'node_modules', '.tidemark-installed');

/** What decides which packages are installed: the wishes, the lock, and the machine that native packages are for. */
function fingerprint() {
  const { dependencies, optionalDependencies, devDependencies, overrides } = readJson('package.json');
  const lock = existsSync(join(root, 'package-lock.json'))
    ? readFileSync(join(root, 'package-lock.json'))
    : '';
  return createHash('sha256')
    .update(JSON.stringify({ dependencies, optionalDependencies, devDependencies, overrides }))
    .update(lock)
    .update(`${process.platform} ${process.arch} ${process.versions.modules}`)
    .digest('hex');
}

/** Installs the dependencies, only when something changed since the last time. Returns false when that failed. */
export async function install() {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint()) {
    console.log('install: up to date');
    return true;
  }
  if (matchesLock()) {
    writeFileSync(stampFile, fingerprint());
    console.log('install: up to date (installed by hand)');
    return true;
  }
  console.log(
    'install: npm install (about half a gigabyte the first time: the embedded database is in it) …',
  );
  // `npm install`, not `npm ci`: where a registry serves the native packages of some platforms only,
  // the lock names fewer of them than package.json allows, and `npm ci` then refuses.
  const started = Date.now();
  const { status, output } = await npm([
    'install',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--loglevel=error',
  ]);
  if (status === 0) {
    writeFileSync(stampFile, fingerprint());
    console.log(`install: done in ${Math.round((Date.now() - started) / 1000)} s`);
    return true;
  }
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|network/i.test(
      output,
    )
  ) {
    console.error(
      'install: the package registry cannot be reached, and not everything is in the local cache.',
    );
    console.error(
      'fix: Go online once, or point npm at a mirror (npm config set registry URL), then run this again.',
    );
  } else {
    console.error(`install: npm install failed (exit ${status}).`);
    console.error(
      'fix: Read the lines above; `npm cache verify` and removing node_modules help with half-made installs.',
    );
  }
  return false;
}

/** Whether what npm noted in node_modules is what the lock asks for: then somebody has installed already. */
function matchesLock() {
  try {
    const wanted = readJson('package-lock.json').packages;
    const present = readJson('node_modules/.package-lock.json').packages;
    return Object.entries(wanted).every(
      ([path, { version, optional, peer }]) =>
        path === '' ||
        present[path]?.version === version ||
        (present[path] === undefined && (optional || peer)),
    );
  } catch {
    return false;
  }
}

function readJson(name) {
  return JSON.parse(readFileSync(join(root, name), 'utf8'));
}

/** Runs the npm that runs us, or the one in PATH; passes its words on and keeps them. */
function npm(args) {
  const own = process.env.npm_execpath;
  const [file, before] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  return new Promise((done) => {
    const child = spawn(file, [...before, ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'pipe'],
      shell: file === 'npm' && process.platform === 'win32',
    });
    let output = '';
    child.stderr.on('data', (chunk) => {
      output += chunk;
      process.stderr.write(chunk);
    });
    child.on('error', (error) => done({ status: 2, output: error.message }));
    child.on('close', (status) => done({ status: status ?? 2, output }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await install()) ? 0 : 2;
