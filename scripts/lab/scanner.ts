import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { IP, tool, type Lab } from './namespaces.ts';
import { DNS } from './plan.ts';

/** What a step of the lab may do: run a tool where the scanner stands. */
export interface Scanner {
  /** Directory that the tools run in; output names are relative to it. */
  readonly directory: string;
  /**
   * Runs a tool in the scanner's namespace. `at` shifts its clock (where faketime is installed);
   * `interruptAfterMs` sends it SIGINT. `chatter` keeps a packet
   * coming every half second: masscan 1.3.2 waits for one more before it looks whether it is done. Throws when it fails or hangs.
   */
  readonly scan: (
    command: readonly string[],
    options?: { readonly at?: Date; readonly interruptAfterMs?: number; readonly chatter?: boolean },
  ) => Promise<void>;
}

/** What every part of the lab runs. */
export const LAB_TOOLS = ['ip', 'nft', 'nmap', 'openssl', 'sysctl'];

const has = (command: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, command)));

/** Throws, with what to do, where the machine cannot hold a lab. */
export function checkMachine(tools: readonly string[]): void {
  const missing = tools.filter((command) => !has(command));
  if (missing.length > 0) {
    throw new Error(
      `missing: ${missing.join(', ')}. On Debian: apt-get install iproute2 nftables nmap ndiff openssl procps masscan`,
    );
  }
  if (process.getuid?.() !== 0) throw new Error('network namespaces need root. Run it as root.');
}

/** No scan of the lab takes half as long; past it something hangs. */
const SCAN_LIMIT_MS = 240_000;

/** A scanner in the namespace of the lab's host `scanner1`, whose files go to the directory. */
export function scannerOf(lab: Lab, directory: string): Scanner {
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
