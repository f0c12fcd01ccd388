import * as fc from 'fast-check';
import type { IpAddress } from '../../src/net/ip-address.ts';
import type { OpeningPacket } from '../../src/packet/tracked-flow.ts';
import { OUTCOMES } from '../../src/recon/model/outcome.ts';
import type { LineReader, RecordSink } from '../../src/recon/model/reader.ts';
import type {
  AppEvent,
  Flow,
  IdsAlert,
  ProcessEvent,
  TelemetryRecord,
} from '../../src/recon/model/telemetry-record.ts';
import type { Instant } from '../../src/time/instant.ts';

/** When the generated records begin: 2026-11-20T00:00:00Z. */
export const BEGIN = 1_795_132_800_000_000 as Instant;

/** Every address that occurs. */
export const ADDRESSES: readonly IpAddress[] = [
  '10.0.0.1',
  '10.0.0.2',
  '10.0.0.10',
  '10.0.1.9',
  '192.0.2.7',
  '192.0.2.77',
  '198.51.100.1',
  '2001:db8::1',
  '2001:db8::a:2',
  '2001:db8:0:1::9',
  'fe80::1',
  '::1',
] as IpAddress[];
const PORTS = [0, 22, 53, 80, 443, 445, 2048, 65_535];

const address = fc.constantFrom(...ADDRESSES);
const small = fc.constantFrom('', 'a', 'b', 'ä', "it's\n\\", '\u{1F600}');
/** Moments that often coincide, and sometimes lie days apart. */
const time = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 }))
  .map(([days, seconds, micros]) => (BEGIN + days * 86_400e6 + seconds * 500_000 + micros) as Instant);

const endpoints = {
  time,
  source: address,
  sourcePort: fc.constantFrom(40_000, 40_001),
  destination: address,
  destinationPort: fc.constantFrom(...PORTS),
  protocol: fc.constantFrom(1, 6, 17, 58, 0x0806),
};
const size = fc.constantFrom(0, 1, 40, 5_000_000_000);

const syn: fc.Arbitrary<OpeningPacket> = fc.record({
  ttl: fc.constantFrom(0, 64, 255),
  window: fc.constantFrom(0, 1024, 65_535),
  ipId: fc.constantFrom(0, 54_321),
  sequence: fc.constantFrom(0, 4_294_967_295),
  acknowledgement: fc.constantFrom(0, 1),
  flags: fc.constantFrom(0, 2, 194),
  options: fc.constantFrom('', 'M1460', 'M1460,S,T,N,W7', '!'),
  quirks: fc.constantFrom('', 'df,id+', 'df'),
  ipOptions: fc.constantFrom(0, 40),
  payload: fc.constantFrom(0, 70_000),
  df: fc.boolean(),
  size: fc.constantFrom(40, 70_040),
  fragments: fc.constantFrom(1, 3),
  tinyFragments: fc.boolean(),
});

const flow: fc.Arbitrary<Flow> = fc
  .record({
    kind: fc.constant('flow' as const),
    ...endpoints,
    duration: size,
    outcome: fc.constantFrom(...OUTCOMES),
    state: fc.constantFrom('SF', 'S0'),
    history: fc.constantFrom('', 'ShADadFf'),
    service: fc.constantFrom('', 'http', 'ssh'),
    sourcePackets: size,
    destinationPackets: size,
    sourceBytes: size,
    destinationBytes: size,
    sourceFlags: fc.constantFrom(0, 2, 27),
    sampling: fc.constantFrom(1, 100),
    uid: fc.constantFrom('', 'C1', 'C2'),
  })
  .chain((record) =>
    fc
      .option(syn, { nil: undefined })
      .map((facts) => (facts === undefined ? record : { ...record, syn: facts })),
  );

const app: fc.Arbitrary<AppEvent> = fc.record({
  kind: fc.constant('app' as const),
  ...endpoints,
  service: fc.constantFrom('http', 'tls', 'dns', 'smb'),
  action: fc.constantFrom('', 'GET', 'POST'),
  name: small,
  target: fc.oneof(
    small,
    fc.integer({ min: 0, max: 60 }).map((n) => `/${n}`),
  ),
  agent: small,
  status: fc.constantFrom('', '200', '404', 'NOERROR', 'NXDOMAIN', '5000\n'),
  accepted: fc.constantFrom(true, false, undefined),
  ja3: small,
  ja4: fc.constantFrom('', 't13a', 't13b', 't13c', 't13d', 't13e', 't13f'),
  hassh: small,
  uid: fc.constantFrom('', 'C1'),
});

const alert: fc.Arbitrary<IdsAlert> = fc.record({
  kind: fc.constant('alert' as const),
  ...endpoints,
  provider: fc.constantFrom('suricata' as const, 'zeek-notice' as const),
  signature: fc.constantFrom('Scan::Port_Scan', 'ET SCAN x', "it's"),
  signatureId: fc.constantFrom(0, 2_001_219, 3_000_000_000),
  category: small,
  severity: fc.constantFrom(0, 1, 2, 3),
  uid: fc.constantFrom('', 'C1'),
});

const processEvent: fc.Arbitrary<ProcessEvent> = fc.record({
  kind: fc.constant('process' as const),
  ...endpoints,
  action: fc.constantFrom('connect' as const, 'start' as const),
  host: fc.constantFrom('pc1', 'pc2'),
  executable: fc.constantFrom('/usr/bin/nmap', 'C:\\x.exe'),
  commandLine: small,
  pid: fc.constantFrom(0, 77),
  user: fc.constantFrom('', 'root'),
  parent: small,
});

/** Records of every kind, few enough different ones that they meet. */
export const anyRecord: fc.Arbitrary<TelemetryRecord> = fc
  .oneof(
    { arbitrary: flow, weight: 6 },
    { arbitrary: app, weight: 2 },
    { arbitrary: alert, weight: 1 },
    { arbitrary: processEvent, weight: 1 },
  )
  .map((record) =>
    record.kind === 'process' && record.action === 'start'
      ? {
          ...record,
          source: '::' as IpAddress,
          destination: '::' as IpAddress,
          sourcePort: 0,
          destinationPort: 0,
        }
      : record,
  );

/** Several sources that try ports of a few hosts at about the same time, some in turn and some together. */
export const anyScan: fc.Arbitrary<readonly Flow[]> = fc
  .record({
    sources: fc.uniqueArray(address, { minLength: 1, maxLength: 6 }),
    hosts: fc.uniqueArray(address, { minLength: 1, maxLength: 6 }),
    ports: fc.uniqueArray(fc.constantFrom(...PORTS), { minLength: 1, maxLength: 6 }),
    together: fc.boolean(),
    gap: fc.constantFrom(1000, 300_000, 700_000, 90_000_000),
    outcome: fc.constantFrom('refused' as const, 'silent' as const, 'half-open' as const),
    template: flow,
  })
  .map(({ sources, hosts, ports, together, gap, outcome, template }) =>
    hosts.flatMap((destination, host) =>
      ports.flatMap((destinationPort, port) =>
        sources.map((source, index) => ({
          ...template,
          source,
          destination,
          destinationPort,
          outcome,
          protocol: 6,
          time: (BEGIN + (host * 7 + port) * 1_700_000 + (together ? index : index * gap)) as Instant,
        })),
      ),
    ),
  );

/** So many records, no two the same, and the same ones each time. */
export function distinctRecords(many: number): readonly TelemetryRecord[] {
  return fc.sample(anyRecord, { numRuns: many, seed: 7 }).map((record, index) => ({
    ...record,
    time: (record.time + index * 1_000_000) as Instant,
    sourcePort: index,
  }));
}

/** A record as a line of a made-up format. */
export function toLine(record: TelemetryRecord): string {
  return JSON.stringify(record, (_, value: unknown) => value ?? null);
}

/** Reads that format; an empty line is skipped, one that is no JSON is a problem. */
export function jsonReader(): LineReader {
  return {
    format: 'zeek-json',
    prime: () => undefined,
    read: (text: string, line: number, sink: RecordSink) => {
      if (text === '') {
        sink.skip('blank', line);
        return;
      }
      try {
        const record = JSON.parse(text) as TelemetryRecord;
        if (record.kind === 'app' && (record.accepted as unknown) === null)
          sink.record({ ...record, accepted: undefined }, line);
        else sink.record(record, line);
      } catch {
        sink.problem('not JSON', line);
      }
    },
    end: () => undefined,
    heldFrom: undefined,
  };
}
