import { formatIpv4, type IpAddress } from '../net/ip-address.ts';
import { TCP } from '../recon/model/ip-protocol.ts';
import type { Flow } from '../recon/model/telemetry-record.ts';
import type { Instant } from '../time/instant.ts';

/** How the targets of a made-up scan lie. */
export const SCAN_SHAPES = ['vertical', 'horizontal', 'block'] as const;

/** See SCAN_SHAPES. */
export type ScanShape = (typeof SCAN_SHAPES)[number];

/** Who scans in made-up scans: a documentation address (RFC 5737). */
export const SCANNER = '198.51.100.7' as IpAddress;

/** Targets of each shape: 1,000 ports of one host, one port (445) of 1,000 hosts, 6 ports of 50 hosts. */
export const SCAN_TARGETS: Readonly<Record<ScanShape, number>> = {
  vertical: 1000,
  horizontal: 1000,
  block: 300,
};

/** The block scan's ports: what is looked for on Windows and Unix hosts. */
const BLOCK_PORTS = [22, 23, 80, 443, 445, 3389] as const;

/** 10.0.0.0 as a number: the made-up targets follow it. */
const FIRST_TARGET = 10 * 2 ** 24;

/** When a made-up scan begins: 2026-01-01T00:00:00Z, the start of every bin of the clock. */
const START = Date.UTC(2026, 0, 1) * 1e3;

/**
 * A TCP SYN scan of closed targets with one probe every `interval` seconds, none twice, until all are probed or `seconds`
 * have passed. A block scan goes host by host.
 */
export function* constantScan(shape: ScanShape, interval: number, seconds = Infinity): Generator<Flow> {
  for (let probe = 0; probe < SCAN_TARGETS[shape] && probe * interval < seconds; probe += 1) {
    const [host, port] = targetOf(shape, probe);
    yield closedProbe(
      SCANNER,
      formatIpv4(FIRST_TARGET + host),
      port,
      (START + probe * interval * 1e6) as Instant,
    );
  }
}

function targetOf(shape: ScanShape, probe: number): readonly [host: number, port: number] {
  switch (shape) {
    case 'vertical':
      return [1, probe + 1];
    case 'horizontal':
      return [probe + 1, 445];
    case 'block':
      return [
        Math.floor(probe / BLOCK_PORTS.length) + 1,
        BLOCK_PORTS[probe % BLOCK_PORTS.length] ?? BLOCK_PORTS[0],
      ];
    default:
      return shape satisfies never;
  }
}

/** One SYN and the RST that answers it, as Zeek would log it. */
export function closedProbe(source: IpAddress, destination: IpAddress, port: number, time: Instant): Flow {
  return {
    kind: 'flow',
    time,
    duration: 0,
    source,
    sourcePort: 40_000,
    destination,
    destinationPort: port,
    protocol: TCP,
    outcome: 'refused',
    state: 'REJ',
    history: 'Sr',
    service: '',
    sourcePackets: 1,
    destinationPackets: 1,
    sourceBytes: 0,
    destinationBytes: 0,
    sourceFlags: 2,
    sampling: 1,
    uid: '',
  };
}
