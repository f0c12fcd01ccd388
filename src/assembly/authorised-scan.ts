import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { AuditLog } from '../audit/audit-log.ts';
import type { Actor, AuditEntry } from '../audit/record.ts';
import type { Config } from '../config/config.ts';
import { loadBaseline, pinnedVersion } from '../exposure/flow/baselines.ts';
import {
  nmapCommand,
  profileNamed,
  runNmap,
  type NmapOrder,
  type ScannedRun,
  type ScanProfile,
  type ScanProgress,
} from '../exposure/flow/run-nmap.ts';
import { askedCoverage } from '../exposure/model/coverage.ts';
import { authorisedScanTable, encodeOwnScan, type OwnScan } from '../exposure/queries/authorised-scans.ts';
import { Fault } from '../fault/fault.ts';
import { AddressSet, formatBlock } from '../net/address-set.ts';
import { parseIpAddress, type IpAddress } from '../net/ip-address.ts';
import { PortSet } from '../net/port-set.ts';
import { grantsOf } from '../scope/config.ts';
import { changedName, decide, type Decision, type RefusedTarget, type Resolver } from '../scope/decide.ts';
import { REFUSALS } from '../scope/grant.ts';
import type { Store } from '../store/store.ts';
import { formatInstant, type Clock, type Instant } from '../time/instant.ts';
import { localAddressTowards } from './local-address.ts';
import { mayScanRaw } from './scan-privileges.ts';

/** What somebody asks to be scanned. */
export interface ScanAsk {
  readonly targets: readonly string[];
  /** Profiles, scanned one after the other. */
  readonly profiles: readonly string[];
  /** Instead of the profiles' own ports. */
  readonly ports?: PortSet;
  /** Whether raw packets may be used where they are to be had; false asks for full connections. */
  readonly raw: boolean;
  /** Why, for the audit log. */
  readonly note: string;
  readonly actor: Actor;
  /** `scan`, or `verify` for the ports of one finding. */
  readonly purpose: 'scan' | 'verify';
}

/** What happens while scans are made. */
export type ScanEvent =
  | {
      readonly kind: 'allowed';
      readonly decision: Extract<Decision, { allowed: true }>;
      readonly profile: string;
    }
  | { readonly kind: 'started'; readonly argv: readonly string[]; readonly until: Instant }
  | { readonly kind: 'progress'; readonly progress: ScanProgress }
  | { readonly kind: 'scanned'; readonly scanned: ScannedRun };

/** What scanning needs from outside. */
export interface ScanSetting {
  readonly store: Store;
  readonly config: Config;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly path: string;
  /** Default: the resolver of this machine. */
  readonly resolve?: Resolver;
  readonly onEvent?: (event: ScanEvent) => void;
}

/** Milliseconds of silence after which Nmap is taken for dead; it was told to speak every second. */
const STALL_AFTER = 120_000;

/** All addresses of a name, as this machine resolves it, both families. */
export const systemResolver: Resolver = async (name) => {
  const found = await lookup(name, { all: true, verbatim: true });
  return found.flatMap(({ address }) => parseIpAddress(address) ?? []);
};

/** What the scope says of a request now, with nothing sent and nothing written. Throws a Fault `scan/unknown-profile`. */
export function askScope(
  setting: Pick<ScanSetting, 'config' | 'resolve'>,
  ask: Pick<ScanAsk, 'targets'> & { readonly profile: string; readonly at: Instant },
): Promise<Decision> {
  requireProfile(ask.profile);
  const { config } = setting;
  return decide(
    grantsOf(config.scope),
    { targets: ask.targets, profile: ask.profile, vantage: config.exposure.vantage, at: ask.at },
    setting.resolve ?? systemResolver,
  );
}

/**
 * Makes authorised scans: asks the scope, writes down what was decided, and only then runs Nmap. A refusal is written
 * down too, and throws a Fault `scan/refused` that names the rule of every refused target. When the audit log cannot be
 * written, its Fault is thrown and nothing is scanned.
 */
export async function scanAuthorised(setting: ScanSetting, ask: ScanAsk): Promise<readonly ScannedRun[]> {
  const audit = new AuditLog(setting.config.audit.file, setting.clock);
  const scanned: ScannedRun[] = [];
  for (const name of ask.profiles) {
    const profile = requireProfile(name);
    const decision = await allowed(setting, audit, ask, name);
    setting.onEvent?.({ kind: 'allowed', decision, profile: name });
    for (const order of await ordersOf(setting, ask, profile, decision)) {
      // Names were checked when they were resolved; what they lead to now must be the same.
      const changed = await changedName(decision.resolved, setting.resolve ?? systemResolver);
      if (changed !== undefined) await refuse(audit, ask, name, [changed]);
      const made = await scanOnce(setting, audit, ask, order, decision);
      scanned.push(made);
      setting.onEvent?.({ kind: 'scanned', scanned: made });
      if (made.end.stopped !== undefined) return scanned;
    }
  }
  return scanned;
}

function requireProfile(name: string): ScanProfile {
  const profile = profileNamed(name);
  if (profile !== undefined) return profile;
  throw new Fault(
    'scan/unknown-profile',
    `there is no scan profile ${JSON.stringify(name)}`,
    'See `tidemark profiles`.',
  );
}

async function allowed(
  setting: ScanSetting,
  audit: AuditLog,
  ask: ScanAsk,
  profile: string,
): Promise<Extract<Decision, { allowed: true }>> {
  const decision = await askScope(setting, { targets: ask.targets, profile, at: setting.clock() });
  if (!decision.allowed) return refuse(audit, ask, profile, decision.refused);
  return decision;
}

/** Longest target that a message repeats: what was typed may be anything. */
const SHOWN = 100;

async function refuse(
  audit: AuditLog,
  ask: ScanAsk,
  profile: string,
  refused: readonly RefusedTarget[],
): Promise<never> {
  const [first, ...more] = refused;
  await audit.append({
    actor: ask.actor,
    action: 'scan.refused',
    subject: `${profile} ${ask.targets.join(' ')}`.slice(0, 1_000),
    why: refused.map(({ rule }) => rule).join(', '),
    details: { profile, note: ask.note, refused: refused.slice(0, 100) },
  });
  const also = more.length === 0 ? '' : `, and ${more.length} more`;
  throw new Fault(
    'scan/refused',
    `not allowed: ${first === undefined ? 'nothing was asked' : `${JSON.stringify(first.target.slice(0, SHOWN))}: ${first.why} (rule ${first.rule})`}${also}`,
    first === undefined
      ? 'Name a target.'
      : `${REFUSALS[first.rule]} See \`tidemark scope check TARGET\`, and the grants under scope in tidemark.yaml.`,
  );
}

/** One order for each address family. */
async function ordersOf(
  setting: ScanSetting,
  ask: ScanAsk,
  profile: ScanProfile,
  decision: Extract<Decision, { allowed: true }>,
): Promise<readonly NmapOrder[]> {
  const privileges = ask.raw && mayScanRaw() ? 'raw' : 'connect';
  if (profile.needs === 'raw' && privileges !== 'raw') {
    throw new Fault(
      'scan/privileges',
      `profile ${profile.name} needs raw packets, which this user may not send`,
      'Run it as root, or give the service CAP_NET_RAW as an ambient capability.',
    );
  }
  const ports = ask.ports ?? (profile.ports === 'baseline' ? await baselinePorts(setting.store) : undefined);
  return ([4, 6] as const).flatMap((family) => {
    const addresses = AddressSet.of(decision.addresses.ranges.filter((range) => range.family === family));
    if (addresses.isEmpty) return [];
    const order: NmapOrder = {
      profile,
      addresses,
      privileges,
      timing: Math.min(decision.timing, TIMING),
      rate: decision.rate,
      source: decision.source,
      hostTimeout: setting.config.exposure.hostTimeoutMinutes * 60,
      ...(ports === undefined ? {} : { ports }),
    };
    return [order];
  });
}

/** Nmap's "aggressive"; "insane" gives up accuracy, whatever a grant allows. */
const TIMING = 4;

/** The TCP ports that the pinned baseline was learned from. */
async function baselinePorts(store: Store): Promise<PortSet> {
  const pinned = await pinnedVersion(store);
  const covered =
    pinned === undefined ? undefined : askedCoverage((await loadBaseline(store, pinned)).asked).get('tcp');
  if (covered === undefined || covered === 'unknown' || covered.size === 0) {
    throw new Fault(
      'scan/no-baseline',
      'there is no baseline whose TCP ports could be scanned again',
      'Learn one with `tidemark baseline learn`, or choose another profile.',
    );
  }
  return covered;
}

async function scanOnce(
  setting: ScanSetting,
  audit: AuditLog,
  ask: ScanAsk,
  order: NmapOrder,
  decision: Extract<Decision, { allowed: true }>,
): Promise<ScannedRun> {
  const { store, config, clock } = setting;
  const { argv } = nmapCommand(order);
  const own = await ownScan(setting, order, decision);
  const started = clock();
  const about = (action: AuditEntry['action'], details: AuditEntry['details']): AuditEntry => ({
    actor: ask.actor,
    action,
    subject: own.id,
    why: decision.allowances
      .map(({ grant }) => [`grant ${grant.id}`, grant.ticket].filter(Boolean).join(', '))
      .join('; '),
    details,
  });
  // Written first: a scan that is in no log is not made. Then the ledger, so that nobody is alarmed by it.
  await audit.append(
    about(`${ask.purpose}.started`, {
      argv: [config.exposure.nmap, ...argv],
      targets: own.targets,
      profile: order.profile.name,
      vantage: config.exposure.vantage,
      source: own.source,
      note: ask.note,
      until: formatInstant(decision.until),
      leftOut: decision.leftOut.toString(),
      names: Object.fromEntries(decision.resolved),
    }),
  );
  await store.insert(authorisedScanTable, [encodeOwnScan(own, started)]);
  setting.onEvent?.({ kind: 'started', argv, until: decision.until });
  try {
    const scanned = await runNmap(
      order,
      {
        executable: config.exposure.nmap,
        path: setting.path,
        signal: setting.signal,
        milliseconds: (decision.until - started) / 1e3,
        stallAfter: STALL_AFTER,
        onProgress: (progress) => setting.onEvent?.({ kind: 'progress', progress }),
      },
      { store, clock, vantage: config.exposure.vantage },
    );
    const asked = askedCoverage(scanned.run.info).get(order.profile.protocol);
    const ports = asked === undefined || asked === 'unknown' ? own.ports : asked.toString();
    await close(setting, { ...own, ports, run: scanned.run.info.id });
    await audit.append(
      about(`${ask.purpose}.ended`, {
        run: scanned.run.info.id,
        status: scanned.run.info.status,
        exit: scanned.end.status ?? null,
        stopped: scanned.end.stopped ?? null,
        hostsUp: scanned.run.hostsUp,
        openPorts: scanned.run.openPorts,
        warnings: scanned.end.warnings.slice(0, 20),
      }),
    );
    return scanned;
  } catch (error) {
    await close(setting, own).catch(() => undefined);
    await audit.append(about(`${ask.purpose}.ended`, { failed: (error as Error).message }));
    throw error;
  }
}

async function ownScan(
  setting: ScanSetting,
  order: NmapOrder,
  decision: Extract<Decision, { allowed: true }>,
): Promise<OwnScan> {
  const first = order.addresses.first!;
  const source = order.source ?? (await localAddressTowards(first)) ?? unspecified(first);
  const { grant } = decision.allowances[0]!;
  return {
    id: randomUUID(),
    grants: decision.allowances.map((allowance) => allowance.grant.id),
    owner: grant.owner,
    ticket: grant.ticket,
    profile: order.profile.name,
    vantage: setting.config.exposure.vantage,
    source,
    targets: order.addresses.prefixes().map(formatBlock),
    protocol: order.profile.protocol,
    ports: portsOnTheWire(order),
    from: setting.clock(),
    to: decision.until,
    run: undefined,
  };
}

/** Where there is no route nothing will be sent; the ledger's entry then covers nobody. */
function unspecified(towards: IpAddress): IpAddress {
  return parseIpAddress(towards.includes(':') ? '::' : '0.0.0.0')!;
}

/** Ports that packets go to; all of them where only Nmap knows which ones its most common are. */
function portsOnTheWire(order: NmapOrder): string {
  const ports = order.ports ?? PortSet.parse(order.profile.ports);
  return (ports ?? PortSet.all).toString();
}

/** The ledger's entry with the true end: what the scanner sends after it is no scan of ours. */
async function close({ store, clock }: ScanSetting, own: OwnScan): Promise<void> {
  const now = clock();
  await store.insert(authorisedScanTable, [encodeOwnScan({ ...own, to: now }, now)]);
}
