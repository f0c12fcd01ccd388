import { BENIGN_KINDS, benignTraffic } from '../estate/traffic/benign.ts';
import { DARK_NETWORKS, OUR_NETWORKS } from '../estate/traffic/made-up-network.ts';
import { mixed, SCAN_KINDS, scanTraffic } from '../estate/traffic/scans.ts';
import type { Traffic } from '../estate/traffic/traffic.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Instant } from '../time/instant.ts';
import type { Recording } from './recording.ts';
import type { HarmlessSource, LabelledScan } from './truth.ts';

/** How much traffic is made up. */
export interface MadeUpOptions {
  readonly seed: number;
  /** Hosts of each kind of traffic, roughly; at most 200. */
  readonly hosts: number;
  /** Days of the harmless kinds. */
  readonly days: number;
}

/** Hosts and days of the office that each scan is hidden in. */
const OFFICE = { hosts: 20, days: 2 } as const;
/** Seconds between the probes of slow scans: one an hour. */
const SLOW_INTERVAL = 3600;
/** A Monday, so that weeks begin with the work: 2026-03-02T00:00:00Z. */
const START = (Date.UTC(2026, 2, 2) * 1e3) as Instant;

/** How many recordings madeUpRecordings gives. */
export const MADE_UP_RECORDINGS = BENIGN_KINDS.length + SCAN_KINDS.length;

/**
 * Traffic of our own generator: every kind that looks odd and is no scan, by itself, and every kind of scan hidden
 * in office traffic. Its truth is whole: whoever was not planted is harmless.
 */
export function* madeUpRecordings(options: MadeUpOptions): Generator<Recording> {
  for (const kind of BENIGN_KINDS) {
    const { seed, hosts, days } = options;
    yield recordingOf(`made-up/${kind}`, benignTraffic(kind, { seed, start: START, days, hosts }), kind);
  }
  const scene = { seed: options.seed, start: START, ...OFFICE };
  const office = benignTraffic('office-day', scene);
  for (const kind of SCAN_KINDS) {
    const scan = scanTraffic(kind, { ...scene, interval: SLOW_INTERVAL });
    yield recordingOf(`made-up/scan-${kind}`, mixed(scan, office), kind);
  }
}

function recordingOf(name: string, traffic: Traffic, kind: string): Recording {
  const { scans, ledger } = traffic.truth;
  const labelled = scans.flatMap((scan) =>
    scan.sources.map((source): LabelledScan => {
      const { families, shapes, first, last } = scan;
      return { source, words: kind, families, shapes, start: first, end: last };
    }),
  );
  // A host that was entered is no longer harmless: what it does next is the intruder's.
  const known = new Set<IpAddress>([
    ...labelled.map((scan) => scan.source),
    ...scans.flatMap((scan) => scan.entered ?? []),
  ]);
  const harmless: HarmlessSource[] = [];
  for (const record of traffic.records) {
    if (record.kind !== 'flow' || known.has(record.source)) continue;
    known.add(record.source);
    harmless.push({ source: record.source, note: kind });
  }
  return {
    kind: 'read',
    dataSet: { name, files: [], part: 'made-up', scans: labelled, harmless },
    file: name,
    format: 'made-up',
    records: traffic.records,
    problems: 0,
    surroundings: { networks: OUR_NETWORKS, dark: DARK_NETWORKS, ledger },
  };
}
