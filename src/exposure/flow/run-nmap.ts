import { Fault } from '../../fault/fault.ts';
import { nmapCommand, type NmapOrder } from '../scan/argv.ts';
import { NmapProcess, type NmapEnd, type NmapSetting } from '../scan/nmap-process.ts';
import { importScan, type ImportContext } from './import-scan.ts';
import type { StoredRun } from '../queries/runs.ts';

export { nmapCommand, type NmapOrder } from '../scan/argv.ts';
export type { NmapEnd, ScriptSecret } from '../scan/nmap-process.ts';
export { profileNamed, SCAN_PLANS, SCAN_PROFILES, type ScanProfile } from '../scan/profiles.ts';
export type { ScanProgress } from '../scan/scan-progress.ts';

/** A scan that was made: what is stored of it, and how Nmap ended. */
export interface ScannedRun {
  readonly run: StoredRun;
  readonly end: NmapEnd;
}

/**
 * Runs Nmap and stores what it writes while it writes it, raw bytes and all; a scan that was ended early is stored with
 * what it had seen. The order has been allowed and written to the audit log by whoever calls this.
 * Throws a Fault `scan/no-nmap`, `scan/failed` when Nmap wrote no scan, or `store/…`.
 */
export async function runNmap(
  order: NmapOrder,
  setting: NmapSetting,
  context: Omit<ImportContext, 'profile' | 'onProgress'>,
): Promise<ScannedRun> {
  const nmap = new NmapProcess(`scan:${order.profile.name}`, nmapCommand(order), setting);
  let outcome;
  try {
    outcome = await importScan(nmap, { ...context, profile: order.profile.name });
  } catch (error) {
    if (!(error instanceof Fault) || !error.code.startsWith('parse/')) throw error;
    throw failed(nmap.end, error);
  }
  const [run] = outcome.runs;
  if (run === undefined || nmap.end === undefined) throw failed(nmap.end);
  return { run, end: nmap.end };
}

function failed(end: NmapEnd | undefined, cause?: Fault): Fault {
  const said = end?.warnings.find((line) => !/^(?:WARNING|NOTE)/i.test(line)) ?? end?.warnings[0];
  const why =
    end?.stopped === 'interrupted'
      ? 'it was interrupted before it had begun'
      : (said ?? cause?.message ?? `it ended with status ${end?.status ?? 'unknown'}`);
  return new Fault(
    'scan/failed',
    `Nmap made no scan: ${why}`,
    'Run `tidemark doctor`; what Nmap was asked is in `tidemark audit show`.',
    {},
    cause === undefined ? undefined : { cause },
  );
}
