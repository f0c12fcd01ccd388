import { fromSeconds } from '../../../time/instant.ts';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linesOf, readAll, RecordingSink } from '../../../../test/recording-sink.ts';
import type { AppEvent, Flow, IdsAlert } from '../../model/telemetry-record.ts';
import { suricataEveReader } from './eve-reader.ts';

const read = (text: string, sampling = 1): RecordingSink =>
  readAll(suricataEveReader({ sampling, utcOffsetMinutes: 0, notAfter: fromSeconds(1_795_392_000) }), text);
const readOne = (object: object, sampling = 1): RecordingSink => read(JSON.stringify(object), sampling);

const BASE = {
  timestamp: '2026-11-21T19:51:48.466895+0000', flow_id: 1175768996395421, src_ip: '10.66.0.11', src_port: 51_580,
  dest_ip: '10.77.0.10', dest_port: 21, proto: 'TCP',
}; // prettier-ignore
const TIMES = { start: '2026-11-21T19:51:48.535899+0000', end: '2026-11-21T19:51:48.546675+0000' };
const FLOW = {
  ...BASE, event_type: 'flow',
  flow: { pkts_toserver: 4, pkts_toclient: 3, bytes_toserver: 260, bytes_toclient: 241, ...TIMES, state: 'closed', reason: 'shutdown', alerted: false },
  tcp: { tcp_flags: '1f', tcp_flags_ts: '17', tcp_flags_tc: '1a', state: 'closed' },
}; // prettier-ignore
const LINE = JSON.stringify(FLOW);

test('all fields of a flow', () => {
  expect(read(LINE).records).toEqual([
    {
      kind: 'flow', time: 1_795_290_708_535_899, source: '10.66.0.11', sourcePort: 51_580, destination: '10.77.0.10',
      destinationPort: 21, protocol: 6, duration: 10_776, outcome: 'answered', state: 'closed', history: 'ShAdFR', service: '',
      sourcePackets: 4, destinationPackets: 3, sourceBytes: 0, destinationBytes: 43, sourceFlags: 0x17, sampling: 1,
      uid: '1175768996395421',
    },
  ]); // prettier-ignore
});

describe('outcome of a flow', () => {
  const outcome = (proto: string, state: string, packets: string, ts = '', tc = '', over: object = {}, sampling = 1): string => {
    const [pkts_toserver, pkts_toclient] = packets.split(':').map(Number);
    const tcp = ts === '' ? {} : { tcp: { tcp_flags_ts: ts, tcp_flags_tc: tc } };
    return (readOne({ ...FLOW, proto, tcp: undefined, ...tcp, flow: { ...TIMES, pkts_toserver, pkts_toclient, state }, ...over }, sampling).records[0] as Flow).outcome;
  }; // prettier-ignore

  test.each([
    ['TCP', 'closed', '1:1', '02', '14', {}, 'refused'],
    ['TCP', 'new', '1:0', '02', '00', {}, 'silent'],
    ['TCP', 'new', '1:1', '02', '00', {}, 'unreachable'],
    ['TCP', 'new', '1:1', '02', '12', {}, 'half-open'],
    ['TCP', 'closed', '2:1', '06', '12', {}, 'half-open'],
    ['TCP', 'closed', '9:9', '1b', '1b', {}, 'answered'],
    ['TCP', 'established', '9:9', '1a', '1a', {}, 'answered'],
    ['TCP', 'bypassed', '9:9', '1a', '1a', {}, 'answered'],
    // No session: a probe without a SYN, or the tail of one; backscatter by its ports.
    ['TCP', 'new', '1:1', '00', '00', {}, 'unknown'],
    ['TCP', 'new', '1:0', '00', '00', {}, 'unknown'],
    ['TCP', 'new', '1:0', '00', '00', { src_port: 80, dest_port: 50_000 }, 'backscatter'],
    ['TCP', 'new', '1:0', '', '', {}, 'unknown'],
    // Mid-stream pick-up.
    ['TCP', 'new', '1:0', '12', '00', { src_port: 80, dest_port: 50_000 }, 'backscatter'],
    ['TCP', 'closed', '1:0', '04', '00', {}, 'backscatter'],
    ['TCP', 'established', '5:5', '18', '18', {}, 'unknown'],
    ['UDP', 'new', '1:0', '', '', { dest_port: 161 }, 'silent'],
    ['UDP', 'new', '1:0', '', '', { dest_port: 443 }, 'unknown'],
    ['UDP', 'new', '1:0', '', '', { src_port: 53, dest_port: 50_000 }, 'backscatter'],
    ['UDP', 'new', '1:1', '', '', { dest_port: 161 }, 'unreachable'],
    ['UDP', 'established', '1:1', '', '', { dest_port: 53 }, 'answered'],
    ['ICMP', 'established', '1:1', '', '', { icmp_type: 8, icmp_code: 0 }, 'answered'],
    ['ICMP', 'new', '2:0', '', '', { icmp_type: 8, icmp_code: 0 }, 'silent'],
    ['ICMP', 'new', '1:0', '', '', { icmp_type: 3, icmp_code: 3 }, 'backscatter'],
    ['IPv6-ICMP', 'new', '1:0', '', '', { src_ip: 'fe80::1', dest_ip: 'fe80::2', icmp_type: 128, icmp_code: 0 }, 'silent'],
    ['GRE', 'new', '1:0', '', '', {}, 'unknown'],
    ['SCTP', 'established', '2:2', '', '', {}, 'answered'],
    ['099', 'new', '1:1', '', '', {}, 'answered'],
  ] as const)('%s %s %s %s/%s %j is %7$s', (proto, state, packets, ts, tc, over, want) => {
    expect(outcome(proto, state, packets, ts, tc, over)).toBe(want);
  }); // prettier-ignore

  test('with sampling, silence and half-open say nothing', () => {
    expect(outcome('TCP', 'new', '1:0', '02', '00', {}, 100)).toBe('unknown');
    expect(outcome('TCP', 'new', '1:1', '02', '12', {}, 100)).toBe('unknown');
    expect(outcome('TCP', 'closed', '1:1', '02', '14', {}, 100)).toBe('refused');
  });

  test('protocols and ICMP types', () => {
    const flow = (over: object): Flow => readOne({ ...FLOW, ...over }).records[0] as Flow;
    expect(flow({ proto: 'ICMP', src_port: undefined, icmp_type: 3, icmp_code: 3 })).toMatchObject({
      protocol: 1,
      sourcePort: 0,
      destinationPort: 771,
    });
    expect(flow({ proto: 'IPv6-ICMP', src_ip: 'FE80:0::1', dest_ip: 'ff02:0000:0000:0000:0000:0000:0000:0001', icmp_type: 128 })).toMatchObject({
      protocol: 58, source: 'fe80::1', destination: 'ff02::1', destinationPort: 128 << 8,
    }); // prettier-ignore
    expect(flow({ proto: '002' })).toMatchObject({ protocol: 2, sourcePort: 0, destinationPort: 0 });
    expect(flow({ app_proto: 'failed' }).service).toBe('');
    expect(flow({ app_proto: 'krb5' }).service).toBe('kerberos');
  });
});

describe('netflow: two events of one direction each', () => {
  const netflow = (over: object, flags: string, pkts: number): object => ({
    ...BASE, event_type: 'netflow', netflow: { pkts, bytes: 74 * pkts, ...TIMES, age: 0, min_ttl: 63, max_ttl: 63 },
    tcp: { tcp_flags: flags }, ...over,
  }); // prettier-ignore
  const reverse = { src_ip: '10.77.0.10', src_port: 21, dest_ip: '10.66.0.11', dest_port: 51_580 };

  test('are joined', () => {
    const text = [netflow({}, '06', 2), netflow(reverse, '12', 1)]
      .map((each) => JSON.stringify(each))
      .join('\n');
    expect(read(text).records).toMatchObject([
      {
        source: '10.66.0.11',
        outcome: 'half-open',
        sourcePackets: 2,
        destinationPackets: 1,
        history: 'ShR',
        sourceBytes: 0,
      },
    ]);
  });

  test('alone, wait until the end of the file, and their line is held', () => {
    const reader = suricataEveReader({
      sampling: 1,
      utcOffsetMinutes: 0,
      notAfter: fromSeconds(1_795_392_000),
    });
    const sink = new RecordingSink();
    reader.read(LINE, 1, sink);
    reader.read(JSON.stringify(netflow({ dest_port: 22 }, '02', 1)), 2, sink);
    expect(sink.lines).toEqual([1]);
    expect(reader.heldFrom).toBe(2);
    reader.end(sink);
    expect(sink.records[1]).toMatchObject({ outcome: 'silent', destinationPort: 22 });
    expect(reader.heldFrom).toBeUndefined();
  });
});

describe('application events', () => {
  const said = (type: string, object: unknown, over: object = {}): Partial<AppEvent>[] =>
    readOne({ ...BASE, event_type: type, [type]: object, ...over }).records.map((record) => {
      const { service, action, name, target, agent, status, accepted, ja3, ja4, hassh } = record as AppEvent;
      const fields = { service, action, name, target, agent, status, accepted, ja3, ja4, hassh };
      return Object.fromEntries(
        Object.entries(fields).filter(([, value]) => value !== '' && value !== undefined),
      );
    });

  test.each<readonly [string, unknown, readonly Partial<AppEvent>[]]>([
    [
      'http',
      { hostname: 'www.lab.test', url: '/a', http_user_agent: 'Wget', http_method: 'GET', protocol: 'HTTP/1.1', status: 200, length: 2 },
      [{ service: 'http', action: 'GET', name: 'www.lab.test', target: '/a', agent: 'Wget', status: '200', accepted: true }],
    ],
    ['http', { url: '/', http_method: 'OPTIONS' }, [{ service: 'http', action: 'OPTIONS', target: '/', accepted: false }]],
    ['tls', { sni: 'a', version: 'TLS 1.3', subject: 'CN=a', ja3: { hash: 'x', string: '771' }, ja4: 'y' }, [{ service: 'tls', name: 'a', accepted: true, ja3: 'x', ja4: 'y' }]],
    ['tls', { version: 'UNDETERMINED', ja3: 'x', ja4: { hash: 'y' } }, [{ service: 'tls', accepted: false, ja3: 'x', ja4: 'y' }]],
    ['tls', { version: 'TLS 1.2', sni: 'a' }, [{ service: 'tls', name: 'a' }]],
    ['dns', { version: 2, type: 'query', id: 1, rrname: 'h', rrtype: 'A' }, [{ service: 'dns', action: 'A', name: 'h' }]],
    ['dns', { version: 2, type: 'answer', rrname: 'h', rrtype: 'A', rcode: 'NXDOMAIN' }, [{ service: 'dns', action: 'A', name: 'h', status: 'NXDOMAIN', accepted: true }]],
    ['dns', { type: 'answer', rrname: 'h', rrtype: 'A', rcode: 'NOERROR', ttl: 5, rdata: '10.0.0.1' }, [{ service: 'dns', action: 'A', name: 'h', status: 'NOERROR', accepted: true }]],
    ['dns', { version: 3, type: 'request', queries: [{ rrname: 'h', rrtype: 'AXFR' }, { rrname: 'i', rrtype: 'A' }] }, [{ service: 'dns', action: 'AXFR', name: 'h' }, { service: 'dns', action: 'A', name: 'i' }]],
    ['dns', { version: 3, type: 'response', rcode: 'REFUSED', queries: [{ rrname: 'h', rrtype: 'A' }], answers: [] }, [{ service: 'dns', action: 'A', name: 'h', status: 'REFUSED', accepted: true }]],
    ['dns', { query: [{ type: 'query', rrname: 'h', rrtype: 'A' }] }, [{ service: 'dns', action: 'A', name: 'h' }]],
    ['dns', { answer: { rcode: 'NOERROR', rrname: 'h', rrtype: 'A' } }, [{ service: 'dns', action: 'A', name: 'h', status: 'NOERROR', accepted: true }]],
    ['ssh', { client: { proto_version: '2.0', software_version: 'libssh_0.10', hassh: { hash: 'x', string: 'y' } }, server: { proto_version: '2.0', software_version: 'OpenSSH' } }, [{ service: 'ssh', agent: 'SSH-2.0-libssh_0.10', hassh: 'x' }]],
    ['ssh', { server: { proto_version: '2.0', software_version: 'OpenSSH' } }, [{ service: 'ssh' }]],
    ['smb', { command: 'SMB2_COMMAND_TREE_CONNECT', status: 'STATUS_ACCESS_DENIED', share: 'ADMIN$' }, [{ service: 'smb', action: 'SMB2_COMMAND_TREE_CONNECT', name: 'ADMIN$', status: 'STATUS_ACCESS_DENIED', accepted: false }]],
    ['smb', { command: 'SMB2_COMMAND_SESSION_SETUP', status: 'STATUS_MORE_PROCESSING_REQUIRED', ntlmssp: { user: 'u', domain: 'D', host: 'H' } }, [{ service: 'smb', action: 'SMB2_COMMAND_SESSION_SETUP', name: 'D', target: 'u', agent: 'H', status: 'STATUS_MORE_PROCESSING_REQUIRED' }]],
    ['smb', { command: 'SMB2_COMMAND_CREATE', status: 'STATUS_SUCCESS', filename: 'srvsvc' }, [{ service: 'smb', action: 'SMB2_COMMAND_CREATE', target: 'srvsvc', status: 'STATUS_SUCCESS', accepted: true }]],
    ['ftp', { command: 'USER', command_data: 'anonymous', completion_code: ['331'], reply: ['x'] }, [{ service: 'ftp', action: 'USER', target: 'anonymous', status: '331', accepted: true }]],
    ['ftp', { command: 'PASS', completion_code: ['530'] }, [{ service: 'ftp', action: 'PASS', status: '530', accepted: false }]],
    ['rdp', { tx_id: 0, event_type: 'initial_request', cookie: 'nmap' }, [{ service: 'rdp', action: 'initial_request', target: 'nmap' }]],
    ['rdp', { event_type: 'initial_response', protocol: 'hybrid' }, [{ service: 'rdp', action: 'initial_response', status: 'hybrid', accepted: true }]],
    ['rdp', { event_type: 'initial_response', error_code: 2, reason: 'ssl not allowed by server' }, [{ service: 'rdp', action: 'initial_response', status: 'ssl not allowed by server', accepted: false }]],
    ['krb5', { msg_type: 'KRB_ERROR', failed_request: 'KRB_AS_REQ', error_code: 'KDC_ERR_PREAUTH_REQUIRED', cname: 'u', sname: 's' }, [{ service: 'kerberos', action: 'KRB_AS_REQ', name: 's', target: 'u', status: 'KDC_ERR_PREAUTH_REQUIRED', accepted: false }]],
    ['krb5', { msg_type: 'KRB_AS_REP', cname: 'u', sname: 's' }, [{ service: 'kerberos', action: 'KRB_AS_REP', name: 's', target: 'u', status: 'success', accepted: true }]],
  ])('%s %j', (type, object, want) => {
    expect(said(type, object)).toEqual(want);
  }); // prettier-ignore

  test('an answer that was logged as the server sent it is turned round', () => {
    const [event] = readOne({
      ...BASE,
      event_type: 'dns',
      dns: { type: 'answer', rrname: 'h' },
      src_port: 53,
      dest_port: 40_000,
      proto: 'UDP',
    }).records;
    expect(event).toMatchObject({
      source: '10.77.0.10',
      sourcePort: 40_000,
      destination: '10.66.0.11',
      destinationPort: 53,
    });
  });

  test('one without a body says nothing', () => {
    expect(
      readOne({ ...BASE, event_type: 'dns', dns: { version: 3, type: 'request', queries: [5] } }).problems,
    ).toEqual(['1: dns says nothing']);
  });
});

describe('alerts and anomalies', () => {
  const ALERT = { ...BASE, event_type: 'alert', alert: { action: 'allowed', gid: 1, signature_id: 2_010_937, signature: 'ET SCAN', category: 'Potentially Bad Traffic', severity: 2 } }; // prettier-ignore
  const TURNED = {
    src_ip: BASE.dest_ip,
    src_port: BASE.dest_port,
    dest_ip: BASE.src_ip,
    dest_port: BASE.src_port,
  };
  const alert = (object: object): IdsAlert => readOne(object).records[0] as IdsAlert;

  test('all fields', () => {
    expect(alert(ALERT)).toEqual({
      kind: 'alert', time: 1_795_290_708_466_895, source: '10.66.0.11', sourcePort: 51_580, destination: '10.77.0.10',
      destinationPort: 21, protocol: 6, provider: 'suricata', signature: 'ET SCAN', signatureId: 2_010_937,
      category: 'Potentially Bad Traffic', severity: 2, uid: '1175768996395421',
    }); // prettier-ignore
  });

  test.each<readonly [string, object, boolean]>([
    ['direction to_client', { ...TURNED, direction: 'to_client' }, true],
    ['direction to_server, from a service port', { ...TURNED, direction: 'to_server' }, false],
    ['the flow says who asked', { ...TURNED, flow: { src_ip: BASE.src_ip, src_port: BASE.src_port } }, true],
    ['the flow agrees', { ...TURNED, flow: { src_ip: BASE.dest_ip, src_port: BASE.dest_port } }, false],
    ['a recognised protocol, from its service port', { ...TURNED, app_proto: 'ftp' }, true],
    ['nothing recognised: scans come from service ports too', { ...TURNED, app_proto: 'failed' }, false],
    ['nothing said', TURNED, false],
  ])('%s', (_, over, turnedRound) => {
    expect(alert({ ...ALERT, ...over }).source).toBe(turnedRound ? BASE.src_ip : BASE.dest_ip);
  });

  test('anomalies', () => {
    const anomaly = { ...BASE, event_type: 'anomaly', anomaly: { app_proto: 'http', type: 'applayer', event: 'REQUEST_LINE_INCOMPLETE', layer: 'proto_parser' } }; // prettier-ignore
    expect(alert(anomaly)).toMatchObject({
      provider: 'suricata-anomaly',
      signature: 'REQUEST_LINE_INCOMPLETE',
      category: 'proto_parser',
      severity: 0,
    });
    expect(
      readOne({
        timestamp: BASE.timestamp,
        event_type: 'anomaly',
        anomaly: { type: 'decode', event: 'ipv4.trunc_pkt' },
      }).skips,
    ).toEqual({ 'suricata packet without an address': 1 });
    expect(readOne({ ...BASE, event_type: 'anomaly' }).problems).toEqual(['1: anomaly is missing']);
  });
});

describe('wrapping', () => {
  const nested = JSON.stringify(LINE);
  test.each<readonly [string, string]>([
    ['Filebeat', `{"@timestamp":"2026-11-21T19:52:00Z","message":${nested}}`],
    ['ECS', `{"event":{"module":"suricata","original":${nested}}}`],
    ['syslog with @cee', `<13>Nov 21 19:51:48 sensor suricata[12]: @cee: ${LINE}`],
    ['Docker', `{"log":${JSON.stringify(`${LINE}\n`)},"stream":"stdout"}`],
    ['CRLF', `${LINE}\r`],
    [
      'Filebeat’s module, which moves fields',
      JSON.stringify({
        '@timestamp': BASE.timestamp, source: { ip: BASE.src_ip, port: BASE.src_port }, destination: { address: BASE.dest_ip, port: BASE.dest_port },
        network: { transport: 'tcp' }, suricata: { eve: { event_type: 'flow', flow: FLOW.flow, tcp: FLOW.tcp, flow_id: String(BASE.flow_id) } },
      }), // prettier-ignore
    ],
  ])('%s', (_, text) => {
    expect(read(text).problems).toEqual([]);
    expect(read(text).records).toEqual(read(LINE).records);
  });
});

describe('lines that are wrong', () => {
  const flowWith = (over: object): object => ({ ...FLOW, flow: { ...FLOW.flow, ...over } });
  test.each<readonly [object, string]>([
    [{ ...FLOW, src_port: 99_999 }, 'src_port: "99999" is no port'],
    [{ ...FLOW, dest_port: undefined }, 'dest_port is missing'],
    [{ ...FLOW, src_ip: '10.0.0.256' }, 'src_ip: "10.0.0.256" is no IP address'],
    [{ ...FLOW, dest_ip: undefined }, 'dest_ip is missing'],
    [{ ...FLOW, proto: undefined }, 'proto is missing'],
    [{ ...FLOW, flow: undefined }, 'start is missing'],
    [flowWith({ start: 'x' }), 'start: "x" is no time'],
    [flowWith({ pkts_toserver: -1 }), 'pkts_toserver: "-1" is no count'],
    [flowWith({ bytes_toclient: 'many' }), 'bytes_toclient: "many" is no count'],
    [{ ...FLOW, tcp: { tcp_flags_ts: 'zz' } }, 'tcp_flags_ts: "zz" is no set of TCP flags'],
    [{ ...FLOW, proto: 'ICMP', icmp_type: 300 }, 'icmp_type: "300" is no octet'],
    [{ ...FLOW, event_type: 5 }, 'event_type is missing'],
    [{ ...BASE, event_type: 'http', http: {}, timestamp: undefined }, 'timestamp is missing'],
  ])('%#: %2$s', (object, want) => {
    const sink = read([LINE, JSON.stringify(object), LINE].join('\n'));
    expect(sink.problems).toEqual([`2: ${want}`]);
    expect(sink.lines).toEqual([1, 3]);
  }); // prettier-ignore

  test('what is not read is set aside by its name', () => {
    const lines = ['stats', 'fileinfo', 'bittorrent_dht', '\u001b[31m'].map((event_type) =>
      JSON.stringify({ ...BASE, event_type }),
    );
    expect(read([...lines, ''].join('\n\n')).skips).toEqual({
      'suricata stats': 1, 'suricata fileinfo': 1, 'suricata bittorrent_dht': 1, 'suricata event that is not known': 1, 'empty line': 4,
    }); // prettier-ignore
  });

  test('a last line that was cut off', () => {
    expect(read(`${LINE}\n${LINE.slice(0, 100)}`).problems).toEqual([
      expect.stringMatching(/^2: JSON that breaks off/),
    ]);
  });
});

test('real lines of each kind', () => {
  const text = readFileSync(
    new URL('../../../../test/fixtures/telemetry/suricata/lab.eve.json', import.meta.url),
    'utf8',
  );
  const sink = read(text);
  expect(sink.problems).toEqual([]);
  const counts: Record<string, number> = {};
  for (const record of sink.records) {
    const key = record.kind === 'flow' ? record.outcome : record.kind === 'app' ? record.service : 'alert';
    counts[key] = (counts[key] ?? 0) + 1;
  }
  expect({ ...counts, ...sink.skips }).toEqual({
    answered: 23, refused: 2, silent: 7, 'half-open': 4, unreachable: 5, unknown: 4, backscatter: 1, http: 2, tls: 3, dns: 2, ssh: 2,
    ftp: 1, smb: 1, alert: 2, 'suricata fileinfo': 1, 'suricata bittorrent_dht': 1, 'suricata snmp': 1, 'suricata smtp': 1, 'suricata tftp': 1,
  }); // prettier-ignore
});

test('no line raises an error, and each ends as a record, a skip or a problem', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('10.0.0.1', 'TCP', 'ICMP', 80, -1, 'ff', FLOW.flow, TIMES),
  );
  const object = fc.dictionary(
    fc.constantFrom(
      ...Object.keys(FLOW),
      'icmp_type',
      'http',
      'dns',
      'alert',
      'anomaly',
      'message',
      'suricata',
    ),
    value,
  );
  const type = fc.constantFrom(
    'flow',
    'http',
    'tls',
    'dns',
    'ssh',
    'smb',
    'ftp',
    'rdp',
    'krb5',
    'alert',
    'anomaly',
    'x',
  );
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(object, type).map(([each, event_type]) => JSON.stringify({ ...FLOW, ...each, event_type })),
    fc
      .tuple(type, value)
      .map(([event_type, each]) => JSON.stringify({ ...BASE, event_type, [event_type]: each })),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
      const text = lines.map((each) => each.replaceAll('\n', ' ')).join('\n');
      const sink = read(text);
      expect(new Set(sink.lines).size + sink.skipped + sink.problems.length).toBe(linesOf(text).length);
    }),
  );
});
