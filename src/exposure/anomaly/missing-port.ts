import type { ScanWindow } from './scan-window.ts';

/** A port closes for good about once in 500 scans of it, until the network has shown otherwise. */
const CLOSES = 0.002;

/** δ: ports that close, per sighting; the group's rate, shrunk towards the network's by 1,000 sightings. */
export function closingRate(group: ScanWindow | undefined, network: ScanWindow): number {
  const base = (network.total('closed') + 1_000 * CLOSES) / (network.total('reseen') + 1_000);
  return ((group?.total('closed') ?? 0) + 1_000 * base) / ((group?.total('reseen') ?? 0) + 1_000);
}

/** p_open: how often scans see the port, shrunk towards its group's by 8 scans (formula 4). */
export function openRate(
  own: { readonly seen: number; readonly tries: number },
  peers: { readonly seen: number; readonly tries: number },
): number {
  // Two pseudo-scans for the group, so that a group of one does not bear witness for itself alone.
  const group = (peers.seen + 1.9) / (peers.tries + 2);
  return (own.seen + 8 * group) / (own.tries + 8);
}

/**
 * −ln of the probability that a port is not seen `run` times in a row (formula 4): it was closed for good, or
 * scans missed it each time. `loss` is the share of ports that this scan missed in the host's subnet: one
 * absence says little in a scan that lost many.
 */
export function missingPortSurprise(open: number, run: number, loss: number, closes: number): number {
  const missed = run === 1 ? Math.max(1 - open, loss) : (1 - open) ** run;
  return Math.max(0, -Math.log(closes + (1 - closes) * missed));
}

/** Absences after this one say nothing that the earlier ones did not. */
export const ABSENCES_TOLD = 3;

/**
 * Services through which a host is watched or backed up, by Nmap's names (nmap-services, nmap-service-probes) and
 * by the ports that agents register: that one falls silent is worth more than that any other does.
 */
const AGENT_SERVICES: ReadonlySet<string> = new Set([
  'zabbix-agent',
  'zabbix-trapper',
  'nrpe',
  'nsclient',
  'check_mk',
  'check-mk',
  'munin',
  'ossec',
  'wazuh',
  'splunkd',
  'veritas',
  'veritas_pbx',
  'veritas-pbx',
  'bacula-fd',
  'bpcd',
  'vnetd',
  'tsm',
]);
const AGENT_PORTS: ReadonlySet<string> = new Set([
  '1514/tcp',
  '1556/tcp',
  '4949/tcp',
  '5666/tcp',
  '5693/tcp',
  '6556/tcp',
  '8089/tcp',
  '9102/tcp',
  '10050/tcp',
  '12489/tcp',
  '13724/tcp',
  '13782/tcp',
  '52311/tcp',
]);

/** Whether a port belongs to an agent of monitoring, of detection or of backup. */
export function isAgent(port: string, service: string): boolean {
  return AGENT_SERVICES.has(service) || AGENT_PORTS.has(port);
}
