import { describe, expect, test } from 'vitest';
import { AddressSet } from '../../net/address-set.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { PortSet } from '../../net/port-set.ts';
import { parsePrefix } from '../../net/prefix.ts';
import { nmapCommand, type NmapOrder } from './argv.ts';
import {
  FORBIDDEN_CATEGORIES,
  profileNamed,
  SCAN_PLANS,
  SCAN_PROFILES,
  type ScanProfile,
} from './profiles.ts';

const addresses = (...blocks: string[]): AddressSet =>
  AddressSet.ofPrefixes(blocks.map((block) => parsePrefix(block)!));
const order = (profile: string | ScanProfile, more: Partial<NmapOrder> = {}): NmapOrder => ({
  profile: typeof profile === 'string' ? profileNamed(profile)! : profile,
  addresses: addresses('10.0.0.0/24'),
  privileges: 'raw',
  timing: 3,
  rate: undefined,
  source: undefined,
  hostTimeout: 1_800,
  ...more,
});
const line = (of: NmapOrder): string => nmapCommand(of).argv.join(' ');
const TAIL = '--host-timeout 1800s -v --stats-every 1s -oX -';

describe('the arguments of Nmap', () => {
  test.each<{ why: string; of: NmapOrder; want: string }>([
    { why: 'raw', of: order('exposure'), want: `--privileged -sS --top-ports 1000 -T3 ${TAIL} 10.0.0.0/24` },
    {
      why: 'full connections',
      of: order('services', { privileges: 'connect' }),
      want: `--unprivileged -sT --top-ports 1000 -sV -T3 ${TAIL} 10.0.0.0/24`,
    },
    {
      why: 'UDP',
      of: order('udp'),
      want: `--privileged -sU --top-ports 100 -sV --version-intensity 2 -T3 ${TAIL} 10.0.0.0/24`,
    },
    {
      why: 'IPv6, with a limit, and a source of the same family',
      of: order('exposure', {
        addresses: addresses('2001:db8::5'),
        rate: 100,
        source: parseIpAddress('2001:db8::1')!,
        timing: 2,
      }),
      want: `-6 --privileged -sS --top-ports 1000 -T2 --max-rate 100 -S 2001:db8::1 ${TAIL} 2001:db8::5`,
    },
    {
      why: 'a source of the other family is left out',
      of: order('exposure', { source: parseIpAddress('2001:db8::1')! }),
      want: `--privileged -sS --top-ports 1000 -T3 ${TAIL} 10.0.0.0/24`,
    },
    {
      why: 'the ports of one finding',
      of: order('temporal', { ports: PortSet.of([22, 443]) }),
      want: `--privileged -sS -p 22,443 -sV -T3 ${TAIL} 10.0.0.0/24`,
    },
    {
      why: 'what is excluded is simply not there',
      of: order('exposure', { addresses: addresses('10.0.0.0/30').subtract(addresses('10.0.0.1')) }),
      want: `--privileged -sS --top-ports 1000 -T3 ${TAIL} 10.0.0.0 10.0.0.2/31`,
    },
  ])('$why', ({ of, want }) => {
    expect(line(of)).toBe(want);
  });

  test('many targets go through standard input', () => {
    const scattered = AddressSet.of(
      Array.from({ length: 600 }, (_, n) => ({
        family: 4 as const,
        from: BigInt(n * 4 + 2 ** 27),
        to: BigInt(n * 4 + 2 ** 27),
      })),
    );
    const { argv, stdin } = nmapCommand(order('exposure', { addresses: scattered }));
    expect(argv.slice(-2)).toEqual(['-iL', '-']);
    expect(stdin?.trim().split('\n')).toHaveLength(600);
  });

  test.each<{ what: string; of: NmapOrder }>([
    { what: 'no addresses', of: order('exposure', { addresses: AddressSet.empty }) },
    { what: 'both families', of: order('exposure', { addresses: addresses('10.0.0.1', '::1') }) },
    { what: 'a raw profile without the right', of: order('os', { privileges: 'connect' }) },
    { what: 'a template that does not exist', of: order('exposure', { timing: 6 }) },
    { what: 'a fraction', of: order('exposure', { timing: 2.5 }) },
    { what: 'no rate', of: order('exposure', { rate: 0 }) },
    { what: 'no ports', of: order('exposure', { ports: PortSet.empty }) },
    { what: 'ports that only a baseline knows', of: order('temporal') },
    ...[
      'exploit',
      'dos and safe',
      'brute',
      'fuzzer',
      'malware',
      'all',
      'http-*',
      'not safe or exploit',
      '"vuln"',
    ].map((scripts) => ({
      what: `scripts: ${scripts}`,
      of: order({ ...profileNamed('audit')!, scripts }),
    })),
  ])('$what: nobody makes such an order', ({ of }) => {
    expect(() => nmapCommand(of)).toThrow(RangeError);
  });
});

describe('profiles', () => {
  test.each(SCAN_PROFILES)('$name is read-only and can be run', (profile) => {
    const ports = profile.ports === 'baseline' ? PortSet.of([22]) : undefined;
    const { argv } = nmapCommand(order(profile, ports === undefined ? {} : { ports }));
    expect(argv.filter((word) => /script-args|exploit-|-oN|-oG|--resume|-iR/.test(word))).toEqual([]);
    expect(profile.purpose).toMatch(/\.$/);
  });

  test('vuln-check leaves out every forbidden category, and intrusive scripts', () => {
    const { scripts = '', onlyByName } = profileNamed('vuln-check')!;
    for (const category of [...FORBIDDEN_CATEGORIES, 'intrusive']) {
      expect(scripts).toMatch(new RegExp(`not \\([^)]*\\b${category}\\b`));
    }
    expect(onlyByName).toBe(true);
  });

  test.each(SCAN_PLANS)('plan $name is made of profiles that exist', ({ profiles }) => {
    expect(profiles.every((name) => profileNamed(name) !== undefined)).toBe(true);
  });
});
