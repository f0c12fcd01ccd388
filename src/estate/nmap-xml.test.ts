import * as fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Host, Port, Script, ScriptElement, ScriptTable } from '../exposure/model/host.ts';
import type { RunFooter, RunHeader } from '../exposure/model/scan-run.ts';
import { NmapXmlReader } from '../exposure/parse/nmap-xml.ts';
import { formatIpv4, parseIpAddress, type IpAddress } from '../net/ip-address.ts';
import { comparePorts, TRANSPORT_PROTOCOLS } from '../net/port-key.ts';
import { fromSeconds, type Instant } from '../time/instant.ts';
import { generateEstate } from './estate.ts';
import { ctime, escape, printRun } from './nmap-xml.ts';
import { PROFILE_NAMES } from './profiles.ts';

/** Any character that XML 1.0 allows, with those that need care made frequent. */
const character = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '&',
      '<',
      '>',
      '"',
      "'",
      '\t',
      '\n',
      '\r',
      '-',
      '--',
      ' ',
      ']]>',
      '&amp;',
      '\u202e',
      '\u2028',
    ),
  },
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }) },
  {
    weight: 2,
    arbitrary: fc
      .string({ unit: 'binary', minLength: 1, maxLength: 1 })
      // oxlint-disable-next-line no-control-regex -- the characters that XML forbids, to leave them out
      .filter((c) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(c)),
  },
);
const text = fc.array(character, { maxLength: 12 }).map((parts) => parts.join(''));
const word = text.filter((value) => value !== '');

/** An object whose optional fields are there or not, never undefined. */
const record = <T extends object>(
  required: { [K in keyof T]?: fc.Arbitrary<T[K]> },
  optional: string[] = [],
): fc.Arbitrary<T> =>
  fc.record(required as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: Object.keys(required).filter((key) => !optional.includes(key)),
  }) as unknown as fc.Arbitrary<T>;

const address = fc.oneof(
  fc.nat(0xffff_ffff).map(formatIpv4),
  fc
    .ipV6()
    .map((value) => parseIpAddress(value))
    .filter((value): value is IpAddress => value !== undefined),
);
const instant = fc.nat(4_000_000_000).map((seconds) => fromSeconds(seconds));
const cpe = fc.array(word, { minLength: 1, maxLength: 2 });

const { items } = fc.letrec<{ items: (ScriptTable | ScriptElement)[]; item: ScriptTable | ScriptElement }>(
  (tie) => ({
    item: fc.oneof(
      { depthSize: 'small' },
      record<ScriptElement>({ key: text, value: text }, ['key']),
      record<ScriptTable>({ key: text, items: tie('items') }, ['key']),
    ),
    items: fc.array(tie('item'), { maxLength: 3 }),
  }),
);
const script = record<Script>({ id: text, output: text, items: items.filter((list) => list.length > 0) }, [
  'items',
]);
const scripts = fc.array(script, { maxLength: 2 });

const service = record<NonNullable<Port['service']>>(
  {
    name: text,
    product: text,
    version: text,
    extrainfo: text,
    tunnel: text,
    method: text,
    conf: fc.nat(10),
    ostype: text,
    devicetype: text,
    hostname: text,
    servicefp: text,
    cpe,
  },
  [
    'product',
    'version',
    'extrainfo',
    'tunnel',
    'method',
    'conf',
    'ostype',
    'devicetype',
    'hostname',
    'servicefp',
    'cpe',
  ],
);
const state = fc.oneof(
  fc.constantFrom('open', 'closed', 'filtered', 'unfiltered', 'open|filtered', 'closed|filtered'),
  text,
);
const port = record<Port>(
  {
    protocol: fc.constantFrom(...TRANSPORT_PROTOCOLS),
    portid: fc.nat(65_535),
    state,
    reason: text,
    reasonTtl: fc.nat(255),
    reasonIp: text,
    owner: word,
    service,
    scripts,
  },
  ['reason', 'reasonTtl', 'reasonIp', 'owner', 'service'],
);
const extraports = record<Host['extraports'][number]>({
  state,
  count: fc.nat(65_535),
  reasons: fc.array(
    record<Host['extraports'][number]['reasons'][number]>(
      { reason: text, count: fc.nat(65_535), protocol: fc.constantFrom(...TRANSPORT_PROTOCOLS), ports: text },
      ['protocol', 'ports'],
    ),
    { maxLength: 2 },
  ),
});
const osMatch = record<Host['os'][number]>({
  name: text,
  accuracy: fc.nat(100),
  classes: fc.array(
    record<Host['os'][number]['classes'][number]>(
      { type: text, vendor: text, family: text, generation: text, accuracy: fc.nat(100), cpe },
      ['type', 'vendor', 'family', 'generation', 'accuracy', 'cpe'],
    ),
    { maxLength: 2 },
  ),
});
const trace = record<NonNullable<Host['trace']>>(
  {
    protocol: text,
    port: fc.nat(65_535),
    hops: fc.array(
      record<NonNullable<Host['trace']>['hops'][number]>(
        { ttl: fc.nat(255), address: text, rtt: fc.nat(99_999).map((n) => n / 100), name: word },
        ['address', 'rtt', 'name'],
      ),
      { maxLength: 3 },
    ),
  },
  ['protocol', 'port'],
);
const mac = fc
  .record({ address: fc.uint8Array({ minLength: 6, maxLength: 6 }) })
  .chain(({ address: bytes }) => {
    const text6 = Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(':');
    return record<NonNullable<Host['mac']>>({ address: fc.constant(text6), vendor: text }, ['vendor']);
  });
const host = fc.uniqueArray(address, { minLength: 1, maxLength: 3 }).chain(([first, ...others]) =>
  record<Host>(
    {
      address: fc.constant(first!),
      otherAddresses: fc.constant(others),
      mac,
      status: record<Host['status']>(
        { state: fc.constantFrom('up', 'down', 'skipped', 'unknown'), reason: text, reasonTtl: fc.nat(255) },
        ['reasonTtl'],
      ),
      hostnames: fc.array(fc.record({ name: text, type: text }), { maxLength: 2 }),
      ports: fc
        .uniqueArray(port, { maxLength: 4, selector: (item) => `${item.portid}/${item.protocol}` })
        .map((list) => list.toSorted(comparePorts)),
      extraports: fc.array(extraports, { maxLength: 2 }),
      os: fc.array(osMatch, { maxLength: 2 }),
      scripts,
      trace,
      distance: fc.nat(255),
      uptime: record<NonNullable<Host['uptime']>>({ seconds: fc.nat(), lastboot: text }, ['lastboot']),
      timedOut: fc.boolean(),
      start: instant,
      end: instant,
    },
    ['mac', 'trace', 'distance', 'uptime', 'start', 'end'],
  ),
);
const header = record<RunHeader>(
  {
    scanner: word,
    version: text,
    xmlOutputVersion: text,
    args: text,
    start: instant,
    scaninfo: fc.array(
      record<RunHeader['scaninfo'][number]>(
        {
          type: text,
          protocol: fc.constantFrom(...TRANSPORT_PROTOCOLS),
          services: text,
          numservices: fc.nat(65_536),
        },
        ['services', 'numservices'],
      ),
      { maxLength: 3 },
    ),
    verbose: fc.nat(10),
    debugging: fc.nat(10),
    preScripts: scripts,
    format: fc.constant('nmap-xml' as const),
  },
  ['xmlOutputVersion', 'start'],
).filter((value) => value.scanner !== 'masscan');
const footer: fc.Arbitrary<RunFooter> = fc.oneof(
  record<RunFooter>(
    {
      status: fc.constant('complete' as const),
      end: instant,
      exit: fc.constant('success'),
      postScripts: scripts,
      hosts: fc.record({ up: fc.nat(), down: fc.nat(), total: fc.nat() }),
    },
    ['hosts'],
  ),
  record<RunFooter>(
    {
      status: fc.constant('interrupted' as const),
      end: instant,
      exit: fc.constant('error'),
      errormsg: text,
      postScripts: scripts,
    },
    ['errormsg'],
  ),
  record<RunFooter>({
    status: fc.constantFrom('interrupted' as const, 'truncated' as const),
    postScripts: scripts,
  }),
);

interface Read {
  header: RunHeader | undefined;
  hosts: Host[];
  footer: RunFooter | undefined;
  problems: string[];
}

function read(chunks: Iterable<string>): Read {
  const reader = new NmapXmlReader();
  const result: Read = { header: undefined, hosts: [], footer: undefined, problems: [] };
  const events = [...[...chunks].map((chunk) => reader.push(Buffer.from(chunk))), reader.end()].flat();
  for (const event of events) {
    if (event.kind === 'run') result.header = event.header;
    else if (event.kind === 'host') result.hosts.push(event.host);
    else if (event.kind === 'end') result.footer = event.footer;
    else result.problems.push(event.problem.message);
  }
  return result;
}

describe('a printed run', () => {
  test('reads back as it was', () => {
    fc.assert(
      fc.property(header, fc.array(host, { maxLength: 3 }), footer, (head, hosts, foot) => {
        const got = read(printRun(head, hosts, foot));
        expect(got.header).toEqual(head);
        expect(got.hosts).toEqual(hosts);
        expect(got.footer).toEqual(foot);
        // A file cut short is a problem in itself; nothing else may be one.
        expect(foot.status === 'truncated' ? [] : got.problems).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

describe('escape', () => {
  test.each([
    {
      why: 'markup',
      text: `<a b="c" d='e'>&</a>`,
      want: '&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;&lt;/a&gt;',
    },
    { why: 'white space that an attribute would lose', text: 'a\tb\r\nc', want: 'a&#x9;b&#xd;&#xa;c' },
    { why: 'two hyphens, which a comment may not hold', text: 'nmap --script', want: 'nmap -&#45;script' },
    {
      why: 'characters that XML has no way to write',
      text: '\u0000\u001b[31m\ud800\uffff',
      want: '\ufffd\ufffd[31m\ufffd\ufffd',
    },
    { why: 'a character beyond the basic plane', text: '\u{1f4a9}', want: '\u{1f4a9}' },
    { why: 'nothing to escape', text: 'OpenSSH 9.2p1', want: 'OpenSSH 9.2p1' },
  ])('$why', ({ text: given, want }) => {
    expect(escape(given)).toBe(want);
  });
});

test.each([
  { why: 'a one-digit day is padded', seconds: 1_793_505_720, want: 'Sun Nov  1 04:02:00 2026' },
  { why: 'a two-digit day is not', seconds: 1_789_272_120, want: 'Sun Sep 13 04:02:00 2026' },
])('ctime: $why', ({ seconds, want }) => {
  expect(ctime((seconds * 1e6) as Instant)).toBe(want);
});

const present = (command: string): boolean =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
const DTD = '/usr/share/nmap/nmap.dtd';

describe('other readers agree', () => {
  const directory = mkdtempSync(join(tmpdir(), 'estate-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const estate = generateEstate({ hosts: 60, weeks: 2, seed: 2, quietWeeks: 1, profiles: PROFILE_NAMES });
  const files = estate.scans.map((scan) => {
    const path = join(directory, scan.name);
    writeFileSync(path, [...scan.xml].join(''));
    return { path, profile: scan.profile, xml: [...scan.xml].join('') };
  });

  test.skipIf(!present('xmllint'))(
    'xmllint finds every profile well-formed (skipped where xmllint is missing)',
    () => {
      const { status, stderr } = spawnSync(
        'xmllint',
        ['--noout', '--nonet', ...files.map((file) => file.path)],
        { encoding: 'utf8' },
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
  );

  test.skipIf(!present('xmllint') || !existsSync(DTD))(
    "every profile is valid by Nmap's own DTD (skipped where xmllint or nmap.dtd is missing)",
    () => {
      for (const { path } of files) {
        const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--dtdvalid', DTD, path], {
          encoding: 'utf8',
        });
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      }
    },
  );

  test.skipIf(!present('ndiff'))(
    'ndiff reads two weeks and names the events (skipped where ndiff is missing)',
    () => {
      const [before, after] = files.filter((file) => file.profile === 'services').map((file) => file.path);
      const { status, stdout } = spawnSync('ndiff', [before!, after!], { encoding: 'utf8' });
      expect(status).toBe(1);
      // ndiff names no MAC or host apart; ports that opened are the plainest to find.
      const opened = estate.truth.filter((truth) =>
        ['database-exposed', 'telnet-enabled', 'slow-drift'].includes(truth.kind),
      );
      expect(opened.length).toBeGreaterThan(0);
      for (const { host: at, port: key } of opened) {
        const section = stdout.slice(stdout.indexOf(`(${at}, `)).split('\n\n', 1)[0] ?? '';
        expect(section).toContain(`\n+${key} `);
      }
    },
  );
});
