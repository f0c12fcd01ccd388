/*
 * The Internet checksum: RFC 1071. Sums are kept unfolded in a double's integers: 2^37 words fit.
 */

/** Sum of 16-bit words; an odd last octet counts as the upper half of a word. */
export function sumWords(data: Uint8Array, start: number, end: number): number {
  let sum = 0;
  let at = start;
  for (; at + 1 < end; at += 2) sum += ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
  if (at < end) sum += (data[at] ?? 0) << 8;
  return sum;
}

/** Whether a sum that includes the checksum itself is right: all ones when folded. */
export function isRight(sum: number): boolean {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return folded === 0xffff;
}
