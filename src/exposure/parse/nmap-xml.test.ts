import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../fault/fault.ts';
import { collectRun } from '../model/collect-run.ts';
import type { Host } from '../model/host.ts';
import type { ScanEvent } from '../model/scan-event.ts';
import type { RunId, ScanRun } from '../model/scan-run.ts';
import { DEFAULT_NMAP_LIMITS, NmapXmlReader } from './nmap-xml.ts';
import { readScan } from './read-scan.ts';

const CONTEXT = {
  id: '0123456789abcdef' as RunId,
  vantage: 'lab',
  profile: 'all',
  privileges: 'raw',
} as const;
const FIXTURES = new URL('../../../test/fixtures/scan-output/', import.meta.url);

const read = (xml: string | Uint8Array): readonly ScanEvent[] =>
  readScan(typeof xml === 'string' ? Buffer.from(xml) : xml);
const runsOf = (events: readonly ScanEvent[]): readonly ScanRun[] => collectRun(events, CONTEXT);
const hostsOf = (events: readonly ScanEvent[]): readonly Host[] =>
  events.flatMap((event) => (event.kind === 'host' ? [event.host] : []));
const problemsOf = (events: readonly ScanEvent[]): readonly string[] =>
  events.flatMap((event) =>
    event.kind === 'problem' ? [`${event.problem.code} ${event.problem.where.field ?? ''}`.trim()] : [],
  );
const statuses = (events: readonly ScanEvent[]): readonly string[] =>
  runsOf(events).map((run) => run.info.status);

const ROOT =
  '<nmaprun scanner="nmap" args="nmap x" start="1700000000" version="7.95" xmloutputversion="1.05">';
const STATS =
  '<runstats><finished time="1700000010" exit="success"/><hosts up="1" down="2" total="3"/></runstats></nmaprun>';
const ADDRESS =
  '<status state="up" reason="echo-reply" reason_ttl="63"/><address addr="192.0.2.1" addrtype="ipv4"/>';
const withHost = (inside: string, attributes = ''): string =>
  `${ROOT}<host${attributes}>${inside}</host>${STATS}`;
const withPort = (port: string): string => withHost(`${ADDRESS}<ports>${port}</ports>`);
const hostIn = (xml: string): Host => hostsOf(read(xml))[0]!;
const OPEN = '<state state="open" reason="syn-ack" reason_ttl="64"/>';

describe('real scans by Nmap 7.93', () => {
  const fixture = (name: string): readonly ScanEvent[] => read(readFileSync(new URL(name, FIXTURES)));

  test('versions, OS, traceroute, scripts with tables', () => {
    const events = fixture('services.xml');
    expect(problemsOf(events)).toEqual([]);
    const [run] = runsOf(events);
    expect(run?.info).toMatchObject({
      scanner: 'nmap',
      version: '7.93',
      format: 'nmap-xml',
      xmlOutputVersion: '1.05',
      status: 'complete',
      exit: 'success',
      verbose: 1,
      scaninfo: [{ type: 'syn', protocol: 'tcp', numservices: 6, services: '21-25,80' }],
      hosts: { up: 1, down: 0, total: 1 },
    });
    const host = run!.hosts[0]!;
    expect(host).toMatchObject({ address: '10.99.7.2', status: { state: 'up', reason: 'arp-response', reasonTtl: 0 }, timedOut: false, distance: 1 });
    expect(host.mac).toEqual({ address: 'A6:55:96:19:26:52' });
    expect(host.ports.map((port) => `${port.portid} ${port.state}`)).toEqual(['21 open', '22 open', '23 closed', '24 closed', '25 open', '80 open']);
    const ssh = host.ports[1]!;
    expect(ssh).toMatchObject({
      reason: 'syn-ack',
      reasonTtl: 64,
      service: { name: 'ssh', product: 'OpenSSH', version: '9.2p1 Debian 2+deb12u3', extrainfo: 'protocol 2.0', method: 'probed', conf: 10, ostype: 'Linux' },
    });
    expect(ssh.service?.cpe).toEqual(['cpe:/a:openbsd:openssh:9.2p1', 'cpe:/o:linux:linux_kernel']);
    const http = host.ports[5]!;
    expect(http.scripts.map((script) => script.id)).toEqual(['fingerprint-strings', 'http-title', 'http-server-header', 'http-headers']);
    expect(http.scripts.find((script) => script.id === 'http-title')).toEqual({
      id: 'http-title',
      output: 'Intranet, / "start" & more',
      items: [{ key: 'title', value: 'Intranet, / "start" & more' }],
    });
    expect(host.trace?.hops).toEqual([expect.objectContaining({ ttl: 1, address: '10.99.7.2' })]);
  }); // prettier-ignore

  test.each([
    { file: 'tcp.xml', hosts: ['10.99.7.2', '10.99.7.3'], ports: 14 },
    { file: 'ipv6.xml', hosts: ['fd99:7::2'], ports: 6 },
    { file: 'udp.xml', hosts: ['10.99.7.2'], ports: 4 },
    { file: 'sctp.xml', hosts: ['10.99.7.2'], ports: 2 },
    { file: 'ipproto.xml', hosts: ['10.99.7.2'], ports: 4 },
    { file: 'ping.xml', hosts: ['10.99.7.0', '10.99.7.1', '10.99.7.2', '10.99.7.3', '10.99.7.4', '10.99.7.5', '10.99.7.6', '10.99.7.7'], ports: 0 },
    { file: 'masscan-ping.xml', hosts: ['10.99.7.2', '10.99.7.3'], ports: 2 },
  ])('$file', ({ file, hosts, ports }) => {
    const events = fixture(file);
    const [run] = runsOf(events);
    expect(problemsOf(events)).toEqual([]);
    expect(run?.info.status).toBe('complete');
    expect(run?.hosts.map((host) => host.address)).toEqual(hosts);
    expect(run?.hosts.reduce((sum, host) => sum + host.ports.length, 0)).toBe(ports);
  }); // prettier-ignore

  test('a host that timed out', () => {
    expect(hostsOf(fixture('timedout.xml')).map((host) => host.timedOut)).toEqual([true]);
  });

  test('masscan: an echo reply makes the host up, a port alone leaves it unknown, counts of ports are not hosts', () => {
    const events = fixture('masscan-ping.xml');
    expect(
      hostsOf(events).map((host) => `${host.address} ${host.status.state} ${host.ports.length}`),
    ).toEqual(['10.99.7.3 unknown 1', '10.99.7.3 up 0', '10.99.7.2 unknown 1', '10.99.7.2 up 0']);
    const [run] = runsOf(events);
    expect(run?.info).toMatchObject({ scanner: 'masscan', format: 'masscan-xml', status: 'complete' });
    expect(run?.info.hosts).toBeUndefined();
    expect(run?.hosts.map((host) => host.status.state)).toEqual(['up', 'up']);
  });
});

describe('one host', () => {
  test.each([
    { why: 'no status at all (masscan, very old Nmap)', xml: withHost('<address addr="192.0.2.1"/>'), want: { address: '192.0.2.1', status: { state: 'unknown' } } },
    { why: 'IPv6 is brought to one spelling', xml: withHost('<address addr="2001:DB8:0::1" addrtype="ipv6"/>'), want: { address: '2001:db8::1' } },
    { why: 'the first IP address leads, the others are kept', xml: withHost('<address addr="192.0.2.1"/><address addr="2001:db8::1" addrtype="ipv6"/><address addr="aa-bb-cc-00-11-22" addrtype="mac" vendor="V"/>'), want: { address: '192.0.2.1', otherAddresses: ['2001:db8::1'], mac: { address: 'AA:BB:CC:00:11:22', vendor: 'V' } } },
    { why: 'hostnames keep their type', xml: withHost(`${ADDRESS}<hostnames><hostname name="a" type="user"/><hostname name="b" type="PTR"/></hostnames>`), want: { hostnames: [{ name: 'a', type: 'user' }, { name: 'b', type: 'PTR' }] } },
    { why: 'times are instants', xml: withHost(ADDRESS, ' starttime="1700000001" endtime="1700000002"'), want: { start: 1_700_000_001_000_000, end: 1_700_000_002_000_000 } },
    { why: 'ports come in order whatever the file has', xml: withPort(`<port protocol="udp" portid="9">${OPEN}</port><port protocol="tcp" portid="9">${OPEN}</port><port protocol="tcp" portid="2">${OPEN}</port>`), want: { ports: [{ portid: 2, protocol: 'tcp' }, { portid: 9, protocol: 'tcp' }, { portid: 9, protocol: 'udp' }] } },
    { why: 'a port listed twice is one, the stronger state stays', xml: withPort(`<port protocol="tcp" portid="9">${OPEN}</port><port protocol="tcp" portid="9"><state state="filtered"/></port>`), want: { ports: [{ portid: 9, state: 'open' }] } },
    { why: 'a port without service or reason', xml: withPort('<port protocol="sctp" portid="9"><state state="closed"/></port>'), want: { ports: [{ portid: 9, protocol: 'sctp', state: 'closed', scripts: [] }] } },
    { why: 'reason_ip and owner', xml: withPort('<port protocol="tcp" portid="9"><state state="filtered" reason="admin-prohibited" reason_ttl="3" reason_ip="192.0.2.254"/><owner name="root"/></port>'), want: { ports: [{ reasonIp: '192.0.2.254', owner: 'root' }] } },
    { why: 'extraports with the ports that recent Nmap names', xml: withPort('<extraports state="closed" count="3"><extrareasons reason="reset" count="3" proto="tcp" ports="1-3"/></extraports>'), want: { extraports: [{ state: 'closed', count: 3, reasons: [{ reason: 'reset', count: 3, protocol: 'tcp', ports: '1-3' }] }] } },
    { why: 'addport counts where there is no list', xml: withHost(`${ADDRESS}<addport state="open" portid="22" protocol="tcp" owner=""/>`), want: { ports: [{ portid: 22, state: 'open' }] } },
    { why: 'addport does not count where there is one', xml: withHost(`${ADDRESS}<addport state="open" portid="22" protocol="tcp" owner=""/><ports/>`), want: { ports: [] } },
    { why: 'osclass inside osmatch', xml: withHost(`${ADDRESS}<os><osmatch name="L" accuracy="98"><osclass type="t" vendor="v" osfamily="f" osgen="g" accuracy="97"><cpe>cpe:/o:l</cpe><cpe>cpe:/o:m</cpe></osclass></osmatch></os>`), want: { os: [{ name: 'L', accuracy: 98, classes: [{ type: 't', vendor: 'v', family: 'f', generation: 'g', accuracy: 97, cpe: ['cpe:/o:l', 'cpe:/o:m'] }] }] } },
    { why: 'osclass beside osmatch, as Nmap before 6 wrote it', xml: withHost(`${ADDRESS}<os><osclass vendor="v" osfamily="f" accuracy="9"/><osmatch name="L" accuracy="98"/><osmatch name="M" accuracy="90"/></os>`), want: { os: [{ name: 'L', classes: [{ vendor: 'v' }] }, { name: 'M', classes: [] }] } },
    { why: 'osclass without any osmatch', xml: withHost(`${ADDRESS}<os><osclass vendor="Sun" osfamily="Solaris" osgen="8" accuracy="91"/></os>`), want: { os: [{ name: 'Sun Solaris 8', accuracy: 91 }] } },
    { why: 'a traceroute, with a hop that was not timed', xml: withHost(`${ADDRESS}<trace proto="tcp" port="80"><hop ttl="1" rtt="0.25" ipaddr="10.0.0.1" host="gw"/><hop ttl="2" rtt="--" ipaddr="10.0.0.2"/></trace>`), want: { trace: { protocol: 'tcp', port: 80, hops: [{ ttl: 1, rtt: 0.25, address: '10.0.0.1', name: 'gw' }, { ttl: 2, address: '10.0.0.2' }] } } },
    { why: 'uptime and distance', xml: withHost(`${ADDRESS}<uptime seconds="5" lastboot="x"/><distance value="3"/>`), want: { uptime: { seconds: 5, lastboot: 'x' }, distance: 3 } },
    { why: 'smurf, times and sequences are passed over', xml: withHost(`<smurf responses="3"/>${ADDRESS}<tcpsequence index="1" difficulty="x" values="y"/><times srtt="1" rttvar="1" to="1"/>`), want: { address: '192.0.2.1' } },
    { why: 'host scripts', xml: withHost(`${ADDRESS}<hostscript><script id="a" output="1"/><script id="b" output="2"/></hostscript>`), want: { scripts: [{ id: 'a', output: '1' }, { id: 'b', output: '2' }] } },
    { why: 'an IP protocol scan', xml: withPort('<port protocol="ip" portid="132"><state state="open"/></port>'), want: { ports: [{ protocol: 'ip', portid: 132 }] } },
  ])('$why', ({ xml, want }) => {
    const events = read(xml);
    expect(problemsOf(events)).toEqual([]);
    expect(hostsOf(events)[0]).toMatchObject(want);
  }); // prettier-ignore

  test('script tables: nested, without keys, with repeated keys, with the key <none>', () => {
    const script =
      '<script id="s" output="o"><elem>bare</elem><table><elem key="a">1</elem><elem key="a">2</elem></table>' +
      '<table key="&lt;none&gt;"><table key="in"><elem key="b">x &amp; y</elem></table><elem/></table></script>';
    expect(hostIn(withPort(`<port protocol="tcp" portid="1">${OPEN}${script}</port>`)).ports[0]?.scripts).toEqual([
      {
        id: 's',
        output: 'o',
        items: [
          { value: 'bare' },
          { items: [{ key: 'a', value: '1' }, { key: 'a', value: '2' }] },
          { key: '<none>', items: [{ key: 'in', items: [{ key: 'b', value: 'x & y' }] }, { value: '' }] },
        ],
      },
    ]);
  }); // prettier-ignore

  test("masscan's banners become the scripts that Nmap would have used", () => {
    const port = (kind: string): string =>
      `<port protocol="tcp" portid="80">${OPEN}<service name="${kind}" banner="b"></service></port>`;
    expect(hostIn(withPort(port('http'))).ports[0]).toMatchObject({
      service: { name: 'http' },
      scripts: [{ id: 'banner', output: 'b' }],
    });
    const title = hostIn(withPort(port('title'))).ports[0];
    expect(title?.service).toBeUndefined();
    expect(title?.scripts).toEqual([{ id: 'masscan-title', output: 'b' }]);
  });

  test('strings from attackers arrive as they were sent', () => {
    const hostile = '\u001b[31m<b>\'";=cmd|\u202e%n';
    const escaped = hostile.replace('\u001b', '&#27;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
    const host = hostIn(
      withPort(`<port protocol="tcp" portid="1">${OPEN}<service name="${escaped}"/></port>`),
    );
    expect(host.ports[0]?.service?.name).toBe(hostile.replace('\u001b', '\uFFFD'));
  });
});

describe('what is wrong in a host costs only itself', () => {
  test.each([
    { why: 'portid 70000', xml: withPort(`<port protocol="tcp" portid="70000">${OPEN}</port><port protocol="tcp" portid="1">${OPEN}</port>`), problem: 'parse/out-of-range port/@portid', ports: 1 },
    { why: 'a portid that is no number', xml: withPort(`<port protocol="tcp" portid="ssh">${OPEN}</port>`), problem: 'parse/out-of-range port/@portid', ports: 0 },
    { why: 'no portid', xml: withPort(`<port protocol="tcp">${OPEN}</port>`), problem: 'parse/missing port/@portid', ports: 0 },
    { why: 'a protocol that is none', xml: withPort(`<port protocol="quic" portid="1">${OPEN}</port>`), problem: 'parse/out-of-range port/@protocol', ports: 0 },
    { why: 'a port without a state', xml: withPort('<port protocol="tcp" portid="1"/>'), problem: 'parse/missing port/state', ports: 1 },
    { why: 'a count that is no number', xml: withPort(`<extraports state="closed" count="many"/><port protocol="tcp" portid="1">${OPEN}</port>`), problem: 'parse/out-of-range extraports/@count', ports: 1 },
    { why: 'a TTL of 300', xml: withPort('<port protocol="tcp" portid="1"><state state="open" reason_ttl="300"/></port>'), problem: 'parse/out-of-range state/@reason_ttl', ports: 1 },
    { why: 'a confidence of 11', xml: withPort(`<port protocol="tcp" portid="1">${OPEN}<service name="x" conf="11"/></port>`), problem: 'parse/out-of-range service/@conf', ports: 1 },
    { why: 'a state of the host that is none', xml: withHost('<status state="asleep"/><address addr="192.0.2.1"/>'), problem: 'parse/out-of-range status/@state', ports: 0 },
    { why: 'a label of the address that is none', xml: withHost('<address addr="192.0.2.1" addrtype="foo"/>'), problem: 'parse/out-of-range address/@addrtype', ports: 0 },
    { why: 'a MAC address that is none', xml: withHost(`${ADDRESS}<address addr="zz" addrtype="mac"/>`), problem: 'parse/out-of-range address/@addr', ports: 0 },
    { why: 'a time beyond time', xml: withHost(ADDRESS, ' starttime="99999999999"'), problem: 'parse/out-of-range host/@starttime', ports: 0 },
    { why: 'an empty uptime, as Nmap 5.59 wrote it', xml: withHost(`${ADDRESS}<uptime seconds="" lastboot=""/>`), problem: 'parse/out-of-range uptime/@seconds', ports: 0 },
    { why: 'a control character in a banner', xml: withPort(`<port protocol="tcp" portid="1">${OPEN}<service name="x\u0005y"/></port>`), problem: 'parse/illegal-character', ports: 1 },
    { why: 'a control character where we do not even look', xml: withHost(`${ADDRESS}<smurf responses="\u0005"/>`), problem: 'parse/illegal-character', ports: 0 },
  ])('$why', ({ xml, problem, ports }) => {
    const events = read(xml);
    expect(hostsOf(events).map((host) => host.ports.length)).toEqual([ports]);
    expect(problemsOf(events)).toEqual(problem === '' ? [] : [problem]);
    expect(statuses(events)).toEqual(['complete']);
  }); // prettier-ignore

  test.each([
    { why: 'no address', inside: '<status state="up"/>', want: ['parse/no-address host/address'] },
    { why: 'only a MAC address', inside: '<address addr="AA:BB:CC:00:11:22" addrtype="mac"/>', want: ['parse/no-address host/address'] },
    { why: 'an address that resolvers guess at', inside: '<address addr="010.0.0.1"/>', want: ['parse/out-of-range address/@addr', 'parse/no-address host/address'] },
  ])('a host without a usable address is left out: $why', ({ inside, want }) => {
    const events = read(`${ROOT}<host>${inside}</host><host>${ADDRESS}</host>${STATS}`);
    expect(problemsOf(events)).toEqual(want);
    expect(hostsOf(events)).toHaveLength(1);
  }); // prettier-ignore

  test('a problem says at which byte', () => {
    const xml = withPort(`<port protocol="tcp" portid="70000">${OPEN}</port>`);
    const problem = read(xml).find((event) => event.kind === 'problem');
    expect(problem).toMatchObject({ problem: { where: { offset: xml.indexOf('"70000') + 1 } } });
  });

  test('stray text between hosts is placed at the same byte however the input is cut', () => {
    const xml = withHost(`${ADDRESS}\r\n  &x`);
    const reader = new NmapXmlReader();
    const events = [...Buffer.from(xml)].flatMap((byte) => reader.push(Uint8Array.of(byte)));
    expect([...events, ...reader.end()]).toEqual(read(xml));
    expect(read(xml)).toContainEqual(
      expect.objectContaining({ problem: expect.objectContaining({ where: { offset: xml.indexOf('&x') } }) }),
    );
  });

  test('a host larger than allowed is left out, and the next is read', () => {
    const reader = new NmapXmlReader({ ...DEFAULT_NMAP_LIMITS, maxHostElements: 20 });
    const big = `<host>${ADDRESS}<ports>${`<port protocol="tcp" portid="1">${OPEN}</port>`.repeat(20)}</ports></host>`;
    const events = [
      ...reader.push(Buffer.from(`${ROOT}${big}<host>${ADDRESS}</host>${STATS}`)),
      ...reader.end(),
    ];
    expect(problemsOf(events)).toEqual(['parse/limit host']);
    expect(hostsOf(events).map((host) => host.ports.length)).toEqual([0]);
  });

  test('of very many problems a thousand are listed and the rest counted', () => {
    const events = read(withPort('<port protocol="tcp" portid="70000"/>'.repeat(1_500)));
    expect(problemsOf(events)).toHaveLength(1_001);
    expect(events).toContainEqual(
      expect.objectContaining({
        problem: expect.objectContaining({
          code: 'parse/many-problems',
          message: '500 further problems are not listed',
        }),
      }),
    );
  });
});

describe('how a run ended', () => {
  const HOST = `<host>${ADDRESS}</host>`;
  test.each([
    { why: 'runstats with success', xml: `${ROOT}${HOST}${STATS}`, want: 'complete', hosts: 1 },
    { why: 'runstats without exit, as Nmap before 5.50 wrote it', xml: `${ROOT}${HOST}<runstats><finished time="1"/><hosts up="1" total="1"/></runstats></nmaprun>`, want: 'complete', hosts: 1 },
    { why: 'exit with an error', xml: `${ROOT}${HOST}<runstats><finished time="1" exit="error" errormsg="no route"/></runstats></nmaprun>`, want: 'interrupted', hosts: 1 },
    { why: 'no runstats', xml: `${ROOT}${HOST}</nmaprun>`, want: 'interrupted', hosts: 1 },
    { why: 'ended between hosts, as Ctrl-C leaves it', xml: `${ROOT}${HOST}`, want: 'interrupted', hosts: 1 },
    { why: 'cut inside a host', xml: `${ROOT}${HOST}<host>${ADDRESS}<ports>`, want: 'truncated', hosts: 1 },
    { why: 'cut inside a tag', xml: `${ROOT}${HOST}<host start`, want: 'truncated', hosts: 1 },
    { why: 'cut before the closing tag of all', xml: `${ROOT}${HOST}${STATS}`.replace('</nmaprun>', ''), want: 'truncated', hosts: 1 },
    { why: 'cut before any host', xml: `${ROOT}<scaninfo`, want: 'truncated', hosts: 0 },
    { why: 'not readable further', xml: `${ROOT}${HOST}<host></ports>${HOST}${STATS}`, want: 'truncated', hosts: 1 },
    { why: 'no host at all', xml: `${ROOT}${STATS}`, want: 'complete', hosts: 0 },
  ])('$why: $want', ({ xml, want, hosts }) => {
    const events = read(xml);
    expect(statuses(events)).toEqual([want]);
    expect(hostsOf(events)).toHaveLength(hosts);
    expect(events.at(0)?.kind).toBe('run');
    expect(events.filter((event) => event.kind === 'end')).toHaveLength(1);
  }); // prettier-ignore

  test('what the footer holds', () => {
    const [run] = runsOf(
      read(
        `${ROOT}<runstats><finished time="5" exit="error" errormsg="dnet: gone"/><hosts up="1" down="2" total="3"/></runstats></nmaprun>`,
      ),
    );
    expect(run?.info).toMatchObject({
      end: 5_000_000,
      exit: 'error',
      errormsg: 'dnet: gone',
      hosts: { up: 1, down: 2, total: 3 },
    });
  });

  test('pre- and post-scripts belong to the run', () => {
    const [run] = runsOf(
      read(
        `${ROOT}<prescript><script id="pre" output="1"/></prescript><host>${ADDRESS}</host><postscript><script id="post" output="2"/></postscript>${STATS}`,
      ),
    );
    expect(run?.info).toMatchObject({
      preScripts: [{ id: 'pre', output: '1' }],
      postScripts: [{ id: 'post', output: '2' }],
    });
  });

  test('hosthint, targets, tasks and output are no hosts', () => {
    const noise = `<target specification="x" status="skipped"/><taskbegin task="a" time="1"/><hosthint>${ADDRESS}</hosthint><output type="interactive">x &lt;host&gt;</output>`;
    const events = read(`${ROOT}${noise}<host>${ADDRESS}</host>${noise}${STATS}`);
    expect(hostsOf(events)).toHaveLength(1);
    expect(problemsOf(events)).toEqual([]);
  });
});

describe('several documents in one file', () => {
  const whole = withHost(ADDRESS);
  test.each([
    { why: 'both whole', xml: `${whole}\n${whole}`, want: ['complete', 'complete'] },
    { why: 'the first cut, as a killed cron job leaves it', xml: `<?xml version="1.0"?>${whole.slice(0, -40)}<?xml version="1.0"?>${whole}`, want: ['truncated', 'complete'] },
    { why: 'the first cut inside a tag', xml: `${ROOT}<host sta<?xml version="1.0"?>${whole}`, want: ['truncated', 'complete'] },
    { why: 'something else behind it', xml: `${whole}<html><body></html>`, want: ['complete'] },
    { why: 'text behind it', xml: `${whole} Nmap done: 1 IP address`, want: ['complete'] },
  ])('$why', ({ xml, want }) => {
    expect(statuses(read(xml))).toEqual(want);
  }); // prettier-ignore

  test('runs of one file are numbered', () => {
    expect(runsOf(read(`${whole}${whole}`)).map((run) => run.info.id)).toEqual([
      '0123456789abcdef',
      '0123456789abcdef-2',
    ]);
  });
});

describe('refused as a whole', () => {
  test.each([
    { why: 'another root', xml: '<?xml version="1.0"?><html><nmaprun/></html>', code: 'parse/not-a-scan', says: '<html>' },
    { why: 'a declaration of entities', xml: `<!DOCTYPE nmaprun [<!ENTITY a "b">]>${withHost(ADDRESS)}`, code: 'parse/dtd-declarations', says: 'entities' },
    { why: 'a declaration of entities in a second document', xml: `${withHost(ADDRESS)}<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>`, code: 'parse/dtd-declarations', says: 'entities' },
    { why: 'no root', xml: '<?xml version="1.0"?><!-- Nmap -->', code: 'parse/empty', says: 'no scan' },
    { why: 'cut before the root is whole', xml: '<?xml version="1.0"?><nmaprun scanner="nm', code: 'parse/cut', says: 'inside a tag' },
    { why: 'not XML after all', xml: '<<<<', code: 'parse/malformed', says: 'no name' },
    { why: 'nesting beyond the limit before any host', xml: `${ROOT}${'<a>'.repeat(300)}`, code: 'parse/limit', says: 'nested' },
  ])('$why', ({ xml, code, says }) => {
    const refusal = (): unknown => read(xml);
    expect(refusal).toThrow(Fault);
    expect(refusal).toThrow(expect.objectContaining({ code }));
    expect(refusal).toThrow(says);
  }); // prettier-ignore

  test('nesting beyond the limit after a host only ends the run', () => {
    const events = read(`${ROOT}<host>${ADDRESS}</host><host>${'<a>'.repeat(300)}`);
    expect(statuses(events)).toEqual(['truncated']);
    expect(hostsOf(events)).toHaveLength(1);
  });

  test.each([
    { why: 'UTF-16, little-endian with a mark', bytes: Buffer.from(`\uFEFF<?xml version="1.0" encoding="UTF-16"?>${withHost(ADDRESS)}`, 'utf16le') },
    { why: 'UTF-16, little-endian without', bytes: Buffer.from(`<?xml version="1.0"?>${withHost(ADDRESS)}`, 'utf16le') },
    { why: 'UTF-16, big-endian with a mark', bytes: Buffer.from(`\uFEFF${withHost(ADDRESS)}`, 'utf16le').swap16() },
    { why: 'UTF-8 with a mark', bytes: Buffer.from(`\uFEFF${withHost(ADDRESS)}`) },
  ])('but not $why', ({ bytes }) => {
    const events = read(bytes);
    expect(hostsOf(events).map((host) => host.address)).toEqual(['192.0.2.1']);
    expect(problemsOf(events)).toEqual([]);
  }); // prettier-ignore
});
