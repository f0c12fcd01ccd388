import { Fault } from '../fault/fault.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const SPACE = 0x20;

const refuse = (line: number, offset: number, why: string): Fault =>
  new Fault('store/bad-ndjson', `line ${line} of the rows ${why}`, 'Send one JSON object per line.', {
    line,
    offset,
  });

/**
 * Makes sure that the bytes are one JSON object per line and nothing else, and drops empty lines.
 *
 * Why so strict: the embedded engine reads rows out of the statement's own text, and there an empty
 * line ends the data, so that whatever follows runs as SQL. A line that is one closed object can
 * neither be empty nor start a statement. Throws a Fault `store/bad-ndjson` with line and offset.
 */
export function checkNdjson(body: Uint8Array): { readonly body: Uint8Array; readonly rows: number } {
  const length = body.length;
  let line = 1;
  let rows = 0;
  let depth = 0;
  let closed = false;
  /** Byte ranges of lines that hold something; one range as long as no empty line was met. */
  const kept: [number, number][] = [];
  let lineStart = 0;
  for (let at = 0; at <= length; at += 1) {
    const byte = at === length ? NEWLINE : (body[at] as number);
    if (byte === QUOTE && depth > 0) {
      at = endOfString(body, at, line);
    } else if (byte === NEWLINE) {
      if (depth !== 0) throw refuse(line, at, 'ends inside an object');
      if (closed) {
        rows += 1;
        const last = kept.at(-1);
        const end = Math.min(at + 1, length);
        if (last !== undefined && last[1] === lineStart) last[1] = end;
        else kept.push([lineStart, end]);
      }
      closed = false;
      lineStart = at + 1;
      line += 1;
    } else if (depth === 0) {
      if (byte === OPEN && !closed) depth = 1;
      else if (byte !== SPACE && byte !== 0x0d && byte !== 0x09)
        throw refuse(line, at, closed ? 'goes on after its object' : 'is not a JSON object');
    } else if (byte === OPEN || byte === 0x5b) {
      depth += 1;
    } else if (byte === CLOSE || byte === 0x5d) {
      depth -= 1;
      if (depth === 0) {
        if (byte !== CLOSE) throw refuse(line, at, 'is not a JSON object');
        closed = true;
      }
    }
  }
  const only = kept[0];
  if (kept.length === 1 && only !== undefined) return { body: body.subarray(only[0], only[1]), rows };
  return { body: Buffer.concat(kept.map(([from, to]) => body.subarray(from, to))), rows };
}

/** Offset of the quote that ends the string that begins at `start`. */
function endOfString(body: Uint8Array, start: number, line: number): number {
  for (let at = start + 1; at < body.length; at += 1) {
    const byte = body[at] as number;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
    if ((body[at] ?? 0) < SPACE)
      throw refuse(line, at, 'has a raw control character or line break inside a string');
  }
  throw refuse(line, body.length, 'ends inside a string');
}
