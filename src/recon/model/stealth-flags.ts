import { ACK, SYN, URG } from '../../net/tcp-flags.ts';

/**
 * Flags that no connection begins with and no mid-stream record ends with, or-ed over all records of a source to a
 * port: URG without SYN and ACK (XMAS). SYN with FIN would be another, but or-ed it is also a connection of which the
 * sensor saw both ends. A FIN alone may be the end of one that it forgot, no flags may be none known: those are
 * weighed by their company.
 */
export function isStealthFlags(flags: number): boolean {
  return (flags & (SYN | ACK)) === 0 && (flags & URG) !== 0;
}

/** isStealthFlags for the engine, of a column. */
export function stealthFlagsSql(flags: string): string {
  return `bitAnd(${flags}, ${SYN | ACK}) = 0 AND bitAnd(${flags}, ${URG}) != 0`;
}
