import { createHash } from 'node:crypto';

/** Texts whose digests are remembered, of each kind: most clients say the same again and again. */
const MOST_REMEMBERED = 1_024;

/** A digest as hex that remembers what it digested lately. Names things; protects nothing. */
export function rememberingDigest(algorithm: 'md5' | 'sha256', length: number): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const digest = createHash(algorithm).update(text, 'latin1').digest('hex').slice(0, length);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(text, digest);
    return digest;
  };
}
