import { setTimeout as sleep } from 'node:timers/promises';
import { AuditLog } from '../audit/audit-log.ts';
import type { Actor } from '../audit/record.ts';
import { findRun, loadRun } from '../exposure/flow/stored-scans.ts';
import {
  findStoredFinding,
  judgeTries,
  portsInQuestion,
  type PortInQuestion,
  type StoredFinding,
} from '../exposure/flow/verify-finding.ts';
import type { ScannedRun } from '../exposure/flow/run-nmap.ts';
import {
  encodeVerification,
  findingVerification,
  type Verification,
} from '../exposure/queries/verifications.ts';
import { Fault } from '../fault/fault.ts';
import { parsePortKey } from '../net/port-key.ts';
import { PortSet } from '../net/port-set.ts';
import { scanAuthorised } from './authorised-scan.ts';
import { recordRefusal } from './refused-targets.ts';
import type { ScanSetting } from './scan-ask.ts';
import { refusal, ruleOf } from './refusal.ts';
import { rawRight } from './scan-privileges.ts';

/** What somebody asks to be verified. */
export interface VerifyAsk {
  /** Identifier of the finding or its beginning. */
  readonly finding: string;
  readonly note: string;
  readonly actor: Actor;
  /** Seconds between the tries; what the configuration says when left out. */
  readonly pauseSeconds?: number;
}

const TRIES = 2;
/** Hosts that one verification looks at: it is a look at a finding, not a scan. */
const MOST_HOSTS = 256;

/**
 * Looks again at exactly the ports that a finding is about, twice with a pause, as the finding's own run did: from the same
 * vantage, with the same privileges. What comes of it is kept on the finding. It is allowed, refused and written down as
 * every scan is, as profile `exposure` or `udp`. Throws a Fault `finding/…` or `scan/…`.
 */
export async function verifyFinding(
  setting: ScanSetting,
  ask: VerifyAsk,
): Promise<{ readonly stored: StoredFinding; readonly verification: Verification }> {
  const { store, config, clock } = setting;
  const stored = await findStoredFinding(store, ask.finding);
  const ports = await prepare(setting, ask, stored);
  const tries: (readonly ScannedRun[])[] = [];
  for (let at = 0; at < TRIES; at += 1) {
    if (at > 0) {
      const seconds = ask.pauseSeconds ?? config.exposure.verifyPauseSeconds;
      await sleep(seconds * 1e3, undefined, { signal: setting.signal }).catch(() => undefined);
    }
    if (setting.signal.aborted) throw interrupted();
    const made = await tryOnce(setting, ask, stored, ports);
    if (made.at(-1)?.end.stopped !== undefined) throw interrupted();
    tries.push(made);
  }
  const verification: Verification = {
    finding: stored.finding.id,
    at: clock(),
    ...judgeTries(
      ports,
      await Promise.all(tries.map((made) => Promise.all(made.map(({ run }) => loadRun(store, run))))),
    ),
    runs: tries.flat().map(({ run }) => run.info.id),
    by: ask.actor.user,
  };
  await store.insert(findingVerification, [encodeVerification(verification)]);
  return { stored, verification };
}

function interrupted(): Fault {
  return new Fault(
    'scan/interrupted',
    'the verification was ended early, so it says nothing',
    'Run it again.',
  );
}

/** The ports of a finding that can be verified from here; a refusal is written to the audit log. */
async function prepare(
  setting: ScanSetting,
  ask: VerifyAsk,
  stored: StoredFinding,
): Promise<readonly PortInQuestion[]> {
  try {
    return await check(setting, stored);
  } catch (error) {
    const rule = ruleOf(error);
    if (rule === undefined) throw error;
    const audit = new AuditLog(setting.config.audit.file, setting.clock);
    const about = { ...ask, purpose: 'verify' as const, targets: [stored.finding.id], profiles: [] };
    await recordRefusal(audit, about, 'verify', [
      { target: stored.finding.id, rule, why: (error as Fault).message },
    ]);
    throw error;
  }
}

async function check(
  { store, config, env }: ScanSetting,
  stored: StoredFinding,
): Promise<readonly PortInQuestion[]> {
  const run = await findRun(store, stored.run);
  const { vantage, privileges } = run.info;
  const { exposure } = config;
  if (vantage !== exposure.vantage) {
    throw refusal(
      'vantage',
      `the finding was made from vantage ${vantage}, and this is ${exposure.vantage}: what is open from there need not be open from here`,
      `Verify it from ${vantage}.`,
    );
  }
  const right = await rawRight(exposure.nmap, env['PATH'] ?? '');
  if (privileges === 'unknown' || (privileges === 'raw' && right === undefined)) {
    throw refusal(
      'privileges',
      privileges === 'raw'
        ? 'the finding was made with raw packets, which this user may not send'
        : 'it is not known whether the scan of the finding used raw packets',
      'Verify it as the user who scanned, or scan again and verify the new finding.',
    );
  }
  const ports = portsInQuestion(stored, await loadRun(store, run));
  if (ports.length === 0)
    throw refusal('finding', 'the finding is about no port', 'Scan the host again instead.');
  if (ports.some(({ key }) => parsePortKey(key)?.protocol !== 'tcp' && parsePortKey(key)?.protocol !== 'udp'))
    throw refusal('finding', 'only TCP and UDP ports can be verified', 'Scan the host again instead.');
  if (new Set(ports.map(({ host }) => host)).size > MOST_HOSTS)
    throw refusal(
      'finding',
      `the finding is about more than ${MOST_HOSTS} hosts`,
      'Scan the network again instead.',
    );
  return ports;
}

/** One scan for each protocol, and for each set of hosts that have the same ports in question. */
async function tryOnce(
  setting: ScanSetting,
  ask: VerifyAsk,
  stored: StoredFinding,
  ports: readonly PortInQuestion[],
): Promise<readonly ScannedRun[]> {
  const { privileges } = (await findRun(setting.store, stored.run)).info;
  const groups = new Map<string, { protocol: string; ports: PortSet; targets: string[] }>();
  for (const host of new Set(ports.map((one) => one.host))) {
    for (const protocol of ['tcp', 'udp']) {
      const keys = ports
        .filter((one) => one.host === host && one.key.endsWith(`/${protocol}`))
        .map(({ key }) => parsePortKey(key)!.portid);
      if (keys.length === 0) continue;
      const set = PortSet.of(keys);
      const key = `${protocol} ${set.toString()}`;
      const group = groups.get(key) ?? { protocol, ports: set, targets: [] };
      group.targets.push(host);
      groups.set(key, group);
    }
  }
  const made: ScannedRun[] = [];
  for (const group of groups.values()) {
    const scanned = await scanAuthorised(setting, {
      targets: group.targets,
      profiles: [group.protocol === 'udp' ? 'udp' : 'exposure'],
      ports: group.ports,
      raw: privileges === 'raw',
      note: [`finding ${stored.finding.id}`, ask.note].filter(Boolean).join(': '),
      actor: ask.actor,
      purpose: 'verify',
    });
    made.push(...scanned);
    if (scanned.at(-1)?.end.stopped !== undefined) break;
  }
  return made;
}
