import { loadBaseline, pinnedVersion } from '../exposure/flow/baselines.ts';
import type { NmapOrder, ScanProfile } from '../exposure/flow/run-nmap.ts';
import { VERIFY_PROFILE } from '../exposure/flow/stored-scans.ts';
import { askedCoverage } from '../exposure/model/coverage.ts';
import { AddressSet } from '../net/address-set.ts';
import { PortSet } from '../net/port-set.ts';
import type { Store } from '../store/store.ts';
import { isOwnAddress } from './local-address.ts';
import { refusal } from './refusal.ts';
import { SHOWN } from './refused-targets.ts';
import type { Allowed, ScanAsk, ScanSetting } from './scan-ask.ts';
import { nmapDataDir, rawRight } from './scan-privileges.ts';

/** One order for Nmap for each address family. Throws a Fault `scan/…` that names the rule. */
export async function ordersOf(
  setting: ScanSetting,
  ask: ScanAsk,
  profile: ScanProfile,
  decision: Allowed,
): Promise<readonly NmapOrder[]> {
  const { exposure } = setting.config;
  const path = setting.env['PATH'] ?? '';
  const privileges = ask.raw && (await rawRight(exposure.nmap, path)) !== undefined ? 'raw' : 'connect';
  if (profile.needs === 'raw' && privileges !== 'raw') {
    throw refusal(
      'privileges',
      `profile ${profile.name} needs raw packets, which this user may not send`,
      'Run it as root, or give the service CAP_NET_RAW as an ambient capability.',
    );
  }
  const sources = new Set(decision.allowances.flatMap(({ grant }) => grant.source ?? []));
  const foreign = [...sources].find((source) => !isOwnAddress(source));
  if (foreign !== undefined || sources.size > 1) {
    throw refusal(
      'source',
      foreign === undefined
        ? `the grants name several sources: ${[...sources].join(', ')}`
        : `${foreign}, from which the grant says that scans come, is no address of this machine`,
      'Scan from the machine that the grant means, and what is under different grants in parts.',
    );
  }
  const ports =
    askedPorts(ask.ports) ?? (profile.ports === 'baseline' ? await baselinePorts(setting.store) : undefined);
  const dataDir = await nmapDataDir(exposure.nmap, path);
  return ([4, 6] as const).flatMap((family) => {
    const addresses = AddressSet.of(decision.addresses.ranges.filter((range) => range.family === family));
    if (addresses.isEmpty) return [];
    const blocks = addresses.prefixes().length;
    if (blocks > MOST_BLOCKS) {
      throw refusal(
        'too-many-addresses',
        `the targets come to ${blocks} separate blocks, more than ${MOST_BLOCKS}`,
        'Scan them in parts.',
      );
    }
    const order: NmapOrder = {
      profile: ask.purpose === 'verify' ? { ...profile, name: VERIFY_PROFILE } : profile,
      addresses,
      privileges,
      timing: Math.min(decision.timing, TIMING),
      rate: decision.rate,
      source: decision.source,
      hostTimeout: exposure.hostTimeoutMinutes * 60,
      ...(ports === undefined ? {} : { ports }),
      ...(dataDir === undefined ? {} : { dataDir }),
    };
    return [order];
  });
}

/** Nmap's "aggressive"; "insane" gives up accuracy, whatever a grant allows. */
const TIMING = 4;
/** Blocks of one run at most: all of them stand in its record of the audit log. */
const MOST_BLOCKS = 65_536;

function askedPorts(asked: PortSet | string | undefined): PortSet | undefined {
  if (asked === undefined) return undefined;
  const ports = typeof asked === 'string' ? PortSet.parse(asked) : asked;
  if (ports !== undefined && ports.size > 0) return ports;
  throw refusal(
    'ports',
    `${JSON.stringify(String(asked).slice(0, SHOWN))} is no list of ports`,
    'Write 22,80,8000-8100.',
  );
}

/** The TCP ports that the pinned baseline was learned from. */
async function baselinePorts(store: Store): Promise<PortSet> {
  const pinned = await pinnedVersion(store);
  const covered =
    pinned === undefined ? undefined : askedCoverage((await loadBaseline(store, pinned)).asked).get('tcp');
  if (covered === undefined || covered === 'unknown' || covered.size === 0) {
    throw refusal(
      'no-baseline',
      'there is no baseline whose TCP ports could be scanned again',
      'Learn one with `tidemark baseline learn`, or choose another profile.',
    );
  }
  return covered;
}
