/*
 * The Internet checksum: RFC 1071. Sums are kept unfolded in a double's integers: 2^37 words fit.
 */

/** Sum of 16-bit words; an odd last octet counts as the upper half of a word. */
export function sumWords(data: Uint8Array, start: number, end: number): number {
  let sum = 0;
  let at = start;
  for (const whole = end - 7; at < whole; at += 8)
    sum +=
      (((data[at] ?? 0) + (data[at + 2] ?? 0) + (data[at + 4] ?? 0) + (data[at + 6] ?? 0)) << 8) +
      (data[at + 1] ?? 0) +
      (data[at + 3] ?? 0) +
      (data[at + 5] ?? 0) +
      (data[at + 7] ?? 0);
  for (; at + 1 < end; at += 2) sum += ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
  if (at < end) sum += (data[at] ?? 0) << 8;
  return sum;
}

/** Whether a sum that includes the checksum itself is right: all ones when folded, and folding takes 65,535 away as often as it can. */
export function isRight(sum: number): boolean {
  return sum > 0 && sum % 0xffff === 0;
}
