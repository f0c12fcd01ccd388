import { Buffer } from 'node:buffer';
import { TextDecoder } from 'node:util';

/** Bytes needed to tell the encodings apart. */
const SIGNATURE_BYTES = 4;

type Unicode16 = 'utf-16le' | 'utf-16be';

/** How many bytes of a byte order mark to drop, and how to decode what follows; undefined is UTF-8 or its like. */
function signatureOf(head: Uint8Array): { readonly skip: number; readonly encoding: Unicode16 | undefined } {
  const [a, b, c, d] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { skip: 3, encoding: undefined };
  if (a === 0xff && b === 0xfe) return { skip: 2, encoding: 'utf-16le' };
  if (a === 0xfe && b === 0xff) return { skip: 2, encoding: 'utf-16be' };
  // Without a mark, XML still begins with "<" and another ASCII character (XML 1.0, appendix F).
  if (a === 0x3c && b === 0 && c !== 0 && d === 0) return { skip: 0, encoding: 'utf-16le' };
  if (a === 0 && b === 0x3c && c === 0 && d !== 0) return { skip: 0, encoding: 'utf-16be' };
  return { skip: 0, encoding: undefined };
}

/**
 * Hands input on without its byte order mark, UTF-16 recoded as UTF-8. PowerShell's `>` writes UTF-16,
 * so `nmap -oX - > scan.xml` on Windows is such a file. Byte offsets then count recoded bytes.
 */
export class Utf8Input {
  readonly #push: (piece: Uint8Array) => void;
  readonly #onRecoded: () => void;
  #head: Uint8Array | undefined = new Uint8Array();
  #decoder: TextDecoder | undefined;

  /** `onRecoded` is called once, before any input, when what the document declares is no longer true. */
  constructor(push: (piece: Uint8Array) => void, onRecoded: () => void) {
    this.#push = push;
    this.#onRecoded = onRecoded;
  }

  push(chunk: Uint8Array): void {
    if (this.#head === undefined) return this.#forward(chunk);
    const head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    if (head.length < SIGNATURE_BYTES) this.#head = Uint8Array.from(head);
    else this.#begin(head);
  }

  /** Hands on what is left. */
  end(): void {
    if (this.#head !== undefined) this.#begin(this.#head);
    if (this.#decoder !== undefined) this.#push(Buffer.from(this.#decoder.decode()));
  }

  #begin(head: Uint8Array): void {
    this.#head = undefined;
    const { skip, encoding } = signatureOf(head);
    if (encoding !== undefined) {
      this.#decoder = new TextDecoder(encoding, { ignoreBOM: true });
      this.#onRecoded();
    }
    this.#forward(head.subarray(skip));
  }

  #forward(chunk: Uint8Array): void {
    this.#push(
      this.#decoder === undefined ? chunk : Buffer.from(this.#decoder.decode(chunk, { stream: true })),
    );
  }
}
