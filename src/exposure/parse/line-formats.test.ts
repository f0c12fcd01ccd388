import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../fault/fault.ts';
import { collectRun } from '../model/collect-run.ts';
import type { Port } from '../model/host.ts';
import type { ScanEvent } from '../model/scan-event.ts';
import type { RunId, ScanRun } from '../model/scan-run.ts';
import type { ScanFormat } from './detect.ts';
import { GrepableReader } from './grepable.ts';
import { MasscanJsonReader } from './masscan-json.ts';
import { MasscanListReader } from './masscan-list.ts';
import { createReader, readScan } from './read-scan.ts';

const CONTEXT = {
  id: '0123456789abcdef' as RunId,
  vantage: 'lab',
  profile: 'all',
  privileges: 'raw',
} as const;
const FIXTURES = new URL('../../../test/fixtures/scan-output/', import.meta.url);

function readAs(format: ScanFormat, text: string | Uint8Array): readonly ScanEvent[] {
  const reader = createReader(format);
  return [...reader.push(Buffer.from(text)), ...reader.end()];
}
const runsOf = (events: readonly ScanEvent[]): readonly ScanRun[] => collectRun(events, CONTEXT);
const problemsOf = (events: readonly ScanEvent[]): readonly string[] =>
  events.flatMap((event) =>
    event.kind === 'problem' ? [`${event.problem.code} ${event.problem.where.field ?? ''}`.trim()] : [],
  );
/** `192.0.2.1 80/tcp open http` for each port. */
const portsOf = (runs: readonly ScanRun[]): readonly string[] =>
  runs.flatMap((run) =>
    run.hosts.flatMap((host) =>
      host.ports.map(
        (port: Port) =>
          `${host.address} ${port.portid}/${port.protocol} ${port.state} ${port.service?.name ?? '-'}`,
      ),
    ),
  );
const fixture = (name: string): readonly ScanEvent[] => readScan(readFileSync(new URL(name, FIXTURES)));

describe('grepable, as Nmap 7.93 writes it', () => {
  test.each(['tcp', 'udp', 'sctp', 'ipproto', 'ipv6', 'services', 'timedout', 'ping'])(
    '%s: says the same as the XML of the same scan',
    (name) => {
      const summary = (suffix: string): unknown => {
        const [run] = runsOf(fixture(`${name}.${suffix}`));
        return {
          args: run?.info.args,
          status: run?.info.status,
          counts: run?.info.hosts,
          hosts: run?.hosts.map((host) => [host.address, host.status.state, host.timedOut]),
          ports: portsOf([run!]),
        };
      };
      expect(summary('gnmap')).toEqual(summary('xml'));
    },
  );

  test('the ports it says it scanned, and the type that the command line names', () => {
    const [run] = runsOf(fixture('udp.gnmap'));
    expect(run?.info.scaninfo).toEqual([
      { type: 'syn', protocol: 'tcp', services: '22,80', numservices: 2 },
      { type: 'udp', protocol: 'udp', services: '53,69', numservices: 2 },
    ]);
  });

  test('its times have no zone, which is said', () => {
    const events = fixture('tcp.gnmap');
    expect(problemsOf(events)).toEqual(['parse/no-time-zone start']);
    expect(runsOf(events)[0]?.info.start).toBe(Date.UTC(2026, 10, 22, 4, 44, 11) * 1000);
  });
});

const HEAD = '# Nmap 7.95 scan initiated Sun Nov 22 04:46:11 2026 as: nmap -sT -oG - 192.0.2.0/24\n';
const DONE =
  '# Nmap done at Sun Nov 22 04:46:11 2026 -- 256 IP addresses (2 hosts up) scanned in 0.15 seconds\n';

describe('grepable, line by line', () => {
  test.each([
    { why: 'versions with commas and parentheses', line: 'Ports: 80/open/tcp//http//Apache httpd 2.2 ((Unix), mod_ssl)/, 443/open/tcp//ssl|http//x/', want: ['192.0.2.1 80/tcp open http', '192.0.2.1 443/tcp open http'] },
    { why: 'a guessed service', line: 'Ports: 3389/open/tcp//ssl|ms-wbt-server?///', want: ['192.0.2.1 3389/tcp open ms-wbt-server'] },
    { why: 'no port listed', line: 'Ports: \tIgnored State: closed (1000)', want: [] },
    { why: 'open|filtered', line: 'Ports: 53/open|filtered/udp//domain///', want: ['192.0.2.1 53/udp open|filtered domain'] },
    { why: "masscan's line without the last slash", line: 'Ports: 80/open/tcp//http//', want: ['192.0.2.1 80/tcp open http'] },
    { why: 'protocols', line: 'Protocols: 1/open/icmp/, 132/closed/sctp/', want: ['192.0.2.1 1/ip open icmp', '192.0.2.1 132/ip closed sctp'] },
    { why: "masscan's banner", line: 'Port: 22\tService: ssh\tBanner: SSH-2.0-x', want: ['192.0.2.1 22/tcp open ssh'] },
    { why: "masscan's banner of a UDP service", line: 'Port: 161\tService: snmp\tBanner: x', want: ['192.0.2.1 161/udp open snmp'] },
  ])('$why', ({ line, want }) => {
    const events = readAs('nmap-grepable', `${HEAD}Host: 192.0.2.1 ()\t${line}\n${DONE}`);
    expect(portsOf(runsOf(events))).toEqual(want);
    expect(problemsOf(events)).toEqual(['parse/no-time-zone start']);
  }); // prettier-ignore

  test('tunnel, guess, product, ignored state, name and OS', () => {
    const text = `${HEAD}Host: 192.0.2.1 (www.example)\tStatus: Up\nHost: 192.0.2.1 (www.example)\tPorts: 443/open/tcp//ssl|http//nginx 1.24/, 3389/open/tcp//ssl|rdp?///\tIgnored State: filtered (998)\tOS: Linux 4.15 - 5.19\n${DONE}`;
    const host = runsOf(readAs('nmap-grepable', text))[0]?.hosts[0];
    expect(host).toMatchObject({
      status: { state: 'up' },
      hostnames: [{ name: 'www.example', type: 'PTR' }],
      ports: [
        { portid: 443, service: { name: 'http', tunnel: 'ssl', product: 'nginx 1.24' } },
        { portid: 3389, service: { name: 'rdp', tunnel: 'ssl', method: 'table' } },
      ],
      extraports: [{ state: 'filtered', count: 998 }],
      os: [{ name: 'Linux 4.15 - 5.19', accuracy: 100 }],
    });
    expect(readAs('nmap-grepable', text).filter((event) => event.kind === 'host')).toHaveLength(1);
  });

  test.each([
    { why: 'portid 70000', line: 'Host: 192.0.2.1 ()\tPorts: 70000/open/tcp//x///, 80/open/tcp//http///', problem: 'parse/out-of-range Ports', ports: 1 },
    { why: 'no address', line: 'Host: www ()\tPorts: 80/open/tcp//http///', problem: 'parse/out-of-range Host', ports: 0 },
    { why: 'an ignored state without a count', line: 'Host: 192.0.2.1 ()\tPorts: 80/open/tcp//http///\tIgnored State: closed', problem: 'parse/out-of-range Ignored State', ports: 1 },
    { why: 'a line of something else', line: 'Nmap scan report for x', problem: 'parse/malformed', ports: 0 },
  ])('a problem has its line and costs only itself: $why', ({ line, problem, ports }) => {
    const events = readAs('nmap-grepable', `${HEAD}${line}\nHost: 192.0.2.9 ()\tStatus: Up\n${DONE}`);
    expect(problemsOf(events)).toEqual(['parse/no-time-zone start', problem]);
    expect(portsOf(runsOf(events))).toHaveLength(ports);
    expect(events).toContainEqual(expect.objectContaining({ problem: expect.objectContaining({ where: expect.objectContaining({ line: 2, offset: HEAD.length }) }) }));
  }); // prettier-ignore

  test.each([
    { why: 'done', text: `${HEAD}Host: 192.0.2.1 ()\tStatus: Up\n${DONE}`, want: ['complete'] },
    { why: 'no end', text: `${HEAD}Host: 192.0.2.1 ()\tStatus: Up\n`, want: ['interrupted'] },
    { why: 'cut in a line', text: `${HEAD}Host: 192.0.2.1 ()\tStatus: U`, want: ['truncated'] },
    { why: 'only the beginning', text: HEAD, want: ['interrupted'] },
    { why: 'hosts cut out with grep', text: 'Host: 192.0.2.1 ()\tPorts: 80/open/tcp//http///\n', want: ['interrupted'] },
    { why: 'appended twice', text: `${HEAD}${DONE}${HEAD}${DONE}`, want: ['complete', 'complete'] },
    { why: 'appended to one that was killed', text: `${HEAD}Host: 192.0.2.1 ()\tStatus: Up\n${HEAD}${DONE}`, want: ['interrupted', 'complete'] },
    { why: 'as Nmap 3.75 wrote it', text: '# nmap 3.75 scan initiated Sat Jul 16 11:29:44 2005 as: nmap -oG - x\nHost: 192.0.2.1 ()\tStatus: Up\n# Nmap run completed at Sat Jul 16 11:29:45 2005 -- 1 IP address (1 host up) scanned in 1.1 seconds\n', want: ['complete'] },
  ])('ends: $why', ({ text, want }) => {
    expect(runsOf(readAs('nmap-grepable', text)).map((run) => run.info.status)).toEqual(want);
  }); // prettier-ignore

  test('masscan 1.3.2: its ports, its counting of UDP ports, an echo reply', () => {
    const events = fixture('masscan-ping.gnmap');
    const [run] = runsOf(events);
    expect(problemsOf(events)).toEqual([]);
    expect(run?.info).toMatchObject({
      scanner: 'masscan',
      version: '1.3.2',
      format: 'masscan-grepable',
      status: 'complete',
      scaninfo: [
        { type: 'syn', protocol: 'tcp', services: '22', numservices: 1 },
        { type: 'udp', protocol: 'udp', services: '53', numservices: 1 },
      ],
    });
    expect(
      run?.hosts.map(
        (host) => `${host.address} ${host.status.state} ${host.status.reason} ${host.ports.length}`,
      ),
    ).toEqual(['10.99.7.2 up echo-reply 1', '10.99.7.3 up echo-reply 1']);
  });

  test('a line longer than allowed is left out and the next one read', () => {
    const reader = new GrepableReader(200);
    const long = `Host: 192.0.2.1 ()\tPorts: ${'80/open/tcp//http///, '.repeat(20)}\n`;
    const events = [
      ...reader.push(Buffer.from(`${HEAD}${long}Host: 192.0.2.2 ()\tStatus: Up\n${DONE}`)),
      ...reader.end(),
    ];
    expect(problemsOf(events)).toContain('parse/limit');
    expect(runsOf(events)[0]?.hosts.map((host) => host.address)).toEqual(['192.0.2.2']);
  });
});

const RECORD =
  '{ "ip": "192.0.2.1", "timestamp": "1700000000", "ports": [ {"port": 80, "proto": "tcp", "status": "open", "reason": "syn-ack", "ttl": 64} ] }';
const OTHER = RECORD.replace('192.0.2.1', '192.0.2.2').replace('1700000000', '1700000009');
const OPEN_80 = ['192.0.2.1 80/tcp open -'];
const BOTH = [...OPEN_80, '192.0.2.2 80/tcp open -'];

describe('masscan JSON', () => {
  test.each([
    { why: 'as 1.3.2 writes it', text: `[\n${RECORD}\n,\n${OTHER}\n]\n`, want: BOTH, status: ['complete'] },
    { why: 'a comma too many', text: `[\n${RECORD},\n${OTHER},\n]\n`, want: BOTH, status: ['complete'] },
    { why: '{finished: 1}, which is no JSON', text: `${RECORD},\n${OTHER},\n{finished: 1}\n`, want: BOTH, status: ['complete'] },
    { why: '{finished: 1} inside brackets', text: `[\n${RECORD},\n{finished: 1}\n]\n`, want: OPEN_80, status: ['complete'] },
    { why: 'one record per line, without brackets', text: `${RECORD}\n${OTHER}\n`, want: BOTH, status: ['complete'] },
    { why: 'no closing bracket, as a killed masscan leaves it', text: `[\n${RECORD}\n,\n${OTHER}\n`, want: BOTH, status: ['truncated'] },
    { why: 'cut in a record', text: `[\n${RECORD}\n,\n${OTHER.slice(0, 60)}`, want: OPEN_80, status: ['truncated'] },
    { why: 'nothing found', text: '[\n]\n', want: [], status: ['complete'] },
    { why: 'two lists behind each other', text: `[\n${RECORD}\n]\n[\n${OTHER}\n]\n`, want: BOTH, status: ['complete', 'complete'] },
    { why: 'numbers as text and text as numbers', text: '[{"ip":"192.0.2.1","timestamp":1700000000,"ports":[{"port":"80","proto":"tcp","status":"open"}]}]', want: OPEN_80, status: ['complete'] },
    { why: 'braces and quotes inside a banner', text: `[{"ip":"192.0.2.1","ports":[{"port":80,"proto":"tcp","service":{"name":"http","banner":"{]\\"}\\\\"}}]}]`, want: ['192.0.2.1 80/tcp open http'], status: ['complete'] },
    { why: 'half of a character, which no encoding can hold', text: String.raw`[{"ip":"192.0.2.1","ports":[{"port":80,"proto":"tcp","status":"a\ud800b","service":{"name":"\udc00","banner":""}}]}]`, want: ['192.0.2.1 80/tcp a\uFFFDb \uFFFD'], status: ['complete'] },
  ])('$why', ({ text, want, status }) => {
    const runs = runsOf(readAs('masscan-json', text));
    expect(portsOf(runs)).toEqual(want);
    expect(runs.map((run) => run.info.status)).toEqual(status);
  }); // prettier-ignore

  test('a real one, with banners', () => {
    const events = fixture('masscan-banners.json');
    const [run] = runsOf(events);
    expect(problemsOf(events)).toEqual([]);
    expect(run?.info).toMatchObject({
      format: 'masscan-json',
      status: 'complete',
      start: 1_795_322_837_000_000,
      end: 1_795_322_895_000_000,
    });
    expect(portsOf([run!])).toEqual(
      ['10.99.7.2', '10.99.7.3'].flatMap((ip) => [
        `${ip} 21/tcp open ftp`,
        `${ip} 22/tcp open ssh`,
        `${ip} 25/tcp open smtp`,
        `${ip} 80/tcp open -`,
      ]),
    );
    // The listing and its banner are two records: the port keeps the reason of one and the banner of the other.
    expect(run?.hosts[0]?.ports[2]).toMatchObject({
      reason: 'syn-ack',
      reasonTtl: 64,
      scripts: [{ id: 'banner', output: `220 mail.example ESMTP <&"'> ` }],
    });
  });

  test.each([
    { why: 'port 70000', record: RECORD.replace('80', '70000'), problem: 'parse/out-of-range ports/port' },
    { why: 'no address', record: RECORD.replace('192.0.2.1', 'x'), problem: 'parse/out-of-range ip' },
    { why: 'a protocol that is none', record: RECORD.replace('tcp', 'quic'), problem: 'parse/out-of-range ports/proto' },
    { why: 'a time that is none', record: RECORD.replace('1700000000', 'soon'), problem: 'parse/out-of-range timestamp' },
    { why: 'no ports', record: '{"ip": "192.0.2.1"}', problem: 'parse/missing ports' },
    { why: 'no JSON', record: '{"ip": nope}', problem: 'parse/malformed' },
    { why: 'something between records', record: 'oops', problem: 'parse/malformed' },
  ])('a record that is wrong costs only itself: $why', ({ record, problem }) => {
    const events = readAs('masscan-json', `[\n${record}\n,\n${OTHER}\n]`);
    expect(problemsOf(events)).toEqual([problem]);
    expect(portsOf(runsOf(events))).toContain('192.0.2.2 80/tcp open -');
  }); // prettier-ignore

  test('a record longer than allowed is left out', () => {
    const reader = new MasscanJsonReader(400);
    const long = RECORD.replace('syn-ack', 'x'.repeat(1_000));
    const events = [...reader.push(Buffer.from(`[${long},${OTHER}]`)), ...reader.end()];
    expect(problemsOf(events)).toEqual(['parse/limit']);
    expect(portsOf(runsOf(events))).toEqual(['192.0.2.2 80/tcp open -']);
  });
});

describe('masscan list', () => {
  test.each([
    { why: 'as 1.3.2 writes it', text: '#masscan\nopen tcp 80 192.0.2.1 1700000000\nopen udp 53 192.0.2.1 1700000001\n# end\n', want: ['192.0.2.1 53/udp open -', '192.0.2.1 80/tcp open -'], status: ['complete'] },
    { why: 'banners, with spaces', text: '#masscan\nopen tcp 22 192.0.2.1 1\nbanner tcp 22 192.0.2.1 2 ssh SSH-2.0-OpenSSH 9\n# end\n', want: ['192.0.2.1 22/tcp open ssh'], status: ['complete'] },
    { why: 'closed ports', text: '#masscan\nclosed tcp 22 192.0.2.1 1\n# end\n', want: ['192.0.2.1 22/tcp closed -'], status: ['complete'] },
    { why: 'IPv6', text: '#masscan\nopen tcp 22 2001:DB8::1 1\n# end\n', want: ['2001:db8::1 22/tcp open -'], status: ['complete'] },
    { why: 'an echo reply is no port', text: '#masscan\nopen icmp 0 192.0.2.1 1\n# end\n', want: [], status: ['complete'] },
    { why: 'no end', text: '#masscan\nopen tcp 22 192.0.2.1 1\n', want: ['192.0.2.1 22/tcp open -'], status: ['interrupted'] },
    { why: 'cut in a line', text: '#masscan\nopen tcp 22 192.0.2.1 1\nopen tc', want: ['192.0.2.1 22/tcp open -'], status: ['truncated'] },
    { why: 'nothing found', text: '#masscan\n# end\n', want: [], status: ['complete'] },
    { why: 'two behind each other', text: '#masscan\nopen tcp 22 192.0.2.1 1\n# end\n#masscan\nopen tcp 23 192.0.2.1 1\n# end\n', want: ['192.0.2.1 22/tcp open -', '192.0.2.1 23/tcp open -'], status: ['complete', 'complete'] },
    { why: 'CRLF', text: '#masscan\r\nopen tcp 22 192.0.2.1 1\r\n# end\r\n', want: ['192.0.2.1 22/tcp open -'], status: ['complete'] },
  ])('$why', ({ text, want, status }) => {
    const runs = runsOf(readAs('masscan-list', text));
    expect(portsOf(runs)).toEqual(want);
    expect(runs.map((run) => run.info.status)).toEqual(status);
  }); // prettier-ignore

  test('a real one', () => {
    const events = fixture('masscan-plain.list');
    expect(problemsOf(events)).toEqual([]);
    expect(portsOf(runsOf(events))).toHaveLength(4);
  });

  test('a banner keeps its text', () => {
    const [run] = runsOf(
      readAs('masscan-list', '#masscan\nbanner tcp 80 192.0.2.1 2 title Hello  there \n# end\n'),
    );
    expect(run?.hosts[0]?.ports[0]?.scripts).toEqual([{ id: 'masscan-title', output: 'Hello  there ' }]);
  });

  test.each([
    { why: 'port 70000', line: 'open tcp 70000 192.0.2.1 1', problem: 'parse/out-of-range port' },
    { why: 'no address', line: 'open tcp 80 192.0.2.999 1', problem: 'parse/out-of-range ip' },
    { why: 'too few fields', line: 'open tcp', problem: 'parse/malformed' },
  ])('a line that is wrong costs only itself: $why', ({ line, problem }) => {
    const events = readAs('masscan-list', `#masscan\n${line}\nopen tcp 22 192.0.2.2 1\n# end\n`);
    expect(problemsOf(events)).toEqual([problem]);
    expect(portsOf(runsOf(events))).toEqual(['192.0.2.2 22/tcp open -']);
  }); // prettier-ignore

  test('lines are read in bounded memory', () => {
    const reader = new MasscanListReader(100);
    const events = [
      ...reader.push(Buffer.from('#masscan\nopen tcp 22 192.0.2.1 1\n')),
      ...reader.push(Buffer.alloc(100_000, 'x')),
      ...reader.push(Buffer.from('\n# end\n')),
      ...reader.end(),
    ];
    expect(problemsOf(events)).toEqual(['parse/limit']);
  });
});

describe('every format', () => {
  test.each(['nmap-xml', 'nmap-grepable', 'masscan-json', 'masscan-list'] as const)(
    '%s: an empty file is refused',
    (format) => {
      expect(() => readAs(format, '')).toThrow(Fault);
      expect(() => readAs(format, '')).toThrow('the file is empty');
    },
  );

  test.each([
    'services.xml',
    'services.gnmap',
    'tcp.gnmap',
    'masscan-ping.gnmap',
    'masscan-banners.json',
    'masscan-plain.list',
    'masscan-ping.xml',
  ])('%s: cut into chunks anywhere, it reads the same', (name) => {
    const bytes = readFileSync(new URL(name, FIXTURES));
    const whole = JSON.stringify(readScan(bytes));
    const format: ScanFormat = name.endsWith('.xml')
      ? 'nmap-xml'
      : name.endsWith('.gnmap')
        ? 'nmap-grepable'
        : name.endsWith('.json')
          ? 'masscan-json'
          : 'masscan-list';
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 30 }), (cuts) => {
        const reader = createReader(format);
        const places = cuts.toSorted((a, b) => a - b);
        const events = [...places, bytes.length].flatMap((end, index) =>
          reader.push(bytes.subarray(index === 0 ? 0 : places[index - 1], end)),
        );
        expect(JSON.stringify([...events, ...reader.end()])).toBe(whole);
      }),
      { numRuns: 50 },
    );
  });
});
