import { readFileSync } from 'node:fs';
import { ok, warn, type Check } from './check.ts';
import { runTool } from './run-tool.ts';

/** The oldest Nmap whose XML we were tested with for new scans. Imports take any version. */
const OLDEST = [7, 80] as const;
/** Milliseconds for `nmap --version`. */
const TIMEOUT = 10_000;
/** Bit of CAP_NET_RAW in a capability mask (linux/capability.h). */
const CAP_NET_RAW = 13n;

/** Whether Nmap is there and new enough. Without it everything works but making new scans. */
export async function checkNmap(): Promise<Check> {
  const result = await runTool('nmap', ['--version'], { timeout: TIMEOUT });
  const install =
    'Install nmap (apt install nmap, dnf install nmap, brew install nmap); imports work without it.';
  if (result.kind === 'missing') return warn('Nmap', 'not found in PATH', install);
  if (result.kind === 'timeout') return warn('Nmap', '`nmap --version` does not answer', install);
  const [, major, minor] = /Nmap version (\d+)\.(\d+)/.exec(result.stdout) ?? [];
  if (major === undefined || minor === undefined) {
    return warn('Nmap', 'the program named nmap does not say its version', install);
  }
  const version = `${major}.${minor}`;
  const tooOld = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  if (tooOld)
    return warn('Nmap', `version ${version} is older than ${OLDEST.join('.')}`, 'Install a newer nmap.');
  return ok('Nmap', `version ${version}`);
}

/** Whether scans can be raw SYN scans, or will be connect scans. The two see different things. */
export async function checkScanPrivileges(): Promise<Check> {
  const name = 'scan privileges';
  if (process.getuid?.() === 0) return ok(name, 'root: raw SYN scans are possible');
  if (hasNetRaw()) return ok(name, 'cap_net_raw: raw SYN scans are possible');
  const which = await runTool('getcap', [await pathOfNmap()], { timeout: TIMEOUT });
  if (which.kind === 'ended' && which.stdout.includes('cap_net_raw')) {
    return ok(name, 'nmap has cap_net_raw: raw SYN scans are possible with --privileged');
  }
  return warn(
    name,
    'neither root nor cap_net_raw: Nmap will make connect scans, which see less and are never compared with SYN scans',
    'Run scans as root, or: sudo setcap cap_net_raw,cap_net_admin+eip "$(command -v nmap)".',
  );
}

/** Linux: the effective capabilities of this process, which its children inherit when they are ambient. */
function hasNetRaw(): boolean {
  try {
    const mask = /^CapAmb:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return mask !== undefined && ((BigInt(`0x${mask}`) >> CAP_NET_RAW) & 1n) === 1n;
  } catch {
    // No /proc: not Linux, and there only root may scan raw.
    return false;
  }
}

async function pathOfNmap(): Promise<string> {
  const found = await runTool('which', ['nmap'], { timeout: TIMEOUT });
  return found.kind === 'ended' ? found.stdout.trim() : 'nmap';
}
