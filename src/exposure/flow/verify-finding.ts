import type { Finding } from '../../findings/finding.ts';
import { Fault } from '../../fault/fault.ts';
import { parsePortKey, type PortKey } from '../../net/port-key.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { all, type QueryRunner } from '../../sql/ports.ts';
import { sightingOf, viewHost } from '../model/coverage.ts';
import type { ScanRun } from '../model/scan-run.ts';
import { findingsByPrefix } from '../queries/findings.ts';
import type { VerificationOutcome } from '../queries/verifications.ts';

/** A stored finding and the run that it was made from. */
export interface StoredFinding {
  readonly finding: Finding;
  /** Identifier of the run. */
  readonly run: string;
}

/** A port of a host, and whether the finding's run saw it open. */
export interface PortInQuestion {
  readonly host: IpAddress;
  readonly key: PortKey;
  readonly wasOpen: boolean;
}

/** What one look says of one port. */
type Look = 'open' | 'closed' | 'no-answer';

/** The newest finding whose identifier begins with a text. Throws a Fault `finding/…` when none or several do. */
export async function findStoredFinding(store: QueryRunner, reference: string): Promise<StoredFinding> {
  const found = /^[0-9a-f]{1,16}$/.test(reference)
    ? await all(store, findingsByPrefix, { prefix: reference })
    : [];
  const [first, second] = found;
  if (first === undefined) {
    throw new Fault(
      'finding/unknown',
      `there is no finding ${reference.slice(0, 20)} about exposure`,
      'Identifiers are in `tidemark assess --json`.',
    );
  }
  if (second !== undefined) {
    throw new Fault(
      'finding/ambiguous',
      `${reference} is the beginning of several findings: ${found.map(({ finding }) => finding.id).join(', ')}`,
      'Give more of the identifier.',
    );
  }
  return first;
}

/** The ports that a finding is about, with what its run saw there; empty when it is about no port. */
export function portsInQuestion({ finding }: StoredFinding, run: ScanRun): readonly PortInQuestion[] {
  const { host, hosts, port } = finding.subject;
  const about = hosts ?? (host === undefined ? [] : [host]);
  // What is said once for several ports names them in its evidence.
  const named = finding.observations.flatMap(({ evidence }) =>
    evidence.flatMap((one) =>
      one.kind === 'scan' && one.port !== undefined && one.host !== undefined
        ? [{ host: one.host, key: one.port }]
        : [],
    ),
  );
  const asked = port === undefined ? named : about.map((address) => ({ host: address, key: port }));
  const unique = new Map(asked.map((one) => [`${one.host} ${one.key}`, one]));
  return [...unique.values()].map((one) => ({ ...one, wasOpen: lookAt(run, one.host, one.key) === 'open' }));
}

/** What a run says of a port: `closed` only where the host itself said so. */
function lookAt(run: ScanRun, address: IpAddress, key: PortKey): Look {
  const host = run.hosts.find((one) => one.address === address);
  const parsed = parsePortKey(key);
  if (host === undefined || parsed === undefined || host.status.state === 'down') return 'no-answer';
  const sighting = sightingOf(viewHost(run.info, host), parsed.portid, parsed.protocol);
  const state =
    sighting.kind === 'seen' ? sighting.port.state : sighting.kind === 'folded' ? sighting.state : undefined;
  if (state === 'open') return 'open';
  return state === 'closed' ? 'closed' : 'no-answer';
}

/** What the tries come to, and in words. Of several ports one that is confirmed confirms, and all must be cleared to clear. */
export function judgeTries(
  ports: readonly PortInQuestion[],
  tries: readonly (readonly ScanRun[])[],
): { readonly outcome: VerificationOutcome; readonly told: string } {
  const verdicts = ports.map(({ host, key, wasOpen }) => {
    // A try may be several runs, of which one looked at this port.
    const looks = tries.map(
      (runs) => runs.map((run) => lookAt(run, host, key)).find((look) => look !== 'no-answer') ?? 'no-answer',
    );
    const [same, other]: readonly [Look, Look] = wasOpen ? ['open', 'closed'] : ['closed', 'open'];
    const outcome: VerificationOutcome = looks.every((look) => look === same)
      ? 'confirmed'
      : looks.every((look) => look === other)
        ? 'cleared'
        : 'cannot-tell';
    const count = (look: Look): string =>
      `${looks.filter((one) => one === look).length} of ${tries.length} tries`;
    const told = {
      confirmed: `still ${same} on ${count(same)}`,
      cleared: `${other} on ${count(other)}`,
      'cannot-tell': `cannot tell: ${looks.map((look) => (look === 'no-answer' ? 'no answer' : look)).join(', then ')}`,
    }[outcome];
    return { outcome, told: `${host} ${key} ${told}` };
  });
  const outcome = verdicts.some((one) => one.outcome === 'confirmed')
    ? 'confirmed'
    : verdicts.every((one) => one.outcome === 'cleared')
      ? 'cleared'
      : 'cannot-tell';
  const shown = verdicts.slice(0, SHOWN).map(({ told }) => told);
  if (verdicts.length > SHOWN) shown.push(`and ${verdicts.length - SHOWN} more ports`);
  return { outcome, told: shown.join('; ') };
}

/** Ports that are told one by one. */
const SHOWN = 20;
