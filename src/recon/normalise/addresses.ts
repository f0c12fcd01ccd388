import { parseIpAddress, type IpAddress } from '../../net/ip-address.ts';

/** Addresses remembered by their text: telemetry repeats few addresses often, and validating one costs more than looking it up. */
const REMEMBERED = 50_000;

/** Parses addresses and remembers the last many of them. */
export class AddressBook {
  #known = new Map<string, IpAddress | undefined>();

  /** The address in canonical form, or undefined when the text is none. A zone (`fe80::1%eth0`) is cut off. */
  parse(text: string): IpAddress | undefined {
    const known = this.#known.get(text);
    if (known !== undefined || this.#known.has(text)) return known;
    if (this.#known.size >= REMEMBERED) this.#known = new Map();
    const zone = text.indexOf('%');
    const address = parseIpAddress(zone === -1 ? text : text.slice(0, zone));
    this.#known.set(text, address);
    return address;
  }
}

/** A whole number from 0 to the limit, in decimal, or undefined. */
export function wholeNumber(text: string | undefined, limit: number): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= limit ? value : undefined;
}

/** A port, or undefined when the text is none. */
export function portOf(text: string | undefined): number | undefined {
  return wholeNumber(text, 65_535);
}
