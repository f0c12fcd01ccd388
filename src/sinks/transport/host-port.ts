import { isIP } from 'node:net';

/** A host and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `name:port`, `10.0.0.5:port` or `[2001:db8::1]:port`; undefined for anything else. */
export function readHostPort(text: string): HostPort | undefined {
  const [, literal, name, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port < 1 || port > 65_535) return undefined;
  if (literal !== undefined) return isIP(literal) === 6 ? { host: literal, port } : undefined;
  return { host: name!, port };
}

/** The same of a text that the configuration has checked. */
export function hostAndPort(text: string): HostPort {
  const read = readHostPort(text);
  if (read === undefined) throw new TypeError(`${text} is no host:port`);
  return read;
}
