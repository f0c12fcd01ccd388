/** TCP flags as bits (RFC 9293). */
export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
export const URG = 32;

/**
 * Flags that no connection begins with and no mid-stream record ends with, over all records of a source to a
 * port: FIN, PSH and URG without SYN and ACK (XMAS), SYN with FIN. A FIN alone may be the end of a connection that
 * the sensor forgot, no flags may be none known: those are weighed by their company.
 */
export function isStealthFlags(flags: number): boolean {
  const six = flags & 63;
  if ((six & (SYN | ACK)) === 0 && (six & URG) !== 0) return true;
  return (six & (SYN | FIN | ACK)) === (SYN | FIN);
}
