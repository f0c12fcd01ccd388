/** TCP flags as bits (RFC 9293). */
export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;
export const URG = 32;

/**
 * Flags that no connection begins with and no mid-stream record ends with, or-ed over all records of a source to a
 * port: URG without SYN and ACK (XMAS). SYN with FIN would be another, but or-ed it is also a connection of which the
 * sensor saw both ends. A FIN alone may be the end of one that it forgot, no flags may be none known: those are
 * weighed by their company.
 */
export function isStealthFlags(flags: number): boolean {
  return (flags & (SYN | ACK)) === 0 && (flags & URG) !== 0;
}
