import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ScanAsk, ScanSetting } from '../../src/assembly/scan-ask.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigFault } from '../../src/config/problem.ts';
import type { Fault } from '../../src/fault/fault.ts';
import { parseIpAddress } from '../../src/net/ip-address.ts';
import type { Resolver } from '../../src/scope/decide.ts';
import { REFUSALS } from '../../src/scope/grant.ts';
import { parseInstant } from '../../src/time/instant.ts';
import { FakeSite, NIGHT, SITE } from './fake-nmap.ts';

/**
 * Every way we know of to get a packet out of scope, or a word into Nmap's arguments. None may start Nmap; each must be
 * refused by the rule that is named here, and stand in the audit log under it.
 */
interface Attempt {
  readonly what: string;
  readonly rule: keyof typeof REFUSALS;
  readonly ask?: Partial<ScanAsk>;
  readonly more?: Partial<ScanSetting>;
  /** Minutes from the open window. */
  readonly later?: number;
}

const root = mkdtempSync(join(tmpdir(), 'tidemark-attempts-'));
const list = (name: string, content: string | Uint8Array): string => {
  const file = join(root, name);
  writeFileSync(file, content);
  return file;
};
const ip = (text: string) => parseIpAddress(text)!;
const targets = (rule: Attempt['rule'], all: readonly string[]): readonly Attempt[] =>
  all.map((target) => ({
    what: `target ${JSON.stringify(target.slice(0, 60))}`,
    rule,
    ask: { targets: [target] },
  }));
/** A resolver that gives another answer each time it is asked. */
const changing = (...answers: readonly (readonly string[])[]): Resolver => {
  let asked = 0;
  return () => Promise.resolve((answers[Math.min(asked++, answers.length - 1)] ?? []).map(ip));
};

const ATTEMPTS: readonly Attempt[] = [
  ...targets('looks-like-option', [
    '-iL',
    '-iL/etc/passwd',
    '-iR',
    '--script=exploit',
    '--script',
    '-oN/etc/cron.d/x',
    '-oX',
    '--resume',
    '--excludefile=/dev/null',
    '--datadir=/tmp',
    '--servicedb=/tmp/x',
    '--script-args=x',
    '--proxies=http://x',
    '--interactive',
    '-',
    '--',
    '-Pn',
    '-D10.0.0.2',
    '-sI10.0.0.2',
    '-b10.0.0.2',
    '--stylesheet=x',
    '--append-output',
    '-e lo',
    '-6',
    '--privileged',
  ]),
  ...targets('target-syntax', [
    '',
    ' ',
    '10.0.0.1 10.9.0.1',
    '10.0.0.1\t192.0.2.1',
    '10.0.0.1\n192.0.2.1',
    '10.0.0.1\n--script=exploit',
    '10.0.0.1\r192.0.2.1',
    '10.0.0.1\u0000192.0.2.1',
    '\u000010.0.0.1',
    '10.0.0.1;id',
    '$(id)',
    '`id`',
    '10.0.0.1|id',
    '10.0.0.1&id',
    '10.0.0.1>x',
    '10.0.0.1/24/8',
    '10.0.0.1/',
    '10.0.0.1/-1',
    '10.0.0.1/+8',
    '10.0.0.1/ 24',
    '10.0.0.1/33',
    '10.0.0.1/24x',
    '10.0.0.1/1e1',
    '10.0.0.1/0x18',
    '10.0.0.1/255.255.255.0',
    '10.0.0.256',
    '10.0.0.1-300',
    '10.0.0.5-1',
    '10.0.0.1,,2',
    '10.0.0.1-2-3',
    '10.0.0.*1',
    '10.0.0.1-5/24',
    'fe80::1%eth0',
    'fe80::1%25eth0',
    '2001:db8:1::1/129',
    '2001:db8:1::1/-1',
    '2001:db8:1:::1',
    '2001:db8:1::g',
    '[2001:db8:1::1]',
    ':::',
    'http://10.0.0.1',
    '10.0.0.1:22',
    'user@10.0.0.1',
    '١٠.0.0.1',
    '10。0。0。1',
    '１０.0.0.1',
    'www.example.org\u200b',
    'wwẃ.example.org',
    'a..b',
    '.example.org',
    `${'a'.repeat(64)}.example.org`,
    `${'a.'.repeat(130)}org`,
    'www.example.org/33',
    'www.example.org/99',
    'exa mple.org',
    '%31%30.0.0.1',
    '\u202e1.0.0.01',
  ]),
  ...targets('ambiguous-address', [
    '010.0.0.1',
    '10.0.0.01',
    '10.0.0.08',
    '0012.0.0.1',
    '10.0.0.1-01',
    '10.1',
    '10.0.1',
    '167772161',
    '10',
    '0x0a000001',
    '0xa.0.0.1',
    '0x0A.0x0.0x0.0x1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '::ffff:192.0.2.1/120',
    '::10.0.0.1',
    '::a00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::c000:201',
    '64:ff9b:1::1',
    '2002:a00:1::1',
    '2002:c000:201::',
    '2001:0:a00:1::1',
    '::/0',
    '::/96',
    '2000::/3',
  ]),
  ...targets('outside-networks', [
    '192.0.2.1',
    '10.0.1.0',
    '9.255.255.255',
    '10.0.0.0/23',
    '10.0.0.1/23',
    '10.0.0-1.1',
    '10.0.*.1',
    '10.0.0,1.1',
    '10.-.0.1',
    '127.0.0.1',
    '127.1.1.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.168.0.0/24',
    '::1',
    'fe80::1',
    'fc00::1',
    '2001:db8:1::100',
    '2001:db8:1::/119',
    '2001:db8:2::1',
    'fd00:ec2::254',
  ]),
  ...targets('special-address', [
    '0.0.0.0',
    '0.0.0.1',
    '224.0.0.1',
    '239.255.255.250',
    '255.255.255.255',
    'ff02::1',
    'ff05::2',
  ]),
  ...targets('too-many-addresses', [
    '0.0.0.0/0',
    '10.0.0.1/0',
    '10.0.0.1/8',
    '*.*.*.*',
    '1-255.1-255.1-255.1-255',
    '10.*.*.*',
    '2001:db8:1::/64',
    '2001:db8::/32',
  ]),
  ...targets('excluded', ['10.0.0.9', '10.0.0.9/32', '10.0.0.9,9', '10.0.0.9-9']),
  ...targets('name-unresolved', ['nowhere.example', 'localhost.localdomain', 'xn--nxasmq6b.example']),

  { what: 'no target', rule: 'no-targets', ask: { targets: [] } },
  {
    what: 'one bad target among good ones',
    rule: 'outside-networks',
    ask: { targets: ['10.0.0.1', '10.0.0.2', '192.0.2.1', '10.0.0.3'] },
  },
  {
    what: 'an option after good targets',
    rule: 'looks-like-option',
    ask: { targets: ['10.0.0.1', '-iL', '/etc/passwd'] },
  },

  // Names.
  {
    what: 'a name that leads out',
    rule: 'outside-networks',
    ask: { targets: ['db.example'] },
    more: { resolve: changing(['192.0.2.1']) },
  },
  {
    what: 'a name of which one address lies outside',
    rule: 'outside-networks',
    ask: { targets: ['db.example'] },
    more: { resolve: changing(['10.0.0.1', '192.0.2.1']) },
  },
  {
    what: 'a name of which the IPv6 address lies outside',
    rule: 'outside-networks',
    ask: { targets: ['db.example'] },
    more: { resolve: changing(['10.0.0.1', '2001:db8:2::1']) },
  },
  {
    what: 'a granted name that leads inside',
    rule: 'name-leads-inside',
    ask: { targets: ['www.example.org'] },
    more: { resolve: changing(['10.7.0.1']) },
  },
  {
    what: 'a granted name that leads to metadata',
    rule: 'name-leads-inside',
    ask: { targets: ['www.example.org'] },
    more: { resolve: changing(['169.254.169.254']) },
  },
  {
    what: 'a granted name that leads to loopback',
    rule: 'name-leads-inside',
    ask: { targets: ['www.example.org'] },
    more: { resolve: changing(['127.0.0.1']) },
  },
  {
    what: 'a granted name that leads to ::1',
    rule: 'name-leads-inside',
    ask: { targets: ['www.example.org'] },
    more: { resolve: changing(['::1']) },
  },
  {
    what: 'a granted name that leads to multicast',
    rule: 'special-address',
    ask: { targets: ['www.example.org'] },
    more: { resolve: changing(['224.0.0.1']) },
  },
  {
    what: 'a granted name with a block around it',
    rule: 'outside-networks',
    ask: { targets: ['www.example.org/24'] },
    more: { resolve: changing(['198.51.100.7']) },
  },
  {
    what: 'a name below a granted one',
    rule: 'outside-networks',
    ask: { targets: ['evil.www.example.org'] },
    more: { resolve: changing(['198.51.100.7']) },
  },
  {
    what: 'a name that ends like a granted one',
    rule: 'outside-networks',
    ask: { targets: ['evilwww.example.org'] },
    more: { resolve: changing(['198.51.100.7']) },
  },
  {
    what: 'a name that changes between check and use',
    rule: 'name-changed',
    ask: { targets: ['db.example'] },
    more: { resolve: changing(['10.0.0.1'], ['192.0.2.1']) },
  },
  {
    what: 'a name that gains an address',
    rule: 'name-changed',
    ask: { targets: ['db.example'] },
    more: { resolve: changing(['10.0.0.1'], ['10.0.0.1', '10.0.0.2']) },
  },
  {
    what: 'a name that loses its address',
    rule: 'name-changed',
    ask: { targets: ['db.example'] },
    more: { resolve: changing(['10.0.0.1'], []) },
  },
  {
    what: 'a granted name that is rebound inside',
    rule: 'name-changed',
    ask: { targets: ['www.example.org'] },
    more: { resolve: changing(['198.51.100.7'], ['127.0.0.1']) },
  },
  {
    what: 'a resolver that fails',
    rule: 'name-unresolved',
    ask: { targets: ['db.example'] },
    more: { resolve: () => Promise.reject(new Error('SERVFAIL')) },
  },

  // Profiles and plans.
  ...[
    '',
    'exposure ',
    'Exposure',
    'exposure,os',
    'exposure --script=vuln',
    '--script=vuln',
    '__proto__',
    'constructor',
    'toString',
    '../exposure',
    'brute',
    'exploit',
    'dos',
    'verify',
    'exposure\n',
    'exposure\u0000x',
  ].map((name): Attempt => ({
    what: `profile ${JSON.stringify(name)}`,
    rule: 'unknown-profile',
    ask: { profiles: [name] },
  })),
  ...['', 'Full', 'full,weekly', '--script=vuln', '__proto__', 'constructor', '../full', 'full\n'].map(
    (plan): Attempt => ({ what: `plan ${JSON.stringify(plan)}`, rule: 'unknown-plan', ask: { plan } }),
  ),
  { what: 'a profile that is not granted', rule: 'profile', ask: { profiles: ['vuln-check'] } },
  { what: 'another profile that is not granted', rule: 'profile', ask: { profiles: ['os'] } },
  { what: 'a baseline profile that is not granted', rule: 'profile', ask: { profiles: ['temporal'] } },

  // Ports.
  ...[
    '',
    ' ',
    '-',
    '-p-',
    '22 --script=vuln',
    '22;id',
    '0x16',
    'http*',
    '[1-1024]',
    'U:53',
    'T:22,U:53',
    '22-',
    '-22',
    '65536',
    '22,70000',
    '80-22',
    '22,,80',
    '22\n80',
    '22\u0000',
    '--top-ports',
    '1e3',
    '22.5',
    '٢٢',
  ].map((ports): Attempt => ({ what: `ports ${JSON.stringify(ports)}`, rule: 'ports', ask: { ports } })),

  // Lists.
  { what: 'a list that is not there', rule: 'list-unreadable', ask: { targetsFile: join(root, 'nothing') } },
  { what: 'a list that is a folder', rule: 'list-unreadable', ask: { targetsFile: root } },
  { what: 'a list that is a link', rule: 'list-unreadable', ask: { targetsFile: join(root, 'link') } },
  { what: 'a list that is a device', rule: 'list-unreadable', ask: { targetsFile: '/dev/zero' } },
  { what: 'a list that is an option', rule: 'list-unreadable', ask: { targetsFile: '-iL' } },
  { what: 'a list with a NUL in its name', rule: 'list-unreadable', ask: { targetsFile: 'list\u0000' } },
  {
    what: 'a huge list',
    rule: 'list-unreadable',
    ask: { targetsFile: list('huge', '10.0.0.1\n'.repeat(200_000)) },
  },
  {
    what: 'a list with an option',
    rule: 'looks-like-option',
    ask: { targetsFile: list('option', '10.0.0.1\n--script=vuln\n') },
  },
  {
    what: 'a list with an address outside',
    rule: 'outside-networks',
    ask: { targetsFile: list('outside', '10.0.0.1\n192.0.2.1\n') },
  },
  {
    what: 'a list with NUL',
    rule: 'target-syntax',
    ask: { targetsFile: list('nul', '10.0.0.1\u0000192.0.2.1') },
  },
  {
    what: 'a list with two on a line',
    rule: 'target-syntax',
    ask: { targetsFile: list('two', '10.0.0.1 192.0.2.1') },
  },
  {
    what: 'a list with a vertical tab',
    rule: 'target-syntax',
    ask: { targetsFile: list('tab', '10.0.0.1\u000b192.0.2.1') },
  },
  {
    what: 'a list that is no text',
    rule: 'target-syntax',
    ask: { targetsFile: list('bytes', Uint8Array.of(0xff, 0xfe, 0x31)) },
  },
  {
    what: 'a list with a line separator of Unicode',
    rule: 'target-syntax',
    ask: { targetsFile: list('line', '10.0.0.1\u2028192.0.2.1') },
  },

  // Time.
  { what: 'after the window', rule: 'window-closed', later: 451 },
  { what: 'at the very end of the window', rule: 'window-closed', later: 450 },
  { what: 'after the grant', rule: 'expired', later: 120 * 1_440 },
];

let site: FakeSite;
beforeAll(async () => {
  site = await FakeSite.open(join(root, 'site'));
  symlinkSync(list('good', '10.0.0.1\n'), join(root, 'link'));
});
afterAll(async () => {
  await site.store.close();
  rmSync(root, { recursive: true });
});

test('there are two hundred attempts, no two alike', () => {
  expect(new Set(ATTEMPTS.map(({ what }) => what)).size).toBe(ATTEMPTS.length);
  expect(ATTEMPTS.length).toBeGreaterThanOrEqual(200);
});

describe('nothing gets out of scope', () => {
  test.each(ATTEMPTS)('$what: $rule', async ({ rule, ask = {}, more = {}, later = 0 }) => {
    site.now = (NIGHT + later * 60e6) as typeof NIGHT;
    const before = (await site.audit()).length;
    const error = await site.scan(ask, more).then(
      () => undefined,
      (fault: unknown) => fault as Fault,
    );
    expect(error?.message).toContain(`rule ${rule}`);
    const records = (await site.audit()).slice(before);
    expect(
      records.map(({ action, why }) => `${action} ${why.split(', ').includes(rule) ? rule : why}`),
    ).toEqual([`scan.refused ${rule}`]);
    expect(site.started()).toEqual([]);
  });

  test('and what is allowed is, so that the above says something', async () => {
    site.now = NIGHT;
    await site.scan({ targetsFile: list('fine', '# ours\n10.0.0.2\r\n\n10.0.0.3 # printer\n') });
    await site.scan({ targets: ['www.example.org'] }, { resolve: changing(['198.51.100.7']) });
    expect(site.started().map((argv) => argv.slice(argv.indexOf('-oX') + 2))).toEqual([
      ['10.0.0.1', '10.0.0.2/31'],
      ['198.51.100.7'],
    ]);
  });
});

describe('the configuration cannot be talked into it', () => {
  const grant = (line: string): string => SITE.replace('      owner: Alice\n', `      owner: Alice\n${line}`);
  test.each([
    { what: 'a forbidden key', yaml: SITE.replace('timing: 5', 'timing: 5\n      scripts: exploit') },
    { what: 'a timing beyond the last', yaml: SITE.replace('timing: 5', 'timing: 6') },
    { what: 'a negative rate', yaml: SITE.replace('rate: 500', 'rate: -1') },
    { what: 'a grant without an end', yaml: SITE.replace('      expires: 2027-01-31\n', '') },
    { what: 'a grant without an owner', yaml: SITE.replace('      owner: Alice\n', '') },
    { what: 'a network that is a name', yaml: SITE.replace('10.0.0.0/24', 'example.org') },
    { what: 'a network that is an option', yaml: SITE.replace('10.0.0.0/24', '--script=exploit') },
    { what: 'everything granted by a star', yaml: SITE.replace('www.example.org', "'*'") },
    { what: 'a top-level domain and a star', yaml: SITE.replace('www.example.org', "'*.'") },
    { what: 'an identifier with a line break', yaml: SITE.replace('id: office', 'id: "of\\nfice"') },
    { what: 'a source that is a name', yaml: grant('      source: eth0\n') },
    {
      what: 'a secret in the file itself',
      yaml: SITE.replace('nmap: ./nmap', 'nmap: ./nmap\n  secrets: { smbpassword: hunter2 }'),
    },
    {
      what: 'a script argument that may not be given',
      yaml: SITE.replace('nmap: ./nmap', 'nmap: ./nmap\n  secrets: { http-form-brute.path: { env: X } }'),
    },
    {
      what: 'a secret from standard input',
      yaml: SITE.replace('nmap: ./nmap', 'nmap: ./nmap\n  secrets: { smbpassword: { fd: 0 } }'),
    },
  ])('$what', ({ yaml }) => {
    const folder = mkdtempSync(join(root, 'config-'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'tidemark.yaml'), yaml);
    expect(() => loadConfig({ cwd: folder, env: {} })).toThrow(ConfigFault);
  });

  test('a source that is no address of this machine is not pretended', async () => {
    site.now = NIGHT;
    const [office] = site.config.scope.grants;
    const config = { ...site.config, scope: { grants: [{ ...office!, source: '192.0.2.77' }] } };
    await expect(site.scan({}, { config })).rejects.toMatchObject({ code: 'scan/source' });
    expect((await site.audit()).at(-1)).toMatchObject({ action: 'scan.refused', why: 'source' });
    expect(site.started()).toEqual([]);
  });

  test('an expiry in the past is the end, whatever the window says', async () => {
    const [office] = site.config.scope.grants;
    site.now = parseInstant('2026-11-23T22:30:00Z')!;
    const config = { ...site.config, scope: { grants: [{ ...office!, expires: '2026-11-22' }] } };
    await expect(site.scan({}, { config })).rejects.toMatchObject({
      message: expect.stringContaining('rule expired') as unknown,
    });
  });
});
