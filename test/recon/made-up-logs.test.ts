import { describe, expect, test } from 'vitest';
import { benignTraffic } from '../../src/estate/traffic/benign.ts';
import { eveJson } from '../../src/estate/traffic/eve-log.ts';
import { mixed, scanTraffic } from '../../src/estate/traffic/scans.ts';
import {
  zeekConnTsv,
  zeekDnsTsv,
  zeekHttpTsv,
  zeekSmbMappingTsv,
  zeekSshTsv,
  zeekSslTsv,
  zeekWeirdTsv,
} from '../../src/estate/traffic/zeek-log.ts';
import { ARP, UDP } from '../../src/recon/model/ip-protocol.ts';
import type { TelemetryFormat } from '../../src/recon/model/reader.ts';
import type { AppEvent, Flow, IdsAlert, TelemetryRecord } from '../../src/recon/model/telemetry-record.ts';
import { readerOf } from '../../src/recon/normalise/readers.ts';
import { parseInstant, type Instant } from '../../src/time/instant.ts';
import { READER_OPTIONS, readLines } from './read-lines.ts';

/*
 * Made-up records are written as log lines and read again by the readers of the product. What a log can say has to
 * come back as it was: so tests of the whole program may use such files, and the readers agree with the generator
 * about what a scan, an outage or a half-seen session looks like.
 */

const START = parseInstant('2026-01-05') as Instant;
const OPTIONS = { seed: 11, start: START, days: 1, hosts: 6 };
const SCAN = { ...OPTIONS, interval: 60 };

const TRAFFIC = mixed(
  ...(
    [
      'office-day',
      'segment-chatter',
      'mid-stream',
      'one-way',
      'bad-checksums',
      'backscatter',
      'crawlers',
      'quic',
    ] as const
  ).map((kind) => benignTraffic(kind, OPTIONS)),
  ...(
    [
      'vertical-connect',
      'fin',
      'null',
      'xmas',
      'ack',
      'udp',
      'icmp-sweep',
      'decoys',
      'fragmented',
      'service-enumeration',
      'transition',
      'horizontal-ipv6',
      'internal-discovery',
    ] as const
  ).map((kind) => scanTraffic(kind, SCAN)),
).records;

function readAll(format: TelemetryFormat, text: string): readonly TelemetryRecord[] {
  const { records, problems } = readLines(readerOf(format, READER_OPTIONS), text.trimEnd().split('\n'));
  expect(problems).toEqual([]);
  return records;
}

/** ACK, RST, SYN and FIN: what Zeek's letters tell. */
const LETTERED = 0x17;

/** What is in one list of records and not in the other, as far as a view of them shows; a few of it. */
function difference<R extends TelemetryRecord>(
  got: readonly R[],
  want: readonly R[],
  view: (record: R) => object = (record) => record,
): readonly string[] {
  const count = new Map<string, number>();
  const lines = (records: readonly R[]) =>
    records.map((record) =>
      JSON.stringify(Object.entries(view(record)).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    );
  for (const line of lines(want)) count.set(line, (count.get(line) ?? 0) + 1);
  for (const line of lines(got)) count.set(line, (count.get(line) ?? 0) - 1);
  return [...count]
    .filter(([, left]) => left !== 0)
    .map(([line, left]) => `${left > 0 ? 'missing' : 'too much'}: ${line}`)
    .slice(0, 8);
}

const flows = TRAFFIC.filter((record): record is Flow => record.kind === 'flow' && record.protocol !== ARP);
const events = (service: string): AppEvent[] =>
  TRAFFIC.filter((record): record is AppEvent => record.kind === 'app' && record.service === service);

describe('Zeek', () => {
  test('conn.log gives back every flow', () => {
    // That a datagram is an answer, Zeek's line shows by its ports alone, and the reader leaves them out of account.
    const view = ({ protocol, outcome, ...flow }: Flow) => ({
      ...flow,
      sourceFlags: flow.sourceFlags & LETTERED,
      protocol,
      outcome: protocol === UDP && outcome === 'backscatter' ? 'silent' : outcome,
    });
    const read = readAll('zeek-tsv', zeekConnTsv(TRAFFIC)) as Flow[];
    expect(read).toHaveLength(flows.length);
    expect(difference(read, flows, view)).toEqual([]);
  });

  test.each([
    { log: 'http.log', text: zeekHttpTsv(TRAFFIC), want: events('http') },
    { log: 'dns.log', text: zeekDnsTsv(TRAFFIC), want: events('dns') },
    { log: 'ssl.log', text: zeekSslTsv(TRAFFIC), want: events('tls') },
    {
      log: 'ssh.log',
      text: zeekSshTsv(TRAFFIC),
      want: events('ssh').map((event) => ({ ...event, status: event.accepted === false ? 'failure' : '' })),
    },
    {
      log: 'smb_mapping.log',
      text: zeekSmbMappingTsv(TRAFFIC),
      want: events('smb').map((event) => ({ ...event, accepted: undefined })),
    },
  ])('$log gives back every event', ({ text, want }) => {
    expect(want.length).toBeGreaterThan(0);
    expect(difference(readAll('zeek-tsv', text) as AppEvent[], want)).toEqual([]);
  });

  test('weird.log gives back what Zeek found odd', () => {
    const want = TRAFFIC.filter(
      (record): record is IdsAlert => record.kind === 'alert' && record.provider === 'zeek-weird',
    );
    expect(want).toHaveLength(80);
    expect(difference(readAll('zeek-tsv', zeekWeirdTsv(TRAFFIC)) as IdsAlert[], want)).toEqual([]);
  });

  test('hostile text comes back as it was', () => {
    const hostile = [
      '-',
      '(empty)',
      'a\tb',
      String.raw`\x41`,
      'line\nbreak',
      '\u0000',
      'ü\u{1F600}',
      String.raw`\\host\share`,
    ];
    const [one] = events('http');
    if (one === undefined) throw new Error('no request');
    const want = hostile.map((agent) => ({ ...one, agent }));
    const read = readAll('zeek-tsv', zeekHttpTsv(want)) as AppEvent[];
    expect(read.map(({ agent }) => agent)).toEqual(hostile);
  });
});

describe('Suricata', () => {
  const read = readAll('suricata-eve', eveJson(TRAFFIC));
  const readFlows = read.filter((record): record is Flow => record.kind === 'flow');

  test('eve.json gives back who spoke to whom, when and how much', () => {
    const view = (flow: Flow) => [
      flow.time,
      flow.source,
      flow.sourcePort,
      flow.destination,
      flow.destinationPort,
      flow.protocol,
      flow.duration,
      flow.sourcePackets,
      flow.sourceBytes,
      flow.destinationBytes,
    ];
    // Which way round a session went whose beginning was not seen, nobody knows: those are counted.
    const moment = ({ time, duration }: Flow) => `${time} ${duration}`;
    const halves = new Set(
      flows.filter(({ protocol, history }) => protocol === 6 && !history.startsWith('S')).map(moment),
    );
    const isWhole = (flow: Flow) => !halves.has(moment(flow));
    expect(halves.size).toBeGreaterThan(0);
    expect(difference(readFlows.filter(isWhole), flows.filter(isWhole), view)).toEqual([]);
    expect(readFlows).toHaveLength(flows.length);
  });

  test('and what came back, of sessions that begin with a SYN, of UDP and of ICMP', () => {
    // Of others it keeps no flags.
    const telling = (flow: Flow) => flow.protocol !== 6 || (flow.sourceFlags & 2) !== 0;
    const view = (flow: Flow) => [
      flow.time,
      flow.source,
      flow.destination,
      flow.destinationPort,
      flow.outcome,
    ];
    const followed = flows.filter(({ history, protocol }) => protocol !== 6 || history.startsWith('S'));
    expect(difference(readFlows.filter(telling), followed, view)).toEqual([]);
  });

  test.each(['http', 'tls', 'dns'])('and every event of %s', (service) => {
    const view = ({ time, source, destination, action, name, target, agent, ja3, ja4 }: AppEvent) => [
      time,
      source,
      destination,
      action,
      name,
      target,
      agent,
      ja3,
      ja4,
    ];
    const got = read.filter(
      (record): record is AppEvent => record.kind === 'app' && record.service === service,
    );
    expect(difference(got, events(service), view)).toEqual([]);
  });

  test('and its alerts', () => {
    const alerts = read.filter((record): record is IdsAlert => record.kind === 'alert');
    expect(alerts.map(({ signature, severity }) => `${severity} ${signature}`)).toEqual([
      '1 ET EXPLOIT Apache log4j RCE Attempt',
    ]);
  });
});
