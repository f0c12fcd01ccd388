import { formatIpv4, parseIpAddress, type IpAddress } from '../../../net/ip-address.ts';

/** Distinct addresses that are remembered. */
const LIMIT = 65_536;
const NOBODY = '::' as IpAddress;

/** Addresses as text from the words of a packet, one string for one address. */
export class AddressText {
  readonly #v4 = new Map<number, IpAddress>();
  readonly #v6 = new Map<string, IpAddress>();

  /** An address of four signed words; IPv4 as the mapped address. */
  of(a: number, b: number, c: number, d: number): IpAddress {
    if (a === 0 && b === 0 && c === 0xffff) {
      const known = this.#v4.get(d);
      if (known !== undefined) return known;
      const text = formatIpv4(d >>> 0);
      if (this.#v4.size >= LIMIT) this.#v4.clear();
      this.#v4.set(d, text);
      return text;
    }
    const key = [a, b, c, d].map((word) => `${hex(word >>> 16)}:${hex(word & 0xffff)}`).join(':');
    const known = this.#v6.get(key);
    if (known !== undefined) return known;
    const text = parseIpAddress(key) ?? NOBODY;
    if (this.#v6.size >= LIMIT) this.#v6.clear();
    this.#v6.set(key, text);
    return text;
  }
}

function hex(word: number): string {
  return word.toString(16);
}
