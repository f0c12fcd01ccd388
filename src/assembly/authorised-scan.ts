import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditLog } from '../audit/audit-log.ts';
import { tryLock } from '../audit/file-lock.ts';
import type { AuditEntry } from '../audit/record.ts';
import type { Config } from '../config/config.ts';
import {
  nmapCommand,
  profileNamed,
  runNmap,
  SCAN_PLANS,
  type NmapOrder,
  type ScannedRun,
  type ScanProfile,
  type ScriptSecret,
} from '../exposure/flow/run-nmap.ts';
import { askedCoverage } from '../exposure/model/coverage.ts';
import { authorisedScanTable, encodeOwnScan, type OwnScan } from '../exposure/queries/authorised-scans.ts';
import { formatBlock } from '../net/address-set.ts';
import { parseIpAddress, type IpAddress } from '../net/ip-address.ts';
import { PortSet } from '../net/port-set.ts';
import { grantsOf } from '../scope/config.ts';
import { changedName, decide, type Decision, type Resolver } from '../scope/decide.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { localAddressTowards } from './local-address.ts';
import { readTargets } from './read-targets.ts';
import { refusal } from './refusal.ts';
import { orRefused, RefusedTargets, SHOWN } from './refused-targets.ts';
import type { Allowed, ScanAsk, ScanSetting } from './scan-ask.ts';
import { ordersOf } from './scan-orders.ts';
import { readSecrets } from './script-secrets.ts';

const STALL_AFTER = 120_000;

/** All addresses of a name, as this machine resolves it, both families. */
const systemResolver: Resolver = async (name) => {
  const found = await lookup(name, { all: true, verbatim: true });
  return found.flatMap(({ address }) => parseIpAddress(address) ?? []);
};

/** What the scope says of a request now, with nothing sent and nothing written. Throws a Fault `scan/unknown-profile`. */
export async function askScope(
  setting: Pick<ScanSetting, 'config' | 'resolve'>,
  ask: Pick<ScanAsk, 'targets' | 'targetsFile'> & { readonly profile: string; readonly at: Instant },
): Promise<Decision> {
  requireProfile(ask.profile);
  const { config } = setting;
  const listed = ask.targetsFile === undefined ? [] : await readTargets(ask.targetsFile);
  return decide(
    grantsOf(config.scope),
    {
      targets: [...ask.targets, ...listed],
      profile: ask.profile,
      vantage: config.exposure.vantage,
      at: ask.at,
    },
    setting.resolve ?? systemResolver,
  );
}

/** The profiles of a plan. Throws a Fault `scan/unknown-plan`. */
export function profilesOfPlan(name: string): readonly string[] {
  const plan = SCAN_PLANS.find((one) => one.name === name);
  if (plan !== undefined) return plan.profiles;
  throw refusal(
    'unknown-plan',
    `there is no plan ${JSON.stringify(name.slice(0, SHOWN))}`,
    `Choose one of ${SCAN_PLANS.map((one) => one.name).join(', ')}.`,
  );
}

/**
 * Makes authorised scans: asks the scope, writes down what was decided, and only then runs Nmap. Whatever refuses a scan
 * is written down too, and thrown as a Fault `scan/…` that names the rule. When the audit log cannot be written, its Fault
 * is thrown and nothing is scanned. One scan at a time runs from a vantage: the second one is refused.
 */
export async function scanAuthorised(setting: ScanSetting, ask: ScanAsk): Promise<readonly ScannedRun[]> {
  const audit = new AuditLog(setting.config.audit.file, setting.clock);
  const release = await orRefused(audit, ask, '', () => takeVantage(setting.config));
  try {
    return await scanAll(setting, audit, ask);
  } finally {
    await release();
  }
}

async function scanAll(setting: ScanSetting, audit: AuditLog, ask: ScanAsk): Promise<readonly ScannedRun[]> {
  const scanned: ScannedRun[] = [];
  const { profiles, targets, secrets } = await orRefused(audit, ask, '', async () => ({
    profiles: ask.plan === undefined ? ask.profiles : profilesOfPlan(ask.plan),
    targets: [...ask.targets, ...(ask.targetsFile === undefined ? [] : await readTargets(ask.targetsFile))],
    secrets: readSecrets(setting.config.exposure.secrets, setting.env),
  }));
  for (const name of profiles) {
    let families: ReadonlySet<number> = new Set([4, 6]);
    for (const family of [4, 6] as const) {
      if (!families.has(family)) continue;
      // Asked anew before each run: the run before may have outlasted a window or a grant.
      const { decision, orders } = await orRefused(audit, ask, name, () =>
        prepare(setting, ask, targets, name),
      );
      families = new Set(decision.addresses.ranges.map((range) => range.family));
      const order = orders.find(({ addresses }) => addresses.ranges[0]?.family === family);
      if (order === undefined) continue;
      setting.onEvent?.({ kind: 'allowed', decision, profile: name });
      const made = await scanOnce(
        setting,
        audit,
        ask,
        order,
        decision,
        order.profile.scripts === undefined ? [] : secrets,
      );
      scanned.push(made);
      setting.onEvent?.({ kind: 'scanned', scanned: made });
      if (made.end.stopped !== undefined) return scanned;
    }
  }
  return scanned;
}

/** The orders of a profile, one for each address family, allowed a moment ago. */
async function prepare(
  setting: ScanSetting,
  ask: ScanAsk,
  targets: readonly string[],
  name: string,
): Promise<{ readonly orders: readonly NmapOrder[]; readonly decision: Allowed }> {
  const { config, clock } = setting;
  const resolve = setting.resolve ?? systemResolver;
  const decision = await askScope({ config, resolve }, { targets, profile: name, at: clock() });
  if (!decision.allowed) throw new RefusedTargets(decision.refused);
  const orders = await ordersOf(setting, ask, requireProfile(name), decision);
  // Names were checked when they were resolved; what they lead to now must be the same.
  const changed = await changedName(decision.resolved, resolve);
  if (changed !== undefined) throw new RefusedTargets([changed]);
  return { orders, decision };
}

function requireProfile(name: string): ScanProfile {
  const profile = profileNamed(name);
  if (profile !== undefined) return profile;
  throw refusal(
    'unknown-profile',
    `there is no scan profile ${JSON.stringify(name.slice(0, SHOWN))}`,
    'See `tidemark profiles`.',
  );
}

/** Only one scan at a time from a vantage: two would disturb what the other sees. */
async function takeVantage({ store, exposure }: Config): Promise<() => Promise<void>> {
  await mkdir(store.dataDir, { recursive: true, mode: 0o700 });
  const release = await tryLock(join(store.dataDir, `vantage-${encodeURIComponent(exposure.vantage)}.lock`));
  if (release !== undefined) return release;
  throw refusal(
    'vantage-busy',
    `another scan runs from vantage ${exposure.vantage}`,
    'Wait until it has ended.',
  );
}

async function scanOnce(
  setting: ScanSetting,
  audit: AuditLog,
  ask: ScanAsk,
  order: NmapOrder,
  decision: Allowed,
  secrets: readonly ScriptSecret[],
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
      note: ask.note.slice(0, 1_000),
      until: formatInstant(decision.until),
      leftOut: decision.leftOut.toString().slice(0, 100_000),
      names: Object.fromEntries(decision.resolved),
      ...(secrets.length === 0 ? {} : { secrets: secrets.map(({ name }) => name) }),
    }),
  );
  try {
    await store.insert(authorisedScanTable, [encodeOwnScan(own, started)]);
    setting.onEvent?.({ kind: 'started', argv, until: decision.until });
    const scanned = await runNmap(
      order,
      {
        executable: config.exposure.nmap,
        path: setting.env['PATH'] ?? '',
        signal: setting.signal,
        milliseconds: (decision.until - started) / 1e3,
        stallAfter: setting.stallAfter ?? STALL_AFTER,
        secrets,
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
    // What went wrong first is what is told, also when the log cannot take it.
    await audit
      .append(about(`${ask.purpose}.ended`, { failed: (error as Error).message.slice(0, 1_000) }))
      .catch(() => undefined);
    throw error;
  }
}

async function ownScan(setting: ScanSetting, order: NmapOrder, decision: Allowed): Promise<OwnScan> {
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
