import type { Problem } from '../../fault/fault.ts';
import { parseIpAddress, parseIpv4, parseIpv6, type IpAddress } from '../../net/ip-address.ts';

/** Problems kept of one table; the rest is counted. */
const MAX_PROBLEMS = 20;

/** What reading a table came to. */
export interface ReadAsnTable {
  readonly table: AsnTable;
  /** Lines that are no range, at most 20. */
  readonly problems: readonly Problem[];
  readonly problemsLeftOut: number;
}

/** Ranges of one family, sorted by first address, not nested: the shape of iptoasn's files. */
interface Ranges<Addresses extends { readonly length: number }> {
  readonly firsts: Addresses;
  readonly lasts: Addresses;
  /** Index into the names. */
  readonly owners: Uint32Array;
}

/**
 * Which autonomous system an address belongs to. Numbers in typed arrays: 700,000 ranges take 16 MB, and a lookup is
 * a binary search of twenty steps.
 */
export class AsnTable {
  readonly #v4: Ranges<Uint32Array>;
  /** High and low 64 bits at 2i and 2i + 1. */
  readonly #v6: Ranges<BigUint64Array>;
  readonly #names: readonly string[];
  /** Ranges in the table. */
  readonly size: number;

  constructor(v4: Ranges<Uint32Array>, v6: Ranges<BigUint64Array>, names: readonly string[]) {
    this.#v4 = v4;
    this.#v6 = v6;
    this.#names = names;
    this.size = v4.owners.length + v6.owners.length;
  }

  /** `AS64500 Example`, or undefined when no range holds the address. The name is foreign text: escape. */
  asOf(address: IpAddress): string | undefined {
    const v4 = parseIpv4(address);
    const owner = v4 === undefined ? this.#ownerOfV6(address) : this.#ownerOfV4(v4);
    return owner === undefined ? undefined : this.#names[owner];
  }

  #ownerOfV4(address: number): number | undefined {
    const { firsts, lasts, owners } = this.#v4;
    const at = lastWhere(owners.length, (index) => firsts[index]! <= address);
    return at >= 0 && address <= lasts[at]! ? owners[at] : undefined;
  }

  #ownerOfV6(address: IpAddress): number | undefined {
    const { firsts, lasts, owners } = this.#v6;
    const pair = pairOf(address);
    if (pair === undefined) return undefined;
    const [high, low] = pair;
    const at = lastWhere(
      owners.length,
      (index) => firsts[2 * index]! < high || (firsts[2 * index] === high && firsts[2 * index + 1]! <= low),
    );
    if (at < 0) return undefined;
    const within = high < lasts[2 * at]! || (high === lasts[2 * at] && low <= lasts[2 * at + 1]!);
    return within ? owners[at] : undefined;
  }
}

/** The greatest index for which it holds, or -1; it holds up to some index and not after. */
function lastWhere(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** High and low 64 bits of an IPv6 address. */
function pairOf(address: string): readonly [high: bigint, low: bigint] | undefined {
  const words = parseIpv6(address);
  if (words === undefined) return undefined;
  const half = (from: number): bigint =>
    words.slice(from, from + 4).reduce((value, word) => (value << 16n) | BigInt(word), 0n);
  return [half(0), half(4)];
}

/**
 * Reads a table of ranges, one a line: first address, last address, number, country, name, with tabs between, as
 * iptoasn.com gives it (`ip2asn-v4.tsv`, `ip2asn-combined.tsv`). Number 0 stands for "not routed" and is left out.
 * Where ranges overlap the one that begins last speaks. Never throws: a line that is no range is a problem.
 */
export function readAsnTable(text: string, file: string): ReadAsnTable {
  const v4: { first: number; last: number; owner: number }[] = [];
  const v6: { first: readonly [bigint, bigint]; last: readonly [bigint, bigint]; owner: number }[] = [];
  const names: string[] = [];
  const nameIndex = new Map<string, number>();
  const problems: Problem[] = [];
  let problemsLeftOut = 0;
  const problem = (message: string, line: number): void => {
    if (problems.length < MAX_PROBLEMS)
      problems.push({ code: 'asn/not-a-range', message, where: { file, line } });
    else problemsLeftOut += 1;
  };
  let line = 0;
  for (let start = 0; start < text.length;) {
    const lineEnd = text.indexOf('\n', start);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const row = text.slice(start, text.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end);
    start = end + 1;
    line += 1;
    if (row === '' || row.startsWith('#')) continue;
    const [first = '', last = '', number = '', , name = ''] = row.split('\t');
    if (!/^\d{1,10}$/.test(number) || Number(number) > 4_294_967_295) {
      problem(`the third column is no number of an autonomous system`, line);
      continue;
    }
    if (Number(number) === 0) continue;
    const label = `AS${Number(number)}${name === '' ? '' : ` ${name}`}`;
    let owner = nameIndex.get(label);
    if (owner === undefined) {
      owner = names.push(label) - 1;
      nameIndex.set(label, owner);
    }
    const from4 = parseIpv4(first);
    const to4 = parseIpv4(last);
    if (from4 !== undefined && to4 !== undefined && from4 <= to4) {
      v4.push({ first: from4, last: to4, owner });
      continue;
    }
    const from6 = first.includes(':') && parseIpAddress(first) !== undefined ? pairOf(first) : undefined;
    const to6 = last.includes(':') && parseIpAddress(last) !== undefined ? pairOf(last) : undefined;
    if (from6 === undefined || to6 === undefined || comparePairs(from6, to6) > 0) {
      problem('the first two columns are no range of addresses', line);
      continue;
    }
    v6.push({ first: from6, last: to6, owner });
  }
  const sorted4 = v4.toSorted((a, b) => a.first - b.first || b.last - a.last || a.owner - b.owner);
  const sorted6 = v6.toSorted(
    (a, b) => comparePairs(a.first, b.first) || comparePairs(b.last, a.last) || a.owner - b.owner,
  );
  return {
    table: new AsnTable(
      {
        firsts: Uint32Array.from(sorted4, (range) => range.first),
        lasts: Uint32Array.from(sorted4, (range) => range.last),
        owners: Uint32Array.from(sorted4, (range) => range.owner),
      },
      {
        firsts: BigUint64Array.from(sorted6.flatMap((range) => range.first)),
        lasts: BigUint64Array.from(sorted6.flatMap((range) => range.last)),
        owners: Uint32Array.from(sorted6, (range) => range.owner),
      },
      names,
    ),
    problems,
    problemsLeftOut,
  };
}

function comparePairs(a: readonly [bigint, bigint], b: readonly [bigint, bigint]): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] === b[1] ? 0 : a[1] < b[1] ? -1 : 1;
}
