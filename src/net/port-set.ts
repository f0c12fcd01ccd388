/**
 * A set of port numbers 0–65535 as sorted, disjoint, non-adjacent closed intervals. Immutable.
 * Written the way Nmap writes `scaninfo/@services` and `extrareasons/@ports`: `1,3-4,22`.
 */
export class PortSet {
  /** Flat pairs `[from, to, from, to, …]`. */
  readonly #bounds: Uint16Array;
  /** How many ports are in the set. */
  readonly size: number;

  private constructor(bounds: Uint16Array) {
    this.#bounds = bounds;
    let size = 0;
    for (let index = 0; index < bounds.length; index += 2) size += bounds[index + 1]! - bounds[index]! + 1;
    this.size = size;
  }

  static readonly empty = new PortSet(new Uint16Array());
  /** Ports 1–65535, what `-p-` scans. */
  static readonly all = new PortSet(Uint16Array.of(1, 65_535));

  /** From numbers in any order, duplicates allowed; numbers outside 0–65535 throw a RangeError. */
  static of(ports: Iterable<number>): PortSet {
    return PortSet.fromRanges(Array.from(ports, (port) => [port, port] as const));
  }

  /** From closed ranges in any order, overlaps allowed; throws a RangeError outside 0–65535. */
  static fromRanges(ranges: readonly (readonly [from: number, to: number])[]): PortSet {
    const sorted = ranges.toSorted((a, b) => a[0] - b[0]);
    const bounds: number[] = [];
    for (const [from, to] of sorted) {
      if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= 65_535)) {
        throw new RangeError(`not a port range: ${from}-${to}`);
      }
      const last = bounds.length - 1;
      if (last > 0 && from <= bounds[last]! + 1) bounds[last] = Math.max(bounds[last]!, to);
      else bounds.push(from, to);
    }
    return new PortSet(Uint16Array.from(bounds));
  }

  /** Parses `1,3-4,22`; undefined when the text is anything else. An empty text is the empty set. */
  static parse(text: string): PortSet | undefined {
    if (text === '') return PortSet.empty;
    const ranges: [number, number][] = [];
    for (const part of text.split(',')) {
      const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
      if (match === null) return undefined;
      const from = Number(match[1]);
      const to = match[2] === undefined ? from : Number(match[2]);
      if (from > to || to > 65_535) return undefined;
      ranges.push([from, to]);
    }
    return PortSet.fromRanges(ranges);
  }

  has(port: number): boolean {
    return this.#intervalOf(port) >= 0;
  }

  /** Which interval the port lies in, or -1. */
  #intervalOf(port: number): number {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length / 2 - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (port < bounds[2 * middle]!) high = middle - 1;
      else if (port > bounds[2 * middle + 1]!) low = middle + 1;
      else return middle;
    }
    return -1;
  }

  ranges(): readonly (readonly [from: number, to: number])[] {
    const result: [number, number][] = [];
    for (let index = 0; index < this.#bounds.length; index += 2) {
      result.push([this.#bounds[index]!, this.#bounds[index + 1]!]);
    }
    return result;
  }

  *[Symbol.iterator](): Generator<number> {
    for (const [from, to] of this.ranges()) for (let port = from; port <= to; port += 1) yield port;
  }

  /** Whether every port of the other set is in this one. */
  contains(other: PortSet): boolean {
    if (other.size > this.size) return false;
    for (let index = 0; index < other.#bounds.length; index += 2) {
      const from = other.#bounds[index]!;
      const at = this.#intervalOf(from);
      if (at < 0 || this.#bounds[2 * at + 1]! < other.#bounds[index + 1]!) return false;
    }
    return true;
  }

  /** Gives back one of the two sets themselves where it holds the other: most unions of a scan do. */
  union(other: PortSet): PortSet {
    if (this.contains(other)) return this;
    if (other.contains(this)) return other;
    return PortSet.fromRanges([...this.ranges(), ...other.ranges()]);
  }

  intersect(other: PortSet): PortSet {
    const a = this.#bounds;
    const b = other.#bounds;
    const bounds: number[] = [];
    let i = 0;
    let j = 0;
    while (i < a.length && j < b.length) {
      const from = Math.max(a[i]!, b[j]!);
      const to = Math.min(a[i + 1]!, b[j + 1]!);
      if (from <= to) bounds.push(from, to);
      if (a[i + 1]! < b[j + 1]!) i += 2;
      else j += 2;
    }
    return new PortSet(Uint16Array.from(bounds));
  }

  subtract(other: PortSet): PortSet {
    const bounds: number[] = [];
    for (let [from, to] of this.ranges()) {
      for (const [cutFrom, cutTo] of other.ranges()) {
        if (cutTo < from) continue;
        if (cutFrom > to) break;
        if (cutFrom > from) bounds.push(from, cutFrom - 1);
        from = cutTo + 1;
        if (from > to) break;
      }
      if (from <= to) bounds.push(from, to);
    }
    return new PortSet(Uint16Array.from(bounds));
  }

  equals(other: PortSet): boolean {
    return (
      this.#bounds.length === other.#bounds.length &&
      this.#bounds.every((value, index) => value === other.#bounds[index])
    );
  }

  /** `1,3-4,22`; parse(format(x)) equals x. */
  toString(): string {
    return this.ranges()
      .map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`))
      .join(',');
  }

  toJSON(): string {
    return this.toString();
  }
}
