import type { IpAddress } from '../../../net/ip-address.ts';
import type { Instant } from '../../../time/instant.ts';
import { ICMP, ICMP6, NO_PORT, SCTP, TCP, UDP } from '../../model/ip-protocol.ts';
import type { Endpoints } from '../../model/telemetry-record.ts';
import type { AddressCache } from '../address-cache.ts';
import { parseCount, parseIsoTime, quoted } from '../field-values.ts';
import { icmpOf } from '../icmp.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import { protocolNumber } from '../protocol-number.ts';

/** IANA's reserved number: a protocol whose name is not known here. */
const UNNAMED_PROTOCOL = 255;

/** Every set of TCP flags as it is written. */
const FLAGS: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 256 }, (_, flags) => [flags.toString(16).padStart(2, '0'), flags]),
);

const EMPTY: JsonObject = {};

/** A nested object, or an empty one. */
export function part(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  return isJsonObject(value) ? value : EMPTY;
}

/** Text of a field; numbers and booleans as JSON writes them, `''` for anything else. */
export function textOf(object: JsonObject, field: string): string {
  const value = object[field];
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** Reads fields of EVE records and notes the first one that is wrong. */
export class EveFields {
  readonly #addresses: AddressCache;
  readonly #utcOffsetMinutes: number;
  /** The first thing that was wrong since `begin`, as a sentence. */
  fault: string | undefined = undefined;

  constructor(addresses: AddressCache, utcOffsetMinutes: number) {
    this.#addresses = addresses;
    this.#utcOffsetMinutes = utcOffsetMinutes;
  }

  /** Goes on to the next record. */
  begin(): void {
    this.fault = undefined;
  }

  #no(field: string, value: unknown, what: string): void {
    this.fault ??=
      value === undefined || value === null
        ? `${field} is missing`
        : `${field}: ${quoted(value)} is no ${what}`;
  }

  /** A count; 0 when it is missing. */
  count(object: JsonObject, field: string): number {
    const value = object[field];
    if (value === undefined || value === null) return 0;
    const count = typeof value === 'string' ? parseCount(value) : value;
    if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
    this.#no(field, value, 'count');
    return 0;
  }

  /** A time that must be there. */
  time(object: JsonObject, field: string): Instant {
    const value = object[field];
    const time = typeof value === 'string' ? parseIsoTime(value, this.#utcOffsetMinutes) : Number.NaN;
    if (Number.isNaN(time)) this.#no(field, value, 'time');
    return time as Instant;
  }

  /** TCP flags as Suricata writes them: hexadecimal, two digits. */
  flags(object: JsonObject, field: string): number {
    const value = object[field];
    if (value === undefined || value === null) return 0;
    const flags =
      typeof value === 'string' ? (FLAGS.get(value) ?? FLAGS.get(value.toLowerCase())) : undefined;
    if (flags !== undefined) return flags;
    this.#no(field, value, 'set of TCP flags');
    return 0;
  }

  #address(object: JsonObject, field: string): IpAddress | undefined {
    const value = object[field];
    const address = typeof value === 'string' ? this.#addresses.parse(value) : undefined;
    if (address === undefined) this.#no(field, value, 'IP address');
    return address;
  }

  #port(object: JsonObject, field: string): number {
    const value = object[field];
    const port = typeof value === 'string' ? parseCount(value) : value;
    if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
    this.#no(field, value, 'port');
    return NO_PORT;
  }

  #octet(object: JsonObject, field: string): number {
    const octet = this.count(object, field);
    if (octet > 255) this.#no(field, octet, 'octet');
    return octet & 0xff;
  }

  /** Who talked to whom, as the record has it; undefined when a field is missing or wrong. */
  endpoints(object: JsonObject): Endpoints | undefined {
    const source = this.#address(object, 'src_ip');
    const destination = this.#address(object, 'dest_ip');
    const name = textOf(object, 'proto');
    if (source === undefined || destination === undefined) return undefined;
    if (name === '') {
      this.#no('proto', object['proto'], 'protocol');
      return undefined;
    }
    const number = protocolNumber(name);
    const known = Number.isNaN(number) ? UNNAMED_PROTOCOL : number;
    const protocol = known === ICMP || known === ICMP6 ? icmpOf(source) : known;
    if (protocol === TCP || protocol === UDP || protocol === SCTP) {
      const sourcePort = this.#port(object, 'src_port');
      const destinationPort = this.#port(object, 'dest_port');
      return this.fault === undefined
        ? { source, sourcePort, destination, destinationPort, protocol }
        : undefined;
    }
    const destinationPort =
      protocol === ICMP || protocol === ICMP6
        ? (this.#octet(object, 'icmp_type') << 8) | this.#octet(object, 'icmp_code')
        : NO_PORT;
    return this.fault === undefined
      ? { source, sourcePort: NO_PORT, destination, destinationPort, protocol }
      : undefined;
  }
}

/** The other way round: what an answer says of who asked whom. */
export function turned({ source, sourcePort, destination, destinationPort, protocol }: Endpoints): Endpoints {
  return {
    source: destination,
    sourcePort: destinationPort,
    destination: source,
    destinationPort: sourcePort,
    protocol,
  };
}

/** Application protocols by the name that Zeek has for them too. */
const SERVICES: ReadonlyMap<string, string> = new Map([
  ['krb5', 'kerberos'],
  ['dcerpc', 'dce_rpc'],
  ['failed', ''],
  ['unknown', ''],
]);

/** Suricata's `app_proto`; empty where it found none. */
export function serviceOf(appProto: string): string {
  return SERVICES.get(appProto) ?? appProto;
}
