import { InvalidArgumentError } from '@commander-js/extra-typings';
import { parseIpAddress, type IpAddress } from '../net/ip-address.ts';
import { parsePortKey, portKey, type PortKey } from '../net/port-key.ts';
import { formatPrefix, parsePrefix } from '../net/prefix.ts';
import { parseInstant, type Instant } from '../time/instant.ts';

/** A count of one or more, as commander's parsers want it. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

/** An instant: `2026-12-01` or with a time and zone. */
export function instant(text: string): Instant {
  const parsed = parseInstant(text);
  if (parsed === undefined) {
    throw new InvalidArgumentError(
      'It must be a date (2026-12-01) or a time with its zone (2026-12-01T18:00Z).',
    );
  }
  return parsed;
}

/** An IP address. */
export function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (parsed === undefined) throw new InvalidArgumentError('It must be an IP address.');
  return parsed;
}

/** Minutes east of UTC: `+02:00`, `-0530`, `Z`. */
export function utcOffset(text: string): number {
  if (text === 'Z' || text === 'z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?([0-5]\d)$/.exec(text) ?? [];
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  // The zones of this world: UTC-12 to UTC+14.
  if (sign === undefined || offset < -720 || offset > 840)
    throw new InvalidArgumentError('It must be an offset from UTC between -12:00 and +14:00, as +02:00.');
  return offset;
}

/** An address block in CIDR notation; an address alone is a block of one. */
export function network(text: string): string {
  const whole = parseIpAddress(text);
  const prefix = parsePrefix(whole === undefined ? text : `${whole}/${whole.includes(':') ? 128 : 32}`);
  if (prefix === undefined)
    throw new InvalidArgumentError('It must be an IP address or an address block, as 10.0.0.0/24.');
  return formatPrefix(prefix);
}

/** A port with its protocol: `443/tcp`; a bare number means TCP. */
export function portName(text: string): PortKey {
  const key = /^\d+$/.test(text) ? `${text}/tcp` : text;
  const parsed = parsePortKey(key);
  if (parsed === undefined) {
    throw new InvalidArgumentError('It must be a port with its protocol, as 443/tcp.');
  }
  return portKey(parsed.portid, parsed.protocol);
}
