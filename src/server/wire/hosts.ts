import type { HostRow } from '../../api/hosts.ts';
import type { CurrentHost } from '../../assembly/stored-hosts.ts';
import { levelOf } from '../../findings/risk.ts';
import { formatInstant } from '../../time/instant.ts';

/** Open ports that a line of a list names. */
const NAMED_PORTS = 50;

/** One host as a line of a list. */
export function hostRow(host: CurrentHost): HostRow {
  return {
    address: host.address,
    names: [...host.names],
    vendor: host.vendor,
    os: host.os,
    firstSeen: formatInstant(host.firstSeen),
    lastSeen: formatInstant(host.lastSeen),
    scans: host.runs,
    lastScan: host.lastRun,
    openPorts: host.openPorts.slice(0, NAMED_PORTS),
    openPortCount: host.openPorts.length,
    risk: host.risk,
    riskLevel: levelOf(host.risk),
    worst: host.worst ?? null,
    openFindings: host.openFindings,
  };
}
