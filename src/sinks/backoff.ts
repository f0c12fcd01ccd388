import { createHash } from 'node:crypto';
import type { Instant } from '../time/instant.ts';

/** First delay, and the one that is never exceeded, in microseconds: half a minute and six hours. */
const BASE = 30e6;
const MOST = 6 * 3600e6;

/**
 * When a message is tried again after so many failed tries: the delay doubles each time, and half of it is jitter ("equal
 * jitter" of the AWS Architecture Blog, 2015), so that what failed together does not come back together. The jitter is
 * drawn from the key and the try: the same message is tried at the same moments, whoever works it out.
 */
export function nextTry(now: Instant, tries: number, key: string): Instant {
  const delay = Math.min(MOST, BASE * 2 ** Math.min(tries - 1, 32));
  const drawn = createHash('sha256').update(`${key} ${tries}`).digest().readUInt32BE(0) / 2 ** 32;
  return (now + Math.round(delay / 2 + (delay / 2) * drawn)) as Instant;
}
