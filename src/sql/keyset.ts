import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Fault } from '../fault/fault.ts';
import { addressValue, isIpv6, parseIpAddress } from '../net/ip-address.ts';
import type { ParameterValue, Query } from './query.ts';

/** A read that is put together for what is asked: its text, and what its placeholders stand for. */
export interface Asked<R> {
  readonly query: Query<unknown, R>;
  readonly params: Readonly<Record<string, ParameterValue>>;
}

/** A part of an order. The expression must tell values apart as exactly as its type does: no floating point. */
export interface SortKey {
  readonly expression: string;
  readonly type: 'UInt8' | 'UInt32' | 'UInt64' | 'Int64' | 'String' | 'IPv6';
  readonly descending?: true;
}

/**
 * A total order over rows, and a place in it. A page begins after the values of the last row of the page before
 * (keyset pagination), so that rows that come or go meanwhile shift nothing.
 * https://use-the-index-luke.com/no-offset
 */
export class Keyset {
  readonly #keys: readonly SortKey[];
  readonly #name: string;

  /**
   * @param name of the order, kept in cursors: one of another order is refused.
   * @param keys the most important first; together they must tell any two rows apart.
   */
  constructor(name: string, keys: readonly SortKey[], reverse = false) {
    this.#keys = reverse ? keys.map(reversed) : keys;
    const order = this.#keys.map(({ expression, descending }) => [expression, descending]);
    this.#name = `${name} ${createHash('sha256').update(JSON.stringify(order)).digest('hex').slice(0, 8)}`;
  }

  /** `a DESC, b`: for ORDER BY. */
  get order(): string {
    return this.#keys
      .map(({ expression, descending }) => `${expression}${descending === true ? ' DESC' : ''}`)
      .join(', ');
  }

  /** What a row has to select, to be the end of a page: an array of texts. */
  get place(): string {
    return `[${this.#keys.map(({ expression }) => `toString(${expression})`).join(', ')}]`;
  }

  /** The place of a row → the cursor of what comes after it. */
  cursor(place: readonly string[]): string {
    return Buffer.from(JSON.stringify([this.#name, ...place])).toString('base64url');
  }

  /** The condition that selects what comes after a cursor; its parameters are added. Throws a Fault `page/cursor`. */
  after(cursor: string, params: Record<string, ParameterValue>): string {
    const place = this.#parse(cursor);
    let condition = '0';
    for (const [index, { expression, type, descending }] of [...this.#keys.entries()].toReversed()) {
      const name = `after${index}`;
      params[name] = valueOf(type, place[index] ?? '');
      const value = `{${name}:${type}}`;
      const further = `${expression} ${descending === true ? '<' : '>'} ${value}`;
      condition = condition === '0' ? further : `(${further} OR (${expression} = ${value} AND ${condition}))`;
    }
    return condition;
  }

  /** Whether a place comes after a cursor. Throws a Fault `page/cursor`. */
  isAfter(cursor: string, place: readonly string[]): boolean {
    return this.compare(place, this.#parse(cursor)) > 0;
  }

  /** Negative when a place comes before another, as ORDER BY has it. */
  compare(a: readonly string[], b: readonly string[]): number {
    for (const [index, { type, descending }] of this.#keys.entries()) {
      const order = compareTexts(type, a[index] ?? '', b[index] ?? '');
      if (order !== 0) return descending === true ? -order : order;
    }
    return 0;
  }

  #parse(cursor: string): readonly string[] {
    try {
      const [name, ...place] = z
        .array(z.string())
        .parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
      if (
        name === this.#name &&
        place.length === this.#keys.length &&
        place.every((text, index) => this.#fits(text, index))
      )
        return place;
    } catch {
      // Said below.
    }
    throw new Fault(
      'page/cursor',
      'the cursor does not belong to this list in this order',
      'Take `next` of the page before, with the same order, or begin at the first page.',
    );
  }

  #fits(text: string, index: number): boolean {
    const type = this.#keys[index]?.type;
    if (type === 'String') return true;
    return type === 'IPv6' ? /^[0-9a-f:.]{2,45}$/i.test(text) : /^-?\d{1,20}$/.test(text);
  }
}

/** Values as the store prints them, in its order: numbers by size, addresses and texts octet by octet. */
function compareTexts(type: SortKey['type'], a: string, b: string): number {
  if (a === b) return 0;
  if (type === 'String') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  const [left, right] = type === 'IPv6' ? [sixteen(a), sixteen(b)] : [BigInt(a), BigInt(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** An address as a number of 128 bits, IPv4 as it is stored: mapped. */
function sixteen(text: string): bigint {
  const address = parseIpAddress(text);
  if (address === undefined) return 0n;
  return addressValue(address) + (isIpv6(address) ? 0n : 0xffff_0000_0000n);
}

function reversed({ descending, ...key }: SortKey): SortKey {
  return descending === true ? key : { ...key, descending: true };
}

function valueOf(type: SortKey['type'], text: string): ParameterValue {
  if (type === 'String' || type === 'IPv6') return text;
  return type === 'UInt8' || type === 'UInt32' ? Number(text) : BigInt(text);
}
