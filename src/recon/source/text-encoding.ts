import { Buffer, isAscii } from 'node:buffer';

/** How a text is encoded, by its first bytes. Without a byte-order mark it is UTF-8. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** The encoding that the first bytes (two are enough) speak of. */
export function encodingOf(head: Uint8Array): TextEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

/** The text of these bytes, byte-order mark left out; what is not valid becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/**
 * The text of UTF-8 bytes, invalid ones as U+FFFD. ASCII, which logs nearly always are, is taken as Latin-1: without
 * looking at each byte again, a megabyte of it decodes four times as fast.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString(isAscii(buffer) ? 'latin1' : 'utf8');
}

/** UTF-16 as UTF-8; everything else as it is. */
export async function* asUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let encoding: TextEncoding | undefined;
  let held: Uint8Array | undefined;
  for await (const next of chunks) {
    const chunk = held === undefined ? next : Buffer.concat([held, next]);
    held = undefined;
    if (encoding === undefined && chunk.length < 2) {
      held = Uint8Array.from(chunk);
      continue;
    }
    encoding ??= encodingOf(chunk);
    if (encoding === 'utf-8') yield chunk;
    else {
      decoder ??= new TextDecoder(encoding);
      yield Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8');
    }
  }
  if (held !== undefined) yield held;
  if (decoder !== undefined) yield Buffer.from(decoder.decode(), 'utf8');
}
