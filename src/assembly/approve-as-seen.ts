import type { Approval } from '../exposure/flow/baselines.ts';
import type { Baseline } from '../exposure/model/baseline.ts';
import type { Change } from '../exposure/model/change.ts';
import type { StoredRun } from '../exposure/queries/runs.ts';
import { Fault } from '../fault/fault.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { PortKey } from '../net/port-key.ts';

/** What is to be expected as a scan saw it: a port of a host, or everything in which the host departs. */
export interface ApprovalTarget {
  readonly host: IpAddress;
  readonly port?: PortKey;
}

/**
 * What has to be approved so that the targets are expected as a scan saw them.
 * @param changes everything in which the scan departs from the baseline in force.
 * @param hosts of that baseline.
 */
export function approvalsAsSeen(
  targets: readonly ApprovalTarget[],
  scan: StoredRun,
  changes: readonly Change[],
  hosts: Baseline['hosts'],
): readonly Approval[] {
  const habits = habitsOf(hosts);
  return targets.flatMap((target) =>
    approvalsFor(
      target,
      target.port === undefined ? changes.filter((change) => !habits(change)) : changes,
      scan,
    ),
  );
}

/**
 * What is no departure: a port that is known to come and go is away. Whoever approves a host as it is must
 * not turn that habit into the expectation that the port stays closed; naming the port does.
 */
function habitsOf(hosts: Baseline['hosts']): (change: Change) => boolean {
  return (change) =>
    (change.kind === 'port-closed' ||
      change.kind === 'port-filtered' ||
      change.kind === 'port-state-changed') &&
    hosts.get(change.host)?.ports.get(change.port)?.flapping === true;
}

/** Kinds on which a baseline holds no expectation; they go with the host or port that they belong to. */
const WITHOUT_EXPECTATION: ReadonlySet<Change['kind']> = new Set([
  'addresses-changed',
  'extraports-changed',
  'script-changed',
  'coverage-changed',
]);

/** What departs from the baseline at the target, taken as it is now; a port that does not depart is expected open. */
function approvalsFor(
  target: ApprovalTarget,
  changes: readonly Change[],
  scan: StoredRun,
): readonly Approval[] {
  const matching = changes.filter(
    (change) =>
      !WITHOUT_EXPECTATION.has(change.kind) &&
      'host' in change &&
      change.host === target.host &&
      touches(change, target.port),
  );
  if (matching.length > 0) return matching.map((change) => ({ what: 'change', change }));
  if (target.port !== undefined) return [{ what: 'port', host: target.host, port: target.port }];
  throw new Fault(
    'baseline/nothing-to-approve',
    `${target.host} does not depart from the baseline in the scan ${scan.info.id}`,
    'Name the ports with --port, or another scan with --scan.',
  );
}

function touches(change: Change, port: PortKey | undefined): boolean {
  if (port === undefined) return true;
  if (change.kind === 'service-moved') return change.from === port || change.to === port;
  return 'port' in change && change.port === port;
}
