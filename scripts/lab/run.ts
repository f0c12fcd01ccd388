/**
 * Scans a small lab of network namespaces with real Nmap and writes what it said:
 *
 *   npx tsx scripts/lab/run.ts            the weekly series → examples/lab/
 *   npx tsx scripts/lab/run.ts fixtures   one run of each other kind → test/fixtures/nmap/real/
 *
 * Needs root, ip (iproute2), nft (nftables), nmap and openssl; masscan for its fixtures. With
 * faketime installed the weekly scans carry weekly dates, else the dates of today. Nothing but
 * namespaces named tmlab-* is touched, and they are removed however the run ends.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FIXTURES } from './fixtures.ts';
import { IP, Lab, tool } from './namespaces.ts';
import {
  DNS,
  FIRST_SCAN,
  labInWeek,
  PORTS,
  PREFIX6,
  SCANNER,
  SUBNET,
  TRUTH,
  WEEK_MS,
  WEEKS,
} from './plan.ts';
import type { Scanner } from './scanner.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** No scan of the lab takes half as long; past it something hangs. */
const SCAN_LIMIT_MS = 240_000;

const has = (command: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, command)));

function checkMachine(what: string): void {
  const missing = [
    'ip',
    'nft',
    'nmap',
    'openssl',
    'sysctl',
    ...(what === 'fixtures' ? ['masscan'] : []),
  ].filter((command) => !has(command));
  if (missing.length > 0) {
    throw new Error(
      `missing: ${missing.join(', ')}. On Debian: apt-get install iproute2 nftables nmap openssl procps masscan`,
    );
  }
  if (process.getuid?.() !== 0) throw new Error('network namespaces need root. Run it as root.');
}

async function bringTo(lab: Lab, week: number): Promise<void> {
  const wanted = labInWeek(week);
  for (const name of lab.hosts) {
    if (name !== 'scanner1' && !wanted.some((host) => host.name === name)) await lab.unplug(name);
  }
  for (const host of wanted) {
    if (!lab.hosts.includes(host.name)) {
      const last = host.address.split('.').at(-1) ?? '';
      lab.plug({ ...host, ...(host.ipv6 === true ? { address6: `${PREFIX6}${last}` } : {}) });
    }
    lab.setMac(host.name, host.mac);
    lab.filter(host);
    await lab.serve(host);
  }
}

function scannerOf(lab: Lab, directory: string): Scanner {
  const faketime = has('faketime');
  const namespace = lab.namespaceOf('scanner1');
  return {
    directory,
    scan: async (command, options = {}) => {
      tool(IP, '-n', namespace, 'neigh', 'flush', 'all');
      const clock =
        options.at !== undefined && faketime
          ? ['faketime', '-f', `@${options.at.toISOString().slice(0, 19).replace('T', ' ')}`]
          : [];
      // ip, faketime and nmap each replace the one before: the child's id is Nmap's own.
      const child = spawn(IP, ['netns', 'exec', namespace, ...clock, ...command], {
        cwd: directory,
        env: { ...process.env, TZ: 'UTC' },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      lab.onClose(() => child.kill('SIGKILL'));
      const limit = setTimeout(() => child.kill('SIGKILL'), SCAN_LIMIT_MS);
      const interrupt =
        options.interruptAfterMs === undefined
          ? undefined
          : setTimeout(() => child.kill('SIGINT'), options.interruptAfterMs);
      const chatter =
        options.chatter === true
          ? spawn(
              IP,
              [
                'netns',
                'exec',
                namespace,
                'bash',
                '-c',
                `while :; do echo >/dev/udp/${DNS}/9; sleep 0.5; done`,
              ],
              { stdio: 'ignore' },
            )
          : undefined;
      lab.onClose(() => chatter?.kill('SIGKILL'));
      const started = process.hrtime.bigint();
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      chatter?.kill('SIGKILL');
      clearTimeout(limit);
      clearTimeout(interrupt);
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      console.log(`${seconds.toFixed(1).padStart(6)} s  ${command.join(' ')}`);
      if (signal === 'SIGKILL')
        throw new Error(`did not end in ${SCAN_LIMIT_MS / 1000} s: ${command.join(' ')}`);
      if (code !== 0 && options.interruptAfterMs === undefined) {
        throw new Error(`${command[0] ?? ''} ended with ${code ?? signal ?? '?'}: ${command.join(' ')}`);
      }
    },
  };
}

async function weekly(lab: Lab, scanner: Scanner): Promise<void> {
  for (let week = 1; week <= WEEKS; week += 1) {
    await bringTo(lab, week);
    const at = new Date(FIRST_SCAN + (week - 1) * WEEK_MS);
    const name = `${at.toISOString().slice(0, 10)}.xml`;
    await scanner.scan(
      [
        'nmap',
        '-sS',
        '-sV',
        '-T4',
        '--max-retries',
        '1',
        '--max-rtt-timeout',
        '100ms',
        '-p',
        PORTS,
        '--dns-servers',
        DNS,
        '-oX',
        name,
        SUBNET,
        '--exclude',
        SCANNER,
      ],
      { at },
    );
  }
  const path = join(scanner.directory, 'truth.json');
  writeFileSync(
    path,
    `${JSON.stringify({ weeks: WEEKS, firstScan: new Date(FIRST_SCAN).toISOString(), subnet: SUBNET, truth: TRUTH }, null, 1)}\n`,
  );
}

async function main(what: string): Promise<void> {
  if (what !== 'weekly' && what !== 'fixtures')
    throw new Error(`not a part of the lab: ${what}. Say weekly or fixtures.`);
  checkMachine(what);
  const work = mkdtempSync(join(tmpdir(), 'tmlab-'));
  const lab = new Lab(work);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= lab.close().finally(() => rmSync(work, { recursive: true })));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().then(() => process.exit(130)));
  }
  try {
    tool(
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '825',
      '-subj',
      '/CN=corp.example/O=Example Corp',
      '-keyout',
      join(work, 'key.pem'),
      '-out',
      join(work, 'cert.pem'),
    );
    lab.plug({ name: 'scanner1', mac: '52:54:00:10:00:fa', address: SCANNER, address6: `${PREFIX6}250` });
    const output = join(work, 'out');
    mkdirSync(output);
    const scanner = scannerOf(lab, output);
    if (what === 'weekly') await weekly(lab, scanner);
    else {
      await bringTo(lab, 1);
      lab.forward('gw1');
      for (const fixture of FIXTURES) await fixture(scanner);
    }
    const target = join(ROOT, what === 'weekly' ? 'examples/lab' : 'test/fixtures/nmap/real');
    mkdirSync(target, { recursive: true });
    tool('cp', '-r', `${output}/.`, target);
  } finally {
    await close();
  }
}

try {
  await main(process.argv[2] ?? 'weekly');
} catch (error) {
  console.error(`lab: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
