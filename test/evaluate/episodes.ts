import { FULL_CONFIDENCE } from '../../src/findings/confidence.ts';
import type { Detect } from '../../src/evaluate/detector.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import type { Episode } from '../../src/recon/model/episode.ts';
import type { Flow } from '../../src/recon/model/telemetry-record.ts';
import type { Instant } from '../../src/time/instant.ts';

/** An episode of one source; what a test cares about goes into `change`. */
export function episodeOf(source: string, change: Partial<Episode> = {}): Episode {
  return {
    id: '0123456789abcdef',
    sources: [source as IpAddress],
    joinedBy: undefined,
    trueSource: undefined,
    internal: false,
    first: 0 as Instant,
    last: 60e6 as Instant,
    alarm: 3e6 as Instant,
    shape: 'vertical',
    techniques: ['tcp-syn'],
    families: [{ family: 'fast-fan-out', text: 'many ports in a short time' }],
    depth: 'touched',
    likelihood: {
      score: 9.68,
      threshold: 9.21,
      terms: [{ term: 'refused', contacts: 4, weight: 2.42, total: 9.68 }],
      contactsToAlarm: 4,
    },
    targets: { hosts: 1, ports: 40, contacts: 40, networks: [], topPorts: [], portRanges: '1-40' },
    outcomes: {},
    openPorts: [],
    openPortsLeftOut: 0,
    pace: { perSecond: 1, medianGapSeconds: 1 },
    order: '',
    traits: [],
    tools: [],
    sending: [],
    role: undefined,
    process: undefined,
    authorised: undefined,
    transition: [],
    exposed: [],
    unusual: [],
    severity: 'low',
    score: 20,
    confidence: FULL_CONFIDENCE,
    noise: false,
    points: [],
    records: [],
    ...change,
  };
}

/** A detection that calls a source a scanner at its fourth refused flow: Wald's bound, and nothing else. */
export const fourRefusals: Detect = (records) => {
  const refused = new Map<IpAddress, Flow[]>();
  for (const record of records) {
    if (record.kind !== 'flow' || record.outcome !== 'refused') continue;
    refused.set(record.source, [...(refused.get(record.source) ?? []), record]);
  }
  const episodes = [...refused].flatMap(([source, flows]) => {
    const fourth = flows[3];
    const first = flows[0];
    const last = flows.at(-1);
    if (first === undefined || fourth === undefined || last === undefined) return [];
    return [episodeOf(source, { first: first.time, alarm: fourth.time, last: last.time })];
  });
  return Promise.resolve(episodes);
};
