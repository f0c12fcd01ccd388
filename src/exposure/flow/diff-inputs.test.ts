import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { twoWeeksArb } from '../../../test/generated/scan-runs.ts';
import { writeHost, writeNmapXml } from '../../../test/written/nmap-xml.ts';
import { Fault } from '../../fault/fault.ts';
import { changeSetOf } from '../diff/diff-runs.ts';
import { sameHostBytes } from '../diff/same-host-bytes.ts';
import { diffInputs, type DiffInput, type InputDiffOptions } from './diff-inputs.ts';

/** An input in memory, handed out in chunks of a size, each overwritten when the next is asked for. */
function inputOf(text: string | Buffer, size = 100_000): DiffInput {
  const bytes = Buffer.from(text);
  return {
    name: 'memory',
    again: true,
    async *chunks() {
      const buffer = Buffer.alloc(size);
      for (let from = 0; from < bytes.length; from += size) {
        const length = bytes.copy(buffer, 0, from, from + size);
        yield buffer.subarray(0, length);
        buffer.fill(0x2a);
      }
    },
  };
}

const ANYWAY = { evenIfIncomparable: true } as const;

async function changes(a: DiffInput, b: DiffInput, options: InputDiffOptions = ANYWAY): Promise<unknown> {
  const { diff, verdict } = await diffInputs(a, b, { ...options, noise: { udpOpenFiltered: true } });
  const set = changeSetOf(diff);
  return { verdict, changes: set.changes, comparability: set.comparability, a: set.a, b: set.b };
}

/** Read whole: the way without slices, which an input that cannot be had twice takes. */
const whole = (input: DiffInput): DiffInput => ({ ...input, again: false });

const orderArb = fc.constantFrom('as it is', 'turned round', 'shuffled');

function ordered<T>(values: readonly T[], order: string): T[] {
  if (order === 'as it is') return [...values];
  if (order === 'turned round') return values.toReversed();
  return values.toSorted((x, y) => JSON.stringify(x).length - JSON.stringify(y).length);
}

describe('two files side by side', () => {
  test('are read once, when they are as plain as Nmap writes them', async () => {
    let opened = 0;
    const counted = (input: DiffInput): DiffInput => ({
      ...input,
      chunks: () => {
        opened += 1;
        return input.chunks();
      },
    });
    const lists = fc.sample(twoWeeksArb, { numRuns: 50, seed: 7 });
    for (const [a, b] of lists) {
      await diffInputs(
        counted(inputOf(writeNmapXml(a.run, 0))),
        counted(inputOf(writeNmapXml(b.run, 9))),
        ANYWAY,
      );
    }
    // Without a host the run is told of late, and the file is read again: that costs nothing.
    const withoutHosts = lists.filter(
      ([a, b]) => a.run.hosts.length === 0 || b.run.hosts.length === 0,
    ).length;
    expect(opened).toBeLessThanOrEqual(100 + 2 * withoutHosts);
  });

  test('say what reading both whole says, whatever the order of hosts and the size of chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        twoWeeksArb,
        orderArb,
        orderArb,
        fc.integer({ min: 7, max: 5_000 }),
        async ([a, b], x, y, size) => {
          const left = inputOf(writeNmapXml(a.run, 0, ordered(a.run.hosts, x)), size);
          const right = inputOf(writeNmapXml(b.run, 604_800, ordered(b.run.hosts, y)), size + 1);
          expect(await changes(left, right)).toEqual(await changes(whole(left), whole(right)));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('a host that is taken for equal without being read has no change', async () => {
    let equal = 0;
    await fc.assert(
      fc.asyncProperty(twoWeeksArb, fc.nat(), async ([a, b], position) => {
        for (const host of a.run.hosts) {
          const twin = b.run.hosts.find((other) => other.address === host.address) ?? host;
          const one = Buffer.from(writeHost(host, 0));
          const other = Buffer.from(writeHost(twin, 604_800));
          // One byte changed anywhere must not hide.
          const broken = Buffer.from(other);
          const at = position % broken.length;
          broken[at] = broken[at] === 0x78 ? 0x79 : 0x78;
          for (const candidate of [other, broken]) {
            if (!sameHostBytes(one, 0, one.length, candidate, 0, candidate.length)) continue;
            equal += 1;
            const wrap = (bytes: Buffer): DiffInput =>
              whole(
                inputOf(writeNmapXml(a.run, 0, []).replace('</nmaprun>', `${bytes.toString()}</nmaprun>`)),
              );
            expect(await changes(wrap(one), wrap(candidate))).toMatchObject({
              verdict: 'equal',
              changes: [],
            });
          }
        }
      }),
      { numRuns: 60 },
    );
    expect(equal).toBeGreaterThan(20);
  });

  test('damaged files end in a diff or a fault, never in anything else', async () => {
    await fc.assert(
      fc.asyncProperty(
        twoWeeksArb,
        fc.array(
          fc.tuple(
            fc.nat(),
            fc.constantFrom('<', '>', '"', '&', '</host>', '<host ', '<!--', '-->', '\0', ''),
          ),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        async ([a, b], edits) => {
          let text = writeNmapXml(b.run, 604_800);
          for (const [position, insert] of edits) {
            const at = position % text.length;
            text = text.slice(0, at) + insert + text.slice(at + 1);
          }
          const outcome = await diffInputs(inputOf(writeNmapXml(a.run, 0)), inputOf(text), ANYWAY).then(
            ({ verdict }) => verdict,
            (error: unknown) => (error instanceof Fault ? 'fault' : error),
          );
          expect(['equal', 'different', 'fault']).toContain(outcome);
        },
      ),
      { numRuns: 300 },
    );
  });

  const scan = (hosts: string, args = 'nmap 10.0.0.0/24', type = 'syn'): string =>
    `<?xml version="1.0"?>\n<nmaprun scanner="nmap" args="${args}" start="1700000000" version="7.95">\n<scaninfo type="${type}" protocol="tcp" services="1-1000"/>\n${hosts}\n<runstats><finished time="1700000060" exit="success"/><hosts up="1" down="255" total="256"/></runstats></nmaprun>\n`;
  const host = (address: string, ports: string): string =>
    `<host><status state="up"/><address addr="${address}" addrtype="ipv4"/><ports><extraports state="closed" count="999"/>${ports}</ports></host>\n`;
  const open = (port: number): string => `<port protocol="tcp" portid="${port}"><state state="open"/></port>`;

  test.each([
    {
      why: 'two records of one address are merged',
      a: host('10.0.0.1', open(22)) + host('10.0.0.1', open(80)),
      b: host('10.0.0.1', open(22)),
      want: ['port-closed 80/tcp'],
    },
    {
      why: 'a host inside a comment is none',
      a: `${host('10.0.0.1', open(22))}<!-- ${host('10.0.0.2', open(80))} -->${host('10.0.0.3', '')}`,
      b: host('10.0.0.1', open(22)) + host('10.0.0.3', ''),
      want: [],
    },
    {
      why: 'a host of the second scan that the first tried is new',
      a: host('10.0.0.1', open(22)),
      b: host('10.0.0.1', open(22)) + host('10.0.0.2', open(80)),
      want: ['host-appeared '],
    },
    {
      why: 'silent: only times moved',
      a: host('10.0.0.1', open(22)).replace('<host>', '<host starttime="1" endtime="2">'),
      b: host('10.0.0.1', open(22)).replace('<host>', '<host starttime="3" endtime="40">'),
      want: [],
    },
  ])('$why', async ({ a, b, want }) => {
    const { diff } = await diffInputs(inputOf(scan(a)), inputOf(scan(b)));
    const said = changeSetOf(diff).changes.map(
      (change) => `${change.kind} ${'port' in change ? change.port : ''}`,
    );
    expect(said).toEqual(want);
  });

  test('a file in Latin-1 against the same in UTF-8 differs in nothing', async () => {
    const text = scan(
      host(
        '10.0.0.1',
        '<port protocol="tcp" portid="22"><state state="open"/><service name="ssh" product="é"/></port>',
      ),
    );
    const latin = Buffer.from(text.replace('?>', ' encoding="iso-8859-1"?>'), 'latin1');
    expect((await diffInputs(inputOf(latin), inputOf(text))).verdict).toBe('equal');
  });

  test('two scans in one file are not guessed between', async () => {
    const two = scan(host('10.0.0.1', '')) + scan(host('10.0.0.2', ''));
    await expect(diffInputs(inputOf(two), inputOf(scan('')))).rejects.toMatchObject({
      code: 'diff/several-runs',
    });
  });

  test('UDP ports that turn to open|filtered are left out, and counted', async () => {
    const udp = (state: string): string =>
      scan(
        `<host><status state="up"/><address addr="10.0.0.1" addrtype="ipv4"/><ports><port protocol="udp" portid="53"><state state="${state}"/></port></ports></host>`,
      );
    const quiet = await diffInputs(inputOf(udp('closed')), inputOf(udp('open|filtered')));
    expect({ verdict: quiet.verdict, leftOut: quiet.leftOut }).toEqual({ verdict: 'equal', leftOut: 1 });
    const loud = await diffInputs(inputOf(udp('closed')), inputOf(udp('open|filtered')), {
      noise: { udpOpenFiltered: true },
    });
    expect({ verdict: loud.verdict, leftOut: loud.leftOut }).toEqual({ verdict: 'different', leftOut: 0 });
  });

  test('scans that are not comparable are refused, and diffed when asked to', async () => {
    const a = inputOf(scan(host('10.0.0.1', open(22))));
    const b = inputOf(scan(host('10.0.0.1', ''), 'nmap -sT 10.0.0.0/24', 'connect'));
    await expect(diffInputs(a, b)).rejects.toMatchObject({ code: 'diff/not-comparable' });
    expect((await diffInputs(a, b, ANYWAY)).verdict).toBe('different');
  });
});
