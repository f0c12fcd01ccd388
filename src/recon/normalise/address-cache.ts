import { formatIpv4, parseIpAddress, parseIpv4, type IpAddress } from '../../net/ip-address.ts';

/** Distinct texts that are remembered. A scan of more addresses than this starts over, which costs parsing and no memory. */
const LIMIT = 65_536;

/**
 * Text of an address to its canonical form. Log lines name the same few addresses again and again, and one string for
 * one address saves the comparison and the memory of its copies later on.
 */
export class AddressCache {
  readonly #known = new Map<string, IpAddress | undefined>();

  /** As parseIpAddress. */
  parse(text: string): IpAddress | undefined {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (text.length > 64) return undefined;
    const value = parseIpv4(text);
    // A slice of a line keeps the whole line, or the chunk that it was cut from, in memory: what is kept here is written anew.
    const address = value === undefined ? parseIpAddress(text) : formatIpv4(value);
    if (address === undefined) return undefined;
    if (this.#known.size >= LIMIT) this.#known.clear();
    this.#known.set(value === undefined ? Array.from(text).join('') : address, address);
    return address;
  }
}
