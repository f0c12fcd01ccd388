import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import type { Config } from '../config/config.ts';
import { ownScansSince, type OwnScan } from '../exposure/queries/authorised-scans.ts';
import { exposedEndpoints } from '../exposure/flow/exposed-endpoints.ts';
import { profileNamed } from '../exposure/flow/run-nmap.ts';
import { Fault, type Problem } from '../fault/fault.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { PortSet } from '../net/port-set.ts';
import { parsePrefix, type Prefix } from '../net/prefix.ts';
import { readAsnTable } from '../recon/model/asn-table.ts';
import { serviceKey } from '../recon/model/contact.ts';
import type { ExposedTarget } from '../recon/model/episode.ts';
import { ICMP, ICMP6, NO_PORT, SCTP, TCP, UDP } from '../recon/model/ip-protocol.ts';
import { parseLedger } from '../recon/model/ledger.ts';
import type { ReconConfig } from '../recon/config.ts';
import type { AuthorisedScan, Site } from '../recon/model/site.ts';
import { expectedContacts, roleDecisions } from '../recon/queries/decisions.ts';
import { all, type QueryRunner } from '../sql/ports.ts';
import { formatColumnTime, type Instant } from '../time/instant.ts';

/** What is known of the network, and what was wrong with the files that say it. */
export interface ReadSite {
  readonly site: Site;
  readonly problems: readonly Problem[];
}

const HOUR = 3600e6;

/**
 * The site as the configuration has it, without what is known only here: our own scans, approvals, the ledger, the
 * table of autonomous systems.
 */
export function configuredSite({ networks, dark, detection, roles }: ReconConfig): Site {
  const { thetaBenign, thetaScan, alpha, quietHours } = detection;
  return {
    networks: networks.map(block),
    dark: dark.map(block),
    test: { thetaBenign, thetaScan, alpha },
    quiet: quietHours * HOUR,
    roles: longestFirst(
      roles.map(({ network, role, why }) => ({
        prefix: block(network),
        role: { role, how: 'configured', why },
      })),
    ),
    expected: [],
    ledger: [],
    exposed: new Map(),
    asOf: () => undefined,
  };
}

/** The longest prefix decides; of two of one length the one that stands first. */
function longestFirst(roles: Site['roles']): Site['roles'] {
  return roles.toSorted((a, b) => b.prefix.length - a.prefix.length);
}

/**
 * What is known of our network: the configuration, what people approved, the ledger of authorised scans and the table
 * of autonomous systems. Throws a Fault `ledger/…`, `recon/asn-unreadable` or `store/…`.
 */
export async function readSite(store: QueryRunner, config: Config, now: Instant): Promise<ReadSite> {
  const { recon } = config;
  const configured = configuredSite(recon);
  const decisions = (await all(store, roleDecisions, {})).filter(
    ({ until }) => until === undefined || until > now,
  );
  const expected = (await all(store, expectedContacts, {})).filter(
    ({ until }) => until === undefined || until > now,
  );
  // A refusal stands as a role too: what was refused is not learned again.
  const roles = longestFirst([
    ...decisions.map(({ prefix, role, why, by }) => ({
      prefix: block(prefix),
      role: {
        role: role ?? ('unknown' as const),
        how: 'approved' as const,
        why: `${role === undefined ? 'refused' : 'approved'} by ${by}: ${why}`,
      },
    })),
    ...configured.roles,
  ]);
  const ledger: AuthorisedScan[] = (
    await all(store, ownScansSince, { since: formatColumnTime(0 as Instant) })
  ).map(authorisedScanOf);
  for (const file of recon.ledger) ledger.push(...parseLedger(parse(await readText(file, 'ledger')), file));
  const asn = recon.asn === undefined ? undefined : readAsnTable(await readText(recon.asn, 'asn'), recon.asn);
  return {
    problems: asn?.problems ?? [],
    site: {
      ...configured,
      roles,
      expected: expected.map(({ sources, role, targets, port, protocol, why }) => ({
        sources: sources.map(block),
        role,
        targets: targets.map(block),
        port,
        protocol,
        why,
      })),
      ledger,
      asOf: (address) => asn?.table.asOf(address),
    },
  };
}

/** TCP ports that Nmap's host discovery touches besides ICMP (reference guide of 7.9x, "Host Discovery"). */
const DISCOVERY_PORTS = PortSet.of([80, 443]);
/** Where Nmap's OS detection looks for a closed port when the scan found none (osscan2.cc of 7.93: 30000 + random % 14781). */
const SYSTEM_PORTS = PortSet.fromRanges([[30_000, 44_780]]);
/** NetBIOS names: nbstat is a default, safe script that asks a host whatever was scanned (nbstat.nse of 7.93). */
const SCRIPT_PORTS = PortSet.of([137]);
/** Clocks of sensors and scanners differ, and packets are answered late. */
const SLACK = 5e6;

/**
 * A scan that we made ourselves as an entry of the ledger: its source, its targets, the ports that it asked and those of
 * host discovery, its times. Whatever else the same machine sends is not authorised by it.
 */
export function authorisedScanOf(scan: OwnScan): AuthorisedScan {
  const asked = PortSet.parse(scan.ports) ?? PortSet.empty;
  const profile = profileNamed(scan.profile);
  const system = profile?.options.includes('-O') === true ? SYSTEM_PORTS : PortSet.empty;
  const scripts = profile?.scripts === undefined ? PortSet.empty : SCRIPT_PORTS;
  const tcp = (scan.protocol === 'tcp' ? asked.union(DISCOVERY_PORTS) : DISCOVERY_PORTS).union(system);
  const udp = (scan.protocol === 'udp' ? asked : PortSet.empty).union(system).union(scripts);
  return {
    id: `scan ${scan.id.slice(0, 8)}`,
    owner: scan.owner,
    ticket: scan.ticket,
    sources: [block(scan.source)],
    targets: scan.targets.map(block),
    ports: new Map([
      [TCP, tcp.ranges()],
      ...(udp.size > 0 ? ([[UDP, udp.ranges()]] as const) : []),
      [ICMP, EVERYTHING],
      [ICMP6, EVERYTHING],
    ]),
    windows: [{ from: (scan.from - SLACK) as Instant, to: (scan.to + SLACK) as Instant }],
    ratePerSecond: undefined,
  };
}

const EVERYTHING = [[0, 65_535]] as const;

/** The block of a text that was checked when it came in. */
function block(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new TypeError(`${JSON.stringify(text)} is no address block`);
  return prefix;
}

async function readText(file: string, what: 'ledger' | 'asn'): Promise<string> {
  try {
    const bytes = await readFile(file);
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (cause) {
    throw new Fault(
      `recon/${what}-unreadable`,
      (cause as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'there is no such file'
        : `the file cannot be read: ${(cause as Error).message}`,
      `Correct recon.${what} in tidemark.yaml, or put the file there.`,
      { file },
      { cause },
    );
  }
}

const PROTOCOLS = { tcp: TCP, udp: UDP, sctp: SCTP, ip: NO_PORT } as const;

/** What our own scans know of these destinations, by serviceKey: where the two halves meet. Throws a Fault `store/…`. */
export async function exposedTargets(
  store: QueryRunner,
  destinations: readonly IpAddress[],
): Promise<ReadonlyMap<string, ExposedTarget>> {
  const targets = new Map<string, ExposedTarget>();
  for (const endpoint of await exposedEndpoints(store, destinations)) {
    const target: ExposedTarget = {
      destination: endpoint.address,
      port: endpoint.portid,
      protocol: PROTOCOLS[endpoint.protocol],
      service: endpoint.service,
      openSince: endpoint.openSince,
      newSinceBaseline: endpoint.newSinceBaseline,
      severity: endpoint.severity,
      scan: endpoint.run,
      ...(endpoint.closedUntil === undefined ? {} : { closedUntil: endpoint.closedUntil }),
    };
    targets.set(serviceKey(target.destination, target.port, target.protocol), target);
  }
  return targets;
}
