import type { Readable } from 'node:stream';
import type { RowSplitter } from './rows.ts';

/** The answer turned into something that is no row: what the server says in its place begins here. */
class BrokenAnswer extends Error {
  readonly begun: string;

  constructor(begun: string, cause: unknown) {
    super('the answer broke off in the middle', { cause });
    this.begun = begun;
  }
}

/** Rows out of a chunk. Throws a BrokenAnswer with everything from the first line on that is none. */
export function parsed(splitter: RowSplitter, chunk: Uint8Array): unknown[] {
  try {
    return splitter.push(chunk);
  } catch (error) {
    throw new BrokenAnswer(`${splitter.lastLine}\n${Buffer.from(chunk).toString()}`, error);
  }
}

/** An error message of the server is far shorter. */
const MOST_WORDS = 1 << 20;

/**
 * Why an answer ended early. The server has begun to answer with rows when something goes wrong, so
 * it writes its message after them and cuts the connection, without the mark that ends an answer:
 * the message is what is left in the stream, or in its buffer when the cut came first.
 */
export async function brokenBecause(error: unknown, body: Readable, splitter: RowSplitter): Promise<unknown> {
  let text = error instanceof BrokenAnswer ? error.begun : splitter.partial;
  try {
    const chunks: AsyncIterable<Uint8Array> = body.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) if (text.length < MOST_WORDS) text += Buffer.from(chunk).toString();
  } catch {
    // The cut itself, which is expected here: the message is what matters.
  }
  for (;;) {
    const chunk = body.read() as Uint8Array | null;
    if (chunk === null) break;
    text += Buffer.from(chunk).toString();
  }
  const words = /Code: \d+\. DB::Exception: [\s\S]*?\([A-Z_0-9]+\)/.exec(text)?.[0];
  return words === undefined ? error : new Error(words, { cause: error });
}
