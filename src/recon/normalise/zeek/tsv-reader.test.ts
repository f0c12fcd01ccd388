import { fromSeconds } from '../../../time/instant.ts';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linesOf, readAll, type RecordingSink } from '../../../../test/recording-sink.ts';
import type { AppEvent, Flow, IdsAlert } from '../../model/telemetry-record.ts';
import { zeekTsvReader } from './tsv-reader.ts';

const OPTIONS = { sampling: 1, utcOffsetMinutes: 0, notAfter: fromSeconds(1_795_392_000) };
const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../test/fixtures/telemetry/zeek/${name}`, import.meta.url), 'utf8');
const read = (text: string, sampling = 1): RecordingSink =>
  readAll(zeekTsvReader({ ...OPTIONS, sampling }), text);
const flows = (sink: RecordingSink): Flow[] => sink.records.filter((record) => record.kind === 'flow');
const brief = (flow: Flow): string =>
  `${flow.source}:${flow.sourcePort} > ${flow.destination}:${flow.destinationPort}/${flow.protocol} ${flow.outcome}`;

const FIELDS =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto conn_state history orig_pkts resp_pkts'.split(' ');
const HEADER = [
  '#separator \\x09',
  '#unset_field\t-',
  '#empty_field\t(empty)',
  '#path\tconn',
  `#fields\t${FIELDS.join('\t')}`,
];
const ROW = '1655071320.781123 C1 10.0.0.1 1025 10.0.0.2 80 tcp S0 S 1 0'.split(' ').join('\t');

describe('conn.log', () => {
  const CONVERSATIONS = [
    '10.66.0.11:51580 > 10.77.0.10:21/6 answered',
    '10.66.0.11:54914 > 10.77.0.10:19/6 refused',
    '10.66.0.12:40000 > 10.77.0.30:8443/6 silent',
    '10.66.0.12:40000 > 10.77.0.10:22/6 half-open',
    '10.66.0.101:35024 > 10.77.0.10:53/17 answered',
    '10.66.0.13:62063 > 10.77.0.20:161/17 silent',
    '10.66.0.101:50500 > 198.51.100.7:443/17 unknown',
    // Echo: Zeek puts the type of the answer where the code would be.
    '10.66.0.13:0 > 10.77.0.20:2048/1 answered',
    // Port unreachable: type 3, code 3.
    '10.77.0.20:0 > 10.66.0.13:771/1 backscatter',
    'fe80::a:0 > fe80::b:34560/58 silent',
    '2001:db8::1:44000 > 2001:db8::2:443/6 answered',
    '198.51.100.9:80 > 10.77.0.10:51234/6 backscatter',
    '10.77.0.10:51234 > 198.51.100.9:80/6 unknown',
  ];

  test('every conversation with its outcome', () => {
    const sink = read(fixture('conn.log'));
    expect(flows(sink).map(brief)).toEqual([...CONVERSATIONS, '10.66.0.11:0 > 10.77.0.10:0/47 unknown']);
    expect(sink.problems).toEqual([]);
    expect(sink.skips).toEqual({ header: 9 });
    expect(sink.lines[0]).toBe(9);
  });

  test('all fields of one', () => {
    expect(flows(read(fixture('conn.log')))[10]).toEqual({
      kind: 'flow', time: 1_763_755_910_300_009, source: '2001:db8::1', sourcePort: 44_000, destination: '2001:db8::2',
      destinationPort: 443, protocol: 6, duration: 1_500_000, outcome: 'answered', state: 'SF', history: 'ShADadFf',
      service: 'tls,http', sourcePackets: 9, destinationPackets: 8, sourceBytes: 500, destinationBytes: 4000,
      sourceFlags: 2 | 16 | 1, sampling: 1, uid: 'Ck51lg1bScffFj34Ri',
    }); // prettier-ignore
  });

  test('a labelled variant, whose last column holds three', () => {
    const sink = read(fixture('conn.log.labeled'));
    // Without its column ip_proto, GRE has no number.
    expect(flows(sink).map(brief)).toEqual([...CONVERSATIONS, '10.66.0.11:0 > 10.77.0.10:0/255 unknown']);
    expect(sink.problems).toEqual([]);
  });

  test('with sampling, silence and half-open say nothing', () => {
    const outcomes = new Set(flows(read(fixture('conn.log'), 100)).map((flow) => flow.outcome));
    expect(outcomes).toEqual(new Set(['answered', 'refused', 'unknown', 'backscatter']));
    expect(flows(read(fixture('conn.log'), 100))[0]?.sampling).toBe(100);
  });
});

describe('other logs', () => {
  const app = (name: string): Partial<AppEvent>[] =>
    read(fixture(name)).records.map((record) => {
      const event = record as AppEvent;
      const said = Object.entries(event).filter(
        ([field, value]) =>
          value !== '' &&
          value !== undefined &&
          !['kind', 'time', 'uid', 'source', 'sourcePort', 'destination'].includes(field),
      );
      return Object.fromEntries(said);
    });

  test.each<readonly [string, readonly Partial<AppEvent>[]]>([
    [
      'http.log',
      [
        {
          service: 'http', action: 'GET', name: 'www.lab.test', target: '/nmaplowercheck1763755920', status: '404', accepted: true,
          agent: 'Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)', destinationPort: 80, protocol: 6,
        },
        { service: 'http', action: 'GET', target: '/a\tb\\cé\uFFFD', accepted: false, destinationPort: 80, protocol: 6 },
      ],
    ],
    [
      'ssl.log',
      [
        {
          service: 'tls', name: 'www.lab.test', accepted: true, ja3: 'c12b4ccd5320bbb380ca1a9df90f771d',
          ja4: 't13i311000_e8f1e7e78f70_d41ae481755e', destinationPort: 443, protocol: 6,
        },
        { service: 'tls', status: 'handshake_failure', accepted: false, destinationPort: 443, protocol: 6 },
      ],
    ],
    [
      'dns.log',
      [
        { service: 'dns', action: 'A', name: 'h1.lab.test', status: 'NOERROR', accepted: true, destinationPort: 53, protocol: 17 },
        { service: 'dns', action: 'AXFR', name: 'lab.test', accepted: false, destinationPort: 53, protocol: 6 },
        { service: 'dns', action: '*', status: 'REFUSED', accepted: false, destinationPort: 53, protocol: 17 },
      ],
    ],
    [
      'ssh.log',
      [
        {
          service: 'ssh', agent: 'SSH-2.0-libssh_0.10.5', status: 'failure', accepted: false,
          hassh: 'ec7378c1a92f5a8dde7e8b7a1ddf33d1', destinationPort: 22, protocol: 6,
        },
        { service: 'ssh', agent: 'SSH-2.0-OpenSSH_9.2p1', status: 'success', accepted: true, destinationPort: 22, protocol: 6 },
        { service: 'ssh', agent: 'SSH-2.0-Nmap-SSH2-Hostkey', destinationPort: 22, protocol: 6 },
      ],
    ],
    ['smb_mapping.log', [{ service: 'smb', action: 'TREE_CONNECT', name: '\\\\10.77.0.10\\IPC$', destinationPort: 445, protocol: 6 }]],
    [
      'smb_files.log',
      [{ service: 'smb', action: 'FILE_OPEN', name: '\\\\10.77.0.10\\c$', target: 'Windows\\win.ini', destinationPort: 445, protocol: 6 }],
    ],
    [
      'smb_cmd.log',
      [
        { service: 'smb', action: 'CREATE', name: 'IPC$', target: 'srvsvc', status: 'SUCCESS', accepted: true, destinationPort: 445, protocol: 6 },
        { service: 'smb', action: 'TREE_CONNECT', name: 'ADMIN$', status: 'ACCESS_DENIED', accepted: false, destinationPort: 445, protocol: 6 },
      ],
    ],
    [
      'ntlm.log',
      [{ service: 'ntlm', name: 'LAB', target: 'alice', agent: 'KALI', status: 'failure', accepted: false, destinationPort: 445, protocol: 6 }],
    ],
    [
      'kerberos.log',
      [
        {
          service: 'kerberos', action: 'AS', name: 'krbtgt/LAB.TEST', target: 'alice/LAB.TEST', status: 'KDC_ERR_PREAUTH_REQUIRED',
          accepted: false, destinationPort: 88, protocol: 6,
        },
        {
          service: 'kerberos', action: 'TGS', name: 'cifs/fs.lab.test', target: 'alice/LAB.TEST', status: 'success', accepted: true,
          destinationPort: 88, protocol: 6,
        },
      ],
    ],
    [
      'rdp.log',
      [
        { service: 'rdp', target: 'nmap', status: 'encrypted', destinationPort: 3389, protocol: 6 },
        { service: 'rdp', status: 'SSL_NOT_ALLOWED_BY_SERVER', accepted: false, destinationPort: 3389, protocol: 6 },
      ],
    ],
    [
      'ftp.log',
      [{ service: 'ftp', action: 'PORT', name: 'anonymous', target: '10,66,0,12,1,2', status: '530', accepted: false, destinationPort: 21, protocol: 6 }],
    ],
    [
      'sip.log',
      [{ service: 'sip', action: 'OPTIONS', target: 'sip:nm', agent: 'friendly-scanner', accepted: false, destinationPort: 5060, protocol: 17 }],
    ],
  ])('%s', (name, want) => {
    expect(app(name)).toEqual(want);
    expect(read(fixture(name)).problems).toEqual([]);
  }); // prettier-ignore

  const alerts = (sink: RecordingSink): string[] =>
    sink.records.map((record) => {
      const { provider, source, destination, destinationPort, protocol, signature } = record as IdsAlert;
      return `${provider} ${source} > ${destination}:${destinationPort}/${protocol} ${signature}`;
    });

  test('notice.log: with a connection, with addresses alone, with neither', () => {
    const sink = read(fixture('notice.log'));
    expect(alerts(sink)).toEqual([
      'zeek-notice 10.66.0.12 > 10.77.0.10:0/255 Scan::Port_Scan',
      'zeek-notice 10.66.0.12 > :::445/6 Scan::Address_Scan',
      'zeek-notice 10.66.0.12 > 10.77.0.10:22/6 SSH::Password_Guessing',
    ]);
    expect(sink.skips).toEqual({ header: 6, 'zeek notice without an address': 1 });
    expect((sink.records[0] as IdsAlert).category).toMatch(/^10\.66\.0\.12 scanned/);
  });

  test('weird.log', () => {
    const sink = read(fixture('weird.log'));
    expect(alerts(sink)).toEqual([
      'zeek-weird 10.66.0.12 > 10.77.0.10:53/17 DNS_RR_unknown_type',
      'zeek-weird 10.66.0.12 > 10.77.0.10:80/6 bad_HTTP_request',
    ]);
    expect(sink.skips).toEqual({ header: 6, 'zeek weird without a connection': 1 });
  });

  test('a log that says nothing for us is set aside by its name', () => {
    expect(read(fixture('tunnel.log')).skips).toEqual({ header: 6, 'zeek tunnel': 1 });
    const odd = `#path\tEvil \u001b[31m\n#fields\tts\n1.0\n`;
    expect(read(odd).skips).toEqual({ header: 2, 'zeek log that is not known': 1 });
  });
});

describe('headers', () => {
  const one = (lines: readonly string[]): string[] => flows(read(lines.join('\n'))).map(brief);

  test('another separator, other marks, another order of columns, unknown columns, CRLF', () => {
    const text = [
      '#separator \\x2c',
      '#set_separator,;',
      '#empty_field,EMPTY',
      '#unset_field,?',
      '#path,conn',
      '#fields,what,id.resp_p,id.resp_h,history,id.orig_p,id.orig_h,proto,conn_state,ts,orig_pkts',
      'x,80,10.0.0.2,S,1025,10.0.0.1,tcp,S0,5.25,?',
    ];
    expect(one(text)).toEqual(['10.0.0.1:1025 > 10.0.0.2:80/6 silent']);
    expect(flows(read(text.join('\r\n')))[0]).toMatchObject({
      time: 5_250_000,
      sourcePackets: 0,
      uid: '',
      service: '',
    });
  });

  test('a separator of several characters', () => {
    const text = [
      '#separator \\x7c\\x7c',
      '#path||conn',
      `#fields||${FIELDS.join('||')}`,
      ROW.replaceAll('\t', '||'),
    ];
    expect(one(text)).toEqual(['10.0.0.1:1025 > 10.0.0.2:80/6 silent']);
  });

  test('several logs in one file', () => {
    const second = HEADER.slice(0, 4).concat(
      '#fields\tid.orig_h\tid.resp_h\tid.orig_p\tid.resp_p\tproto\tts',
    );
    expect(
      one([...HEADER, ROW, '#close\tx', ...second, '10.0.0.3\t10.0.0.4\t1\t2\tudp\t7', ...HEADER, ROW]),
    ).toEqual([
      '10.0.0.1:1025 > 10.0.0.2:80/6 silent',
      '10.0.0.3:1 > 10.0.0.4:2/17 unknown',
      '10.0.0.1:1025 > 10.0.0.2:80/6 silent',
    ]);
  });

  test('no #path: the columns tell', () => {
    expect(one([HEADER[4]!, ROW])).toEqual(['10.0.0.1:1025 > 10.0.0.2:80/6 silent']);
  });

  test('no header: a problem that says so, unless the head of the file was shown', () => {
    expect(read(ROW).problems).toEqual([
      expect.stringMatching(/^1: no #fields line says what the columns are: "1655071320/),
    ]);
    const reader = zeekTsvReader(OPTIONS);
    for (const line of [...HEADER, ROW]) reader.prime(line);
    const sink = readAll(reader, ROW);
    expect(sink.records).toHaveLength(1);
    expect(sink.problems).toEqual([]);
  });

  test('a byte order mark', () => {
    expect(read(`\uFEFF${[...HEADER, ROW].join('\n')}`).skips).toEqual({ header: 5 });
  });
});

describe('lines that are wrong', () => {
  const withValue = (field: string, value: string): string =>
    ROW.split('\t').with(FIELDS.indexOf(field), value).join('\t');

  test.each([
    ['id.resp_p', '99999', 'id.resp_p: "99999" is no port'],
    ['id.resp_p', '-1', 'id.resp_p: "-1" is no port'],
    ['id.orig_p', 'NaN', 'id.orig_p: "NaN" is no port'],
    ['id.orig_p', '-', 'id.orig_p is missing'],
    ['id.orig_h', '999.1.1.1', 'id.orig_h: "999.1.1.1" is no IP address'],
    ['id.resp_h', 'localhost', 'id.resp_h: "localhost" is no IP address'],
    ['id.resp_h', '-', 'id.resp_h is missing'],
    ['id.orig_h', '1'.repeat(5000), `id.orig_h: "${'1'.repeat(40)}…" is no IP address`],
    ['ts', '-', 'ts is missing'],
    ['ts', 'yesterday', 'ts: "yesterday" is no time'],
    ['ts', '-5.0', 'ts: "-5.0" is no time'],
    ['orig_pkts', '-5', 'orig_pkts: "-5" is no count'],
    ['resp_pkts', '1e999', 'resp_pkts: "1e999" is no count'],
    ['id.orig_h', '10.0.0.1\0', String.raw`id.orig_h: "10.0.0.1\u0000" is no IP address`],
    ['id.orig_h', '10.0.0.\uFFFD', 'id.orig_h: "10.0.0.\uFFFD" is no IP address'],
  ])('%s = %s', (field, value, want) => {
    // The good lines around it are read.
    const sink = read([...HEADER, ROW, withValue(field, value), ROW].join('\n'));
    expect(sink.problems).toEqual([`7: ${want}`]);
    expect(sink.lines).toEqual([6, 8]);
  });

  test('an ICMP type that is none', () => {
    const line = ROW.replace('tcp', 'icmp');
    expect(read([...HEADER, line].join('\n')).problems).toEqual(['6: id.orig_p: "1025" is no ICMP type']);
  });

  test('a line that was cut off', () => {
    const sink = read([...HEADER, ROW, ROW.slice(0, 40)].join('\n'));
    expect(sink.records).toHaveLength(1);
    expect(sink.problems).toEqual([
      expect.stringMatching(/^7: 5 of 11 columns: "1655071320.*is the line cut short\?$/),
    ]);
  });

  test('empty lines are set aside, and columns past the header are not read', () => {
    const sink = read([...HEADER, '', `${ROW}\tmore\tand more`, '\r'].join('\n'));
    expect(sink.records).toHaveLength(1);
    expect(sink.skips).toEqual({ header: 5, 'empty line': 2 });
  });
});

describe('laws', () => {
  test('no line raises an error, and each ends as a record, a skip or a problem', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('-', '(empty)', '1', '10.0.0.1', 'tcp', '\\x', '\\x09', '#fields', '#separator \\x'),
    );
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(cell, { maxLength: 14 }).map((cells) => cells.join('\t')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const text = [...HEADER, ...lines.map((each) => each.replaceAll('\n', ' '))].join('\n');
        const sink = read(text);
        expect(sink.records.length + sink.skipped + sink.problems.length).toBe(linesOf(text).length);
      }),
    );
  });

  test('what was written is what is read, in the order of the lines', () => {
    const entry = fc.record({
      seconds: fc.integer({ min: 0, max: 4_000_000_000 }), micros: fc.integer({ min: 0, max: 999_999 }),
      source: fc.ipV4(), destination: fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::1', 'fe80::1')),
      sourcePort: fc.integer({ min: 0, max: 65_535 }), destinationPort: fc.integer({ min: 0, max: 65_535 }),
      packets: fc.integer({ min: 0, max: 2 ** 40 }), uid: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
    }); // prettier-ignore
    const escape = (text: string): string =>
      Array.from(Buffer.from(text))
        .map((byte) =>
          byte === 92
            ? '\\\\'
            : byte > 32 && byte < 127 && byte !== 45 && byte !== 40
              ? String.fromCodePoint(byte)
              : `\\x${byte.toString(16).padStart(2, '0')}`,
        )
        .join('');
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 20 }), (entries) => {
        const rows = entries.map(
          (each) =>
          [
            `${each.seconds}.${String(each.micros).padStart(6, '0')}`, escape(each.uid), each.source, each.sourcePort,
            each.destination, each.destinationPort, 'tcp', 'S0', 'S', each.packets, 0,
          ].join('\t'), // prettier-ignore
        );
        const sink = read([...HEADER, ...rows].join('\n'));
        expect(sink.problems).toEqual([]);
        expect(
          flows(sink).map(({ time, source, sourcePort, destination, destinationPort, sourcePackets, uid }) => ({
            seconds: Math.floor(time / 1e6), micros: time % 1e6, source, destination, sourcePort, destinationPort,
            packets: sourcePackets, uid,
          })), // prettier-ignore
        ).toEqual(entries.map((each) => ({ ...each, uid: Buffer.from(each.uid).toString() })));
      }),
    );
  });
});
