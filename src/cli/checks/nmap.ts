import { ok, warn, type Check } from './check.ts';
import { runTool } from './run-tool.ts';

/** The oldest Nmap whose XML we were tested with for new scans. Imports take any version. */
const OLDEST = [7, 80] as const;
/** Milliseconds for `nmap --version`. */
const TIMEOUT = 10_000;

/** Whether Nmap is there and new enough. Without it everything works but making new scans. */
export async function checkNmap(executable = 'nmap'): Promise<Check> {
  const result = await runTool(executable, ['--version'], { timeout: TIMEOUT });
  const install =
    'Install nmap (apt install nmap, dnf install nmap, brew install nmap); imports work without it.';
  if (result.kind === 'missing')
    return warn(
      'Nmap',
      executable.includes('/') ? `${executable} cannot be run` : 'not found in PATH',
      install,
    );
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
export async function checkScanPrivileges(
  executable: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Check> {
  const { rawRight } = await import('../../assembly/scan-privileges.ts');
  const right = await rawRight(executable, env['PATH'] ?? '');
  return right === undefined
    ? warn(
        'scan privileges',
        'neither root nor cap_net_raw: Nmap will make connect scans, which see less and are never compared with SYN scans',
        'Run scans as root, or: sudo setcap cap_net_raw,cap_net_admin+eip "$(command -v nmap)".',
      )
    : ok('scan privileges', `${right}: raw SYN scans are possible`);
}
