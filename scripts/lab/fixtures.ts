import { DNS } from './plan.ts';
import type { Scanner } from './scanner.ts';

const lab = (...last: readonly number[]): string[] => last.map((octet) => `10.77.10.${octet}`);
const lab6 = (...last: readonly number[]): string[] => last.map((octet) => `fd77:77::${octet}`);

/** A few ports that are open somewhere, so that files stay small. */
const FEW = '21-23,25,53,80,143,443,554,873,3306,5432,6379,8080,9100';

/** Nmap as most people start it, with names resolved inside the lab. */
const nmap = (...args: readonly string[]): string[] => ['nmap', '-T4', '--dns-servers', DNS, ...args];

/**
 * masscan has no way to ask who is on its own link: it sends everything to a router, and gw1 forwards.
 * It answers for an address of its own, so that the kernel does not reset its connections.
 */
const masscan = (...args: readonly string[]): string[] => [
  'masscan',
  '10.77.10.0/25',
  '--rate',
  '4000',
  '--wait',
  '3',
  '--seed',
  '7',
  '--interface',
  'eth0',
  '--adapter-ip',
  '10.77.10.251',
  '--router-mac',
  '0c-c4-7a-10-00-01',
  ...args,
];

/** One run, or a few that belong together, of a kind that the weekly series does not hold. */
export const FIXTURES: readonly ((scanner: Scanner) => Promise<void>)[] = [
  ({ scan }) => scan(nmap('-sT', '-sV', '-p', FEW, '-oX', 'connect.xml', ...lab(10, 20, 50, 70))),
  ({ scan }) =>
    scan(nmap('-sU', '-sV', '-p', '53,67,123,137,161,500,5353', '-oX', 'udp.xml', ...lab(1, 60, 90, 99))),
  ({ scan }) => scan(nmap('-6', '-sS', '-sV', '-p', FEW, '-oX', 'ipv6.xml', ...lab6(10, 20, 30))),
  ({ scan }) => scan(nmap('-sn', '-oX', 'ping-sweep.xml', '10.77.10.0/26')),
  ({ scan }) => scan(nmap('-sn', '-v', '-oX', 'ping-sweep-verbose.xml', '10.77.10.0/27')),
  // -oA: the same run three times over; the .gnmap must say what the .xml says.
  ({ scan }) => scan(nmap('-sS', '-sV', '-p', FEW, '-oA', 'three-formats', '10.77.10.0/25')),
  ({ scan }) =>
    scan(nmap('-sS', '-v', '--reason', '-p', FEW, '-oX', 'syn-verbose.xml', ...lab(10, 30, 33, 99))),
  ({ scan }) =>
    scan(
      nmap(
        '-sS',
        '-sV',
        '--script',
        'default and safe',
        '-p',
        FEW,
        '-oX',
        'scripts-default-safe.xml',
        ...lab(1, 10, 11, 30, 40, 80),
      ),
    ),
  ({ scan }) =>
    scan(nmap('-sS', '-O', '--traceroute', '-p', FEW, '-oX', 'os-traceroute.xml', ...lab(10, 60, 90))),
  ({ scan }) =>
    scan(nmap('-sS', '--host-timeout', '2s', '-p', '1-2000', '-oX', 'host-timeout.xml', ...lab(10, 50, 99))),
  ({ scan }) => scan(nmap('-sO', '-p', '1,2,6,17,41,47,132', '-oX', 'ip-protocols.xml', ...lab(90))),
  ({ scan }) => scan(nmap('-sY', '-p', '36412,38412', '-oX', 'sctp.xml', ...lab(90))),
  ({ scan }) =>
    scan(nmap('-sS', '-sU', '-p', `T:${FEW},U:53,123,161`, '-oX', 'tcp-and-udp.xml', ...lab(1, 60))),
  ({ scan }) => scan(nmap('-sS', '-p', FEW, '-oX', 'nobody-up.xml', ...lab(200, 201))),
  // One host at a time at a known rate: three hosts take about six seconds, so the third is cut short.
  ({ scan }) =>
    scan(
      nmap(
        '-sS',
        '-n',
        '--max-hostgroup',
        '1',
        '--max-rate',
        '1500',
        '--min-rate',
        '1500',
        '-p',
        '1-3000',
        '-oX',
        'interrupted.xml',
        ...lab(10, 11, 20, 21),
      ),
      { interruptAfterMs: 5_000 },
    ),
  ({ scan }) => scan(masscan('-p', '22,80,443,5432,6379', '-oX', 'masscan.xml'), { chatter: true }),
  ({ scan }) => scan(masscan('-p', '22,80,443,5432,6379', '-oJ', 'masscan.json'), { chatter: true }),
  ({ scan }) => scan(masscan('-p', '22,80,443,5432,6379', '-oL', 'masscan.list'), { chatter: true }),
  ({ scan }) => scan(masscan('-p', '22,80,443,5432,6379', '-oG', 'masscan.gnmap'), { chatter: true }),
  ({ scan }) =>
    scan(masscan('-p', '22,80,21', '--banners', '-oJ', 'masscan-banners.json'), { chatter: true }),
];
