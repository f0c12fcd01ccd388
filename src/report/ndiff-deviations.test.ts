import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readScans } from '../../test/read-scan.ts';
import { changeSetOf, pairRuns } from '../exposure/diff/diff-runs.ts';
import type { RunDiff } from '../exposure/model/run-diff.ts';
import { renderDiffText } from './diff-text.ts';

const probes = resolve(import.meta.dirname, '../../test/fixtures/nmap/probes');

function diffOf(a: string | Buffer, b: string | Buffer): RunDiff {
  const [x] = readScans(Buffer.from(a));
  const [y] = readScans(Buffer.from(b));
  return pairRuns(x!, y!, { evenIfIncomparable: true });
}

function outcome(diff: RunDiff, verbose = false): { verdict: number; text: string } {
  const equal = changeSetOf(diff).changes.length === 0;
  const verdict = diff.comparability.comparable ? (equal ? 0 : 1) : 2;
  return { verdict, text: [...renderDiffText(diff, { verbose })].join('') };
}

/** The same two-line banner stands above every probe that has one; the facts are below it. */
function facts(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !/^[-+ ]Nmap /.test(line));
}

describe('rows of docs/ndiff-deviations.md, on minimal pairs', () => {
  test.each([
    { row: 1, probe: 'twoportscripts', verdict: 0, lines: [] },
    { row: 1, probe: 'twohostscripts', verdict: 0, lines: [] },
    {
      row: 2,
      probe: 'scriptonly',
      verdict: 1,
      lines: [' 10.0.0.1:', ' PORT   STATE SERVICE VERSION', ' 80/tcp open  http', '-|_ a: 1', '+|_ a: 2'],
    },
    { row: 3, probe: 'ptr', verdict: 1, lines: ['-a.example (10.0.0.1):', '+b.example (10.0.0.1):'] },
    { row: 3, probe: 'ptr_gained', verdict: 1, lines: ['-10.0.0.1:', '+b.example (10.0.0.1):'] },
    {
      row: 4,
      probe: 'bothnostate',
      verdict: 1,
      lines: [' 10.0.0.1:', ' PORT   STATE SERVICE VERSION', '<80/tcp open  http', '>81/tcp open  http'],
    },
    { row: 9, probe: 'prescript', verdict: 1, lines: [' Pre-scan script results:', '-|_ x: 1', '+|_ x: 2'] },
    {
      row: 10,
      probe: 'tunnel_only',
      verdict: 1,
      lines: [
        ' 10.0.0.1:',
        ' PORT    STATE SERVICE  VERSION',
        '-443/tcp open  http',
        '+443/tcp open  ssl/http',
      ],
    },
    { row: 11, probe: 'os_reorder', verdict: 0, lines: [] },
    { row: 13, probe: 'extraorder', verdict: 0, lines: [] },
    { row: 14, probe: 'listed_to_extra', verdict: 0, lines: [] },
    {
      row: 14,
      probe: 'filtered_listed_vs_extra',
      verdict: 1,
      lines: [' 10.0.0.1:', '-Not shown: 99 closed ports', '+Not shown: 50 filtered ports, 50 closed ports'],
    },
    {
      row: 15,
      probe: 'trunc',
      verdict: 0,
      lines: ['#the second scan was interrupted: nothing is known of what it did not reach'],
    },
    {
      row: 16,
      probe: 'duphost',
      verdict: 1,
      lines: [' 10.0.0.1:', ' PORT   STATE SERVICE VERSION', '<81/tcp open  http'],
    },
    { row: 18, probe: 'nostate', verdict: 0, lines: [] },
    { row: 19, probe: 'badaddrtype', verdict: 0, lines: [] },
    // What is no deviation stays ndiff's, and silence stays silence.
    { row: 0, probe: 'args', verdict: 0, lines: [] },
    { row: 0, probe: 'conf_only', verdict: 0, lines: [] },
    { row: 0, probe: 'reason_only', verdict: 0, lines: [] },
    { row: 0, probe: 'state_down', verdict: 1, lines: [' 10.0.0.1:', '-Host is up.', '+Host is down.'] },
    {
      row: 0,
      probe: 'extra_to_open',
      verdict: 1,
      lines: [
        ' 10.0.0.1:',
        '-Not shown: 100 filtered ports',
        '+Not shown: 99 filtered ports',
        ' PORT   STATE SERVICE VERSION',
        '+80/tcp open  http',
      ],
    },
  ])('row $row: $probe', ({ probe, verdict, lines }) => {
    const read = (side: string) => readFileSync(resolve(probes, `${probe}.${side}.xml`));
    const { text, ...rest } = outcome(diffOf(read('a'), read('b')));
    expect(rest.verdict).toBe(verdict);
    expect(facts(text)).toEqual(lines);
  });

  test('row 17: hosts come in the order of their numbers', () => {
    const read = (side: string) => readFileSync(resolve(probes, `order.${side}.xml`));
    const { text } = outcome(diffOf(read('a'), read('b')));
    expect(facts(text).filter((line) => line.endsWith(':'))).toEqual(['-10.0.0.2:', '-10.0.0.10:']);
  });

  interface Scan {
    readonly args?: string;
    readonly type?: string;
    readonly protocol?: string;
    readonly hosts: string;
    readonly total?: number;
  }
  const scan = ({
    args = 'nmap 10.0.0.0/24',
    type = 'syn',
    protocol = 'tcp',
    hosts,
    total = 256,
  }: Scan): string =>
    `<nmaprun scanner="nmap" args="${args}" start="1700000000" version="7.95"><scaninfo type="${type}" protocol="${protocol}" services="1-100"/>${hosts}<runstats><finished time="1700000060" exit="success"/><hosts up="1" down="${total - 1}" total="${total}"/></runstats></nmaprun>`;
  const host = (address: string, inner: string): string =>
    `<host><status state="up"/><address addr="${address}" addrtype="ipv4"/><ports><extraports state="closed" count="99"/>${inner}</ports></host>`;
  const ssh = (rest = ''): string =>
    `<port protocol="tcp" portid="22"><state state="open"/><service name="ssh" method="probed"${rest}/></port>`;

  test.each([
    {
      why: 'row 5: a host that the second scan was not asked for is not gone',
      a: { hosts: host('10.0.0.1', ssh()) },
      b: { args: 'nmap 10.0.9.0/24', hosts: '' },
      verdict: 1,
      lines: [
        '<10.0.0.1:',
        '<Host is up.',
        '<Not shown: 99 closed ports',
        '<PORT   STATE SERVICE VERSION',
        '<22/tcp open  ssh',
      ],
    },
    {
      why: 'row 5: a host that it was asked for, with the same discovery, is gone',
      a: { hosts: host('10.0.0.1', '') },
      b: { hosts: '' },
      verdict: 1,
      lines: ['-10.0.0.1:', '-Host is up.', '-Not shown: 99 closed ports'],
    },
    {
      why: 'row 5: a host that answered another kind of probe is not gone',
      a: { hosts: host('10.0.0.1', '') },
      b: { args: 'nmap -PS100 10.0.0.0/24', hosts: '' },
      verdict: 1,
      lines: [
        '#the scans discover hosts differently: a host that is missing from one may still be there',
        '<10.0.0.1:',
        '<Host is up.',
        '<Not shown: 99 closed ports',
      ],
    },
    {
      why: 'row 6: versions that only one scan asked for',
      a: { hosts: host('10.0.0.1', ssh()) },
      b: { args: 'nmap -sV 10.0.0.0/24', hosts: host('10.0.0.1', ssh(' product="OpenSSH" version="9.2"')) },
      verdict: 0,
      lines: ['#the first scan has no version detection (-sV): services and versions are not compared'],
    },
    {
      why: 'row 7: full connections against raw packets',
      a: { hosts: host('10.0.0.1', ssh()) },
      b: { args: 'nmap -sT 10.0.0.0/24', type: 'connect', hosts: host('10.0.0.1', ssh()) },
      verdict: 2,
      lines: [
        '#these scans are not comparable:',
        '#the first scan used raw packets, the second full connections: they see different things',
      ],
    },
    {
      why: 'row 11: another generation is another system',
      a: {
        hosts: host('10.0.0.1', '').replace(
          '</host>',
          '<os><osmatch name="Linux 4.15" accuracy="100"><osclass vendor="Linux" osfamily="Linux" osgen="4.X"/></osmatch></os></host>',
        ),
      },
      b: {
        hosts: host('10.0.0.1', '').replace(
          '</host>',
          '<os><osmatch name="Linux 6.1" accuracy="100"><osclass vendor="Linux" osfamily="Linux" osgen="6.X"/></osmatch></os></host>',
        ),
      },
      verdict: 1,
      lines: [' 10.0.0.1:', ' OS details:', '-  Linux 4.15', '+  Linux 6.1'],
    },
    {
      why: 'row 12: a guess that failed',
      a: {
        hosts: host('10.0.0.1', '').replace(
          '</host>',
          '<os><osmatch name="Linux 4.15" accuracy="100"/></os></host>',
        ),
      },
      b: { hosts: host('10.0.0.1', '') },
      verdict: 0,
      lines: [],
    },
    {
      why: 'row 20: a name from the port number',
      a: {
        hosts: host(
          '10.0.0.1',
          '<port protocol="tcp" portid="28"><state state="open"/><service name="unknown" method="table"/></port>',
        ),
      },
      b: {
        hosts: host(
          '10.0.0.1',
          '<port protocol="tcp" portid="28"><state state="open"/><service name="icslap" method="table"/></port>',
        ),
      },
      verdict: 0,
      lines: [],
    },
    {
      why: 'row 22: the time in a script',
      a: {
        hosts: host(
          '10.0.0.1',
          ssh().replace('</port>', '<script id="http-date" output="Mon, 05 Jan 2026 10:00:00 GMT"/></port>'),
        ),
      },
      b: {
        hosts: host(
          '10.0.0.1',
          ssh().replace('</port>', '<script id="http-date" output="Mon, 12 Jan 2026 10:00:00 GMT"/></port>'),
        ),
      },
      verdict: 0,
      lines: [],
    },
    {
      why: 'row 24: escape sequences and bidirectional marks',
      a: { hosts: host('10.0.0.1', ssh()) },
      b: { hosts: host('10.0.0.1', ssh(' product="&#x9b;31m&#x202e;x&#9;y"')) },
      verdict: 1,
      lines: [
        ' 10.0.0.1:',
        ' PORT   STATE SERVICE VERSION',
        '-22/tcp open  ssh',
        String.raw`+22/tcp open  ssh     \x9b31m\u202ex\ty`,
      ],
    },
  ])('$why', ({ a, b, verdict, lines }) => {
    const { text, ...rest } = outcome(diffOf(scan(a), scan(b)));
    expect(rest.verdict).toBe(verdict);
    expect(facts(text)).toEqual(lines);
  });

  test('row 8: what is shown does not change the verdict', () => {
    const read = (side: string) => readFileSync(resolve(probes, `twoportscripts.${side}.xml`));
    const diff = diffOf(read('a'), read('b'));
    expect(outcome(diff, true).verdict).toBe(outcome(diff).verdict);
    expect(outcome(diff, true).text).toContain(' |_ a: 1\n');
  });

  test('row 21: classes without a match are guesses', () => {
    const os = (family: string) =>
      host('10.0.0.1', '').replace(
        '</host>',
        `<os><osclass type="x" vendor="v" osfamily="${family}" accuracy="100"/></os></host>`,
      );
    const { verdict } = outcome(diffOf(scan({ hosts: os('Linux') }), scan({ hosts: os('Windows') })));
    expect(verdict).toBe(1);
  });

  test('row 25: times are UTC', () => {
    const { text } = outcome(diffOf(scan({ hosts: '' }), scan({ hosts: '' })), true);
    expect(text).toContain(' initiated Tue Nov 14 22:13:20 2023 ');
  });
});
