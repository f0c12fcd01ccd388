/** What stands where a secret stood. */
export const MASK = '********';

/**
 * Replaces secrets in bytes that pass by, across the borders of chunks. A secret is found as it is and as XML writes it.
 * Nothing is held back longer than the longest secret.
 */
export class Masker {
  readonly #patterns: readonly Buffer[];
  readonly #longest: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(secrets: readonly string[]) {
    const forms = new Set(secrets.flatMap((secret) => [secret, inXml(secret)]));
    // The longest first: one secret may begin with another.
    this.#patterns = [...forms]
      .filter((form) => form !== '')
      .map((form) => Buffer.from(form))
      .toSorted((a, b) => b.length - a.length);
    this.#longest = this.#patterns[0]?.length ?? 0;
  }

  /** What can be given on of the bytes so far. */
  push(bytes: Uint8Array): Buffer {
    return this.#take(Buffer.concat([this.#rest, bytes]), false);
  }

  /** The rest. */
  end(): Buffer {
    return this.#take(this.#rest, true);
  }

  /** A whole text with its secrets replaced. */
  text(text: string): string {
    return this.#take(Buffer.from(text), true).toString('utf8');
  }

  #take(bytes: Buffer, last: boolean): Buffer {
    this.#rest = Buffer.alloc(0);
    if (this.#longest === 0) return bytes;
    const parts: Buffer[] = [];
    let at = 0;
    for (;;) {
      const next = this.#next(bytes, at, last);
      if (next === undefined) break;
      parts.push(bytes.subarray(at, next.index), Buffer.from(MASK));
      at = next.index + next.length;
    }
    // Where more may come, what could be the beginning of a secret waits.
    const until = last ? bytes.length : Math.max(at, bytes.length - this.#longest + 1);
    parts.push(bytes.subarray(at, until));
    if (!last) this.#rest = Buffer.from(bytes.subarray(until));
    return Buffer.concat(parts);
  }

  /** The first secret from a place on, the longest of those that begin there. */
  #next(
    bytes: Buffer,
    from: number,
    last: boolean,
  ): { readonly index: number; readonly length: number } | undefined {
    let found: { readonly index: number; readonly length: number } | undefined;
    for (const pattern of this.#patterns) {
      const index = bytes.indexOf(pattern, from);
      if (index >= 0 && (found === undefined || index < found.index))
        found = { index, length: pattern.length };
    }
    // Near the end a longer secret may still be on its way.
    return found === undefined || (!last && found.index > bytes.length - this.#longest) ? undefined : found;
  }
}

/** As Nmap writes text into XML (xml_convert of output.cc, 7.9x). */
function inXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}
