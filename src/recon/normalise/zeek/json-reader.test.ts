import { fromSeconds } from '../../../time/instant.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linesOf, readAll, type RecordingSink } from '../../../../test/recording-sink.ts';
import type { Flow } from '../../model/telemetry-record.ts';
import { zeekJsonReader } from './json-reader.ts';

const read = (text: string): RecordingSink =>
  readAll(zeekJsonReader({ sampling: 1, utcOffsetMinutes: 60, notAfter: fromSeconds(1_795_392_000) }), text);
const flow = (text: string): Flow => read(text).records[0] as Flow;

const CONN = {
  ts: 1664462456.76809,
  uid: 'CX3dDG38eCxdUR4mn4',
  'id.orig_h': '172.16.1.11',
  'id.orig_p': 40042,
  'id.resp_h': '8.8.8.8',
  'id.resp_p': 853,
  proto: 'tcp',
  service: 'ssl',
  duration: 0.012166976928710938,
  orig_bytes: 0,
  resp_bytes: 111,
  conn_state: 'RSTO',
  local_orig: true,
  missed_bytes: 0,
  history: 'ShR',
  orig_pkts: 2,
  resp_pkts: 1,
};
const LINE = JSON.stringify(CONN);
const { 'id.orig_h': orig_h, 'id.orig_p': orig_p, 'id.resp_h': resp_h, 'id.resp_p': resp_p, ...rest } = CONN;

test('all fields of a connection', () => {
  expect(flow(LINE)).toEqual({
    kind: 'flow', time: 1_664_462_456_768_090, source: '172.16.1.11', sourcePort: 40_042, destination: '8.8.8.8',
    destinationPort: 853, protocol: 6, duration: 12_167, outcome: 'half-open', state: 'RSTO', history: 'ShR', service: 'tls',
    sourcePackets: 2, destinationPackets: 1, sourceBytes: 0, destinationBytes: 111, sourceFlags: 6, sampling: 1,
    uid: 'CX3dDG38eCxdUR4mn4',
  }); // prettier-ignore
});

describe('the same connection, written or wrapped otherwise', () => {
  const nested = JSON.stringify(LINE);
  test.each<readonly [string, string]>([
    ['underscores', JSON.stringify({ ...rest, id_orig_h: orig_h, id_orig_p: orig_p, id_resp_h: resp_h, id_resp_p: resp_p })],
    ['a nested id', JSON.stringify({ ...rest, id: { orig_h, orig_p, resp_h, resp_p } })],
    ['Corelight', JSON.stringify({ _path: 'conn', _system_name: 's1', _write_ts: '2022-09-29T14:40:58.000000Z', ...CONN })],
    ['Corelight, reduced', JSON.stringify({ _path: 'conn_red', ...CONN })],
    ['time as text', JSON.stringify({ ...CONN, ts: '1664462456.768090' })],
    ['time in milliseconds', JSON.stringify({ ...CONN, ts: 1664462456768.09 })],
    ['ISO time', JSON.stringify({ ...CONN, ts: '2022-09-29T14:40:56.768090Z' })],
    ['ISO time without a zone', JSON.stringify({ ...CONN, ts: '2022-09-29T15:40:56.768090' })],
    ['numbers as text', JSON.stringify({ ...CONN, 'id.orig_p': '40042', orig_pkts: '2', resp_bytes: '111' })],
    ['unset fields as null', JSON.stringify({ ...CONN, tunnel_parents: null, service: 'ssl', orig_bytes: null })],
    ['a key that names the log', `{"conn":${LINE}}`],
    ['Filebeat', `{"@timestamp":"2022-09-29T14:41:00.000Z","log":{"file":{"path":"/opt/zeek/logs/current/conn.log"},"offset":0},"message":${nested},"input":{"type":"log"}}`],
    ['ECS', `{"@timestamp":"2022-09-29T14:41:00.000Z","event":{"dataset":"zeek.connection","original":${nested}},"source":{"ip":"172.16.1.11"}}`],
    ['ECS, flat', `{"event.dataset":"zeek.connection","event.original":${nested}}`],
    ['a search hit', `{"_index":"zeek","_source":{"message":${nested}}}`],
    ['Splunk', `{"preview":false,"result":{"_raw":${nested},"sourcetype":"bro:conn:json"}}`],
    ['Docker', `{"log":${JSON.stringify(`${LINE}\n`)},"stream":"stdout","time":"2022-09-29T14:41:00Z"}`],
    ['a syslog prefix', `<13>Sep 29 14:41:00 sensor zeek_conn[12]: ${LINE}`],
    ['a prefix with a brace', `app{1}: ${LINE}`],
    ['CRLF', `${LINE}\r`],
    ['a byte order mark', `\uFEFF${LINE}`],
  ])('%s', (_, text) => {
    expect(flow(text)).toEqual(flow(LINE));
    expect(read(text).problems).toEqual([]);
  }); // prettier-ignore
});

describe('the log that an entry belongs to', () => {
  const ID = {
    ts: 1.5,
    'id.orig_h': '10.0.0.1',
    'id.orig_p': 1025,
    'id.resp_h': '10.0.0.2',
    'id.resp_p': 80,
  };
  test.each<readonly [object, string]>([
    [{ ...ID, proto: 'tcp', history: 'S' }, 'flow'],
    [{ ...ID, trans_depth: 1, method: 'GET', uri: '/' }, 'http'],
    [{ ...ID, resumed: false, established: false }, 'tls'],
    [{ ...ID, proto: 'udp', trans_id: 1, query: 'a' }, 'dns'],
    [{ ...ID, proto: 'udp', qtype_name: 'A' }, 'dns'],
    [{ ...ID, auth_attempts: 0, client: 'SSH-2.0-x' }, 'ssh'],
    [{ ...ID, method: 'OPTIONS', uri: 'sip:nm', call_id: 'x', trans_depth: 0 }, 'sip'],
    [{ ...ID, path: '\\\\h\\IPC$', share_type: 'PIPE' }, 'smb'],
    [{ ...ID, client_initial_dcid: 'x' }, 'quic'],
    [{ ...ID, note: 'Scan::Port_Scan' }, 'zeek-notice'],
    [{ ...ID, name: 'bad_HTTP_request', notice: false, peer: 'zeek' }, 'zeek-weird'],
    [{ ...ID, _path: 'rfb', auth: true }, 'rfb'],
  ])('%j', (object, want) => {
    const [record] = read(JSON.stringify(object)).records;
    expect(
      record?.kind === 'flow'
        ? 'flow'
        : record?.kind === 'app'
          ? record.service
          : record?.kind === 'alert' && record.provider,
    ).toBe(want);
  });

  test.each([
    [{ ts: 1, _path: 'x509', fingerprint: 'x' }, 'zeek x509'],
    [{ ...ID, analyzer: 'SSL', failure_reason: 'x' }, 'zeek dpd'],
    [{ ts: 1, mem: 5 }, 'zeek log that is not known'],
    [{ name: '/usr/share/zeek/base/init.zeek' }, 'zeek log that is not known'],
    [{ ts: 1, _path: '\u001b[31m' }, 'zeek log that is not known'],
    [{ ts: 1, _path: '__proto__' }, 'zeek log that is not known'],
  ])('%j is set aside', (object, want) => {
    expect(read(JSON.stringify(object)).skips).toEqual({ [want]: 1 });
  });
});

describe('lines that are wrong', () => {
  test.each<readonly [string, string]>([
    [JSON.stringify({ ...CONN, 'id.resp_p': 99_999 }), 'id.resp_p: "99999" is no port'],
    [JSON.stringify({ ...CONN, 'id.resp_p': -1 }), 'id.resp_p: "-1" is no port'],
    [JSON.stringify({ ...CONN, 'id.resp_p': 80.5 }), 'id.resp_p: "80.5" is no port'],
    [JSON.stringify({ ...CONN, 'id.resp_p': null }), 'id.resp_p is missing'],
    [JSON.stringify({ ...CONN, 'id.resp_p': [80] }), 'id.resp_p: "[80]" is no port'],
    [JSON.stringify({ ...CONN, 'id.orig_h': '10.0.0' }), 'id.orig_h: "10.0.0" is no IP address'],
    [JSON.stringify({ ...CONN, 'id.orig_h': 5 }), 'id.orig_h: "5" is no IP address'],
    [JSON.stringify({ ...CONN, 'id.orig_h': undefined }), 'id.orig_h is missing'],
    [JSON.stringify({ ...CONN, ts: undefined }), 'ts is missing'],
    [JSON.stringify({ ...CONN, ts: -1 }), 'ts: "-1" is no time'],
    [JSON.stringify({ ...CONN, ts: 1e300 }), 'ts: "1e+300" is no time'],
    [LINE.replace('1664462456.76809', '1e999'), 'ts: "null" is no time'],
    [JSON.stringify({ ...CONN, ts: 'x' }), 'ts: "x" is no time'],
    [JSON.stringify({ ...CONN, orig_pkts: -1 }), 'orig_pkts: "-1" is no count'],
    [JSON.stringify({ ...CONN, duration: 'x' }), 'duration: "x" is no interval'],
    [
      LINE.slice(0, 60),
      'JSON that breaks off: "{\\"ts\\":1664462456.76809,\\"uid\\":\\"CX3dDG38eC…"; is the line cut short?',
    ],
    [LINE.replace(':', ''), 'no valid JSON: "{\\"ts\\"1664462456.76809,\\"uid\\":\\"CX3dDG38eCx…"'],
    ['max memory size', 'no JSON object in "max memory size"'],
    ['[1,2]', 'no JSON object in "[1,2]"'],
    [
      `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}x`,
      `JSON that breaks off: ${JSON.stringify(`${'{"a":'.repeat(8)}…`)}; is the line cut short?`,
    ],
  ])('%#: %.60s', (text, want) => {
    const sink = read([LINE, text, LINE].join('\n'));
    expect(sink.problems).toEqual([`2: ${want}`]);
    expect(sink.lines).toEqual([1, 3]);
  });

  test('the last of two equal keys counts, and __proto__ is a key like any other', () => {
    expect(flow(LINE.replace('"proto":"tcp"', '"proto":"udp","proto":"tcp"'))).toEqual(flow(LINE));
    expect(flow(LINE.replace('{', '{"__proto__":{"id.orig_h":"1.1.1.1"},'))).toEqual(flow(LINE));
    expect(read('{"__proto__":{"ts":1,"id.orig_h":"1.1.1.1"}}').records).toEqual([]);
    expect(({} as Record<string, unknown>)['ts']).toBeUndefined();
  });

  test('empty lines and stray headers are set aside', () => {
    expect(read(`#close\t2022\n\n\r\n${LINE}`).skips).toEqual({ header: 1, 'empty line': 2 });
  });
});

test('no line raises an error, and each ends as a record, a skip or a problem', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('-', '10.0.0.1', 'tcp', 80, -1, 1e300, { orig_h: '::1' }),
  );
  const object = fc.dictionary(
    fc.constantFrom(...Object.keys(CONN), '_path', 'id', 'message', 'event', 'conn', 'method', 'note'),
    value,
  );
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    object.map((each) => JSON.stringify(each)),
    object.map((each) => JSON.stringify({ ...CONN, ...each })),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
      const text = lines.map((each) => each.replaceAll('\n', ' ')).join('\n');
      const sink = read(text);
      expect(sink.records.length + sink.skipped + sink.problems.length).toBe(linesOf(text).length);
    }),
  );
});
