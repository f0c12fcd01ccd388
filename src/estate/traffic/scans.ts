import { serviceKey } from '../../recon/model/contact.ts';
import { ENUMERATION_SCANS } from './enumeration-scans.ts';
import { EVASIVE_SCANS } from './evasive-scans.ts';
import { PROBE_SCANS } from './probe-scans.ts';
import { after, HOUR, SECOND } from './rhythm.ts';
import type { Claim, Probed, ScanWriter } from './scan-stage.ts';
import { sceneOf, type PlantedScan, type Traffic, type TrafficOptions } from './traffic.ts';

/** Kinds of scans that are made. The place in the list seeds their chance: add at the end. */
export const SCAN_KINDS = [
  'vertical-syn',
  'vertical-connect',
  'full-range',
  'horizontal-syn',
  'horizontal-ipv6',
  'block',
  'strobe',
  'fin',
  'null',
  'xmas',
  'ack',
  'udp',
  'icmp-sweep',
  'arp-sweep',
  'slow-vertical',
  'slow-horizontal',
  'decoys',
  'fragmented',
  'distributed',
  'distributed-thin',
  'service-enumeration',
  'request-enumeration',
  'one-client-many-servers',
  'internal-discovery',
  'interleaved',
  'transition',
] as const;

/** See SCAN_KINDS. */
export type ScanKind = (typeof SCAN_KINDS)[number];

const WRITERS: Readonly<Record<ScanKind, ScanWriter>> = {
  ...PROBE_SCANS,
  ...EVASIVE_SCANS,
  ...ENUMERATION_SCANS,
};

/** Options of a scan. */
export interface ScanOptions extends TrafficOptions {
  /** Seconds between two probes of the slow kinds; the others have their tool's pace. */
  readonly interval: number;
}

/** A scan of a kind, alone: mix it with benign traffic (`mixed`) to hide it. Begins at 10:00 of the first day. */
export function scanTraffic(kind: ScanKind, options: ScanOptions): Traffic {
  const scene = sceneOf(options, 1000 + SCAN_KINDS.indexOf(kind));
  const probes: Probed[] = [];
  const claim = WRITERS[kind]({
    ...scene,
    interval: options.interval * SECOND,
    begin: after(options.start, 10 * HOUR),
    probes,
  });
  return { records: scene.tape.records, truth: { scans: [planted(claim, probes)], ledger: [] } };
}

/** Several traffics as one sensor sees them. */
export function mixed(...traffics: readonly Traffic[]): Traffic {
  return {
    records: traffics.flatMap(({ records }) => records).toSorted((a, b) => a.time - b.time),
    truth: {
      scans: traffics.flatMap(({ truth }) => truth.scans),
      ledger: traffics.flatMap(({ truth }) => truth.ledger),
    },
  };
}

function planted(claim: Claim, probes: readonly Probed[]): PlantedScan {
  const times = probes.map(({ time }) => time);
  const first = times.reduce((a, b) => (b < a ? b : a));
  const last = times.reduce((a, b) => (b > a ? b : a));
  return {
    sources: [...new Set(probes.map(({ source }) => source))].toSorted(),
    trueSource: claim.trueSource,
    families: claim.families,
    shapes: claim.shapes,
    first,
    last,
    destinations: new Set(probes.map(({ destination }) => destination)).size,
    contacts: new Set(probes.map((one) => serviceKey(one.destination, one.destinationPort, one.protocol)))
      .size,
    entered: claim.entered,
  };
}
