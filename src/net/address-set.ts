import { addressOf, addressValue, isIpv6, type IpAddress } from './ip-address.ts';
import { formatPrefix, type Prefix } from './prefix.ts';

/** Addresses of one family, both ends included, as unsigned numbers of 32 or 128 bits. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly from: bigint;
  readonly to: bigint;
}

const BITS = { 4: 32, 6: 128 } as const;

/** A set of IP addresses, kept as disjoint ranges in order: IPv4 first. Immutable. */
export class AddressSet {
  static readonly empty = new AddressSet([]);
  readonly ranges: readonly AddressRange[];

  private constructor(ranges: readonly AddressRange[]) {
    this.ranges = ranges;
  }

  /** The union of ranges in any order. */
  static of(ranges: Iterable<AddressRange>): AddressSet {
    const sorted = [...ranges].toSorted(
      (a, b) => a.family - b.family || (a.from < b.from ? -1 : a.from > b.from ? 1 : 0),
    );
    const merged: AddressRange[] = [];
    for (const range of sorted) {
      const last = merged.at(-1);
      if (last?.family === range.family && range.from <= last.to + 1n) {
        if (range.to > last.to) merged[merged.length - 1] = { ...last, to: range.to };
      } else merged.push(range);
    }
    return new AddressSet(merged);
  }

  static ofPrefixes(prefixes: Iterable<Prefix>): AddressSet {
    return AddressSet.of(Array.from(prefixes, rangeOf));
  }

  static ofAddresses(addresses: Iterable<IpAddress>): AddressSet {
    return AddressSet.of(
      Array.from(addresses, (address) => {
        const value = addressValue(address);
        return { family: isIpv6(address) ? 6 : 4, from: value, to: value } as const;
      }),
    );
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  /** How many addresses; up to 2^128. */
  get size(): bigint {
    return this.ranges.reduce((sum, { from, to }) => sum + to - from + 1n, 0n);
  }

  has(address: IpAddress): boolean {
    const family = isIpv6(address) ? 6 : 4;
    const value = addressValue(address);
    return this.ranges.some((range) => range.family === family && range.from <= value && value <= range.to);
  }

  union(other: AddressSet): AddressSet {
    return AddressSet.of([...this.ranges, ...other.ranges]);
  }

  subtract(other: AddressSet): AddressSet {
    let left: readonly AddressRange[] = this.ranges;
    for (const hole of other.ranges) {
      left = left.flatMap((range) => {
        if (range.family !== hole.family || hole.to < range.from || hole.from > range.to) return [range];
        return [
          ...(range.from < hole.from ? [{ ...range, to: hole.from - 1n }] : []),
          ...(range.to > hole.to ? [{ ...range, from: hole.to + 1n }] : []),
        ];
      });
    }
    return new AddressSet(left);
  }

  intersect(other: AddressSet): AddressSet {
    return this.subtract(this.subtract(other));
  }

  /** The lowest address, IPv4 first; undefined of none. */
  get first(): IpAddress | undefined {
    const [range] = this.ranges;
    return range === undefined ? undefined : addressOf(range.family, range.from);
  }

  /** The fewest address blocks that hold exactly the set, in order. */
  prefixes(): readonly Prefix[] {
    return this.ranges.flatMap(({ family, from, to }) => {
      const blocks: Prefix[] = [];
      for (let start = from; start <= to;) {
        let free = 0;
        // The largest block that begins here: as aligned as its first address, and not past the end.
        while (
          free < BITS[family] &&
          (start >> BigInt(free)) % 2n === 0n &&
          start + (1n << BigInt(free + 1)) - 1n <= to
        ) {
          free += 1;
        }
        blocks.push({ family, network: start, length: BITS[family] - free });
        start += 1n << BigInt(free);
      }
      return blocks;
    });
  }

  /** Blocks in CIDR notation; a single address without its length. */
  toString(): string {
    return this.prefixes().map(formatBlock).join(' ');
  }
}

/** `10.0.0.0/24`, or `10.0.0.1` for a block of one address. */
export function formatBlock(prefix: Prefix): string {
  const text = formatPrefix(prefix);
  return prefix.length === BITS[prefix.family] ? text.slice(0, text.indexOf('/')) : text;
}

/** First and last address of a block. */
export function rangeOf({ family, network, length }: Prefix): AddressRange {
  return { family, from: network, to: network + (1n << BigInt(BITS[family] - length)) - 1n };
}
