import { isUtf8, type Buffer } from 'node:buffer';

/** Reports something wrong at a byte offset of the input, after which reading goes on. */
export type Report = (code: `parse/${string}`, message: string, offset: number) => void;

/** How bytes become characters. UTF-16 input has become UTF-8 before it gets here. */
export type XmlEncoding = 'utf8' | 'latin1';

const NAMED = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

// eslint-disable-next-line no-control-regex -- finding control characters is the point
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f]/;
const CONTROL_ALL = new RegExp(CONTROL, 'g');

/** The message for a character outside XML 1.0, 2.2. */
export const ILLEGAL_CHARACTER = 'a character that XML does not allow was read as U+FFFD';

/** The longest reference that is looked at: `&#x0010FFFF;` with room for leading zeros. */
const LONGEST_REFERENCE = 16;

/**
 * The characters of a piece of text or of an attribute value that is not plain ASCII: decoded, with
 * references resolved and line ends normalised. What XML does not allow becomes U+FFFD, or stays as it
 * was written, and is reported at `offset` (that of the first byte): banners are hostile, and one bad
 * byte must not cost the hosts after it.
 */
export function decodeXml(
  buffer: Buffer,
  start: number,
  end: number,
  offset: number,
  encoding: XmlEncoding,
  kind: 'attribute' | 'text' | 'cdata',
  report: Report,
): string {
  let text = buffer.toString(encoding, start, end);
  if (encoding === 'utf8' && text.includes('\uFFFD') && !isUtf8(buffer.subarray(start, end))) {
    report('parse/encoding', 'bytes that are not UTF-8 were read as U+FFFD', offset);
  }
  if (CONTROL.test(text)) {
    // Of an attribute the tokenizer has said so already.
    if (kind !== 'attribute') report('parse/illegal-character', ILLEGAL_CHARACTER, offset);
    text = text.replace(CONTROL_ALL, '\uFFFD');
  }
  if (text.includes('\uFFFE') || text.includes('\uFFFF')) {
    report('parse/illegal-character', ILLEGAL_CHARACTER, offset);
    text = text.replace(/[\uFFFE\uFFFF]/g, '\uFFFD');
  }
  if (kind === 'attribute') text = text.replace(/\r\n|[\t\n\r]/g, ' ');
  else if (text.includes('\r')) text = text.replace(/\r\n?/g, '\n');
  if (kind === 'text' && text.includes(']]>')) {
    report('parse/illegal-character', '"]]>" stands in text', offset);
  }
  return kind !== 'cdata' && text.includes('&') ? resolveReferences(text, offset, report) : text;
}

function resolveReferences(text: string, offset: number, report: Report): string {
  const parts: string[] = [];
  // The text up to here has gone into the parts.
  let done = 0;
  for (let at = text.indexOf('&'); at >= 0;) {
    const semicolon = text.slice(at + 1, at + 1 + LONGEST_REFERENCE).indexOf(';');
    const name = semicolon < 0 ? '' : text.slice(at + 1, at + 1 + semicolon);
    const character = name.startsWith('#') ? characterOf(name.slice(1)) : NAMED.get(name);
    if (character === undefined) {
      report('parse/reference', 'a reference that XML does not define was kept as it is written', offset);
      at = text.indexOf('&', at + 1);
      continue;
    }
    if (character === '\uFFFD') checkReplaced(name, offset, report);
    parts.push(text.slice(done, at), character);
    done = at + 2 + semicolon;
    at = text.indexOf('&', done);
  }
  parts.push(text.slice(done));
  return parts.join('');
}

function checkReplaced(name: string, offset: number, report: Report): void {
  if (!/^#x0*fffd$/i.test(name) && !/^#0*65533$/.test(name)) {
    report(
      'parse/illegal-character',
      'a reference to a character that XML does not allow was read as U+FFFD',
      offset,
    );
  }
}

/** The character of `65` or `x41`; U+FFFD for one that XML does not allow; undefined when it is no number. */
function characterOf(digits: string): string | undefined {
  let code: number;
  if (/^[0-9]+$/.test(digits)) code = Number.parseInt(digits, 10);
  else if (/^x[0-9a-fA-F]+$/.test(digits)) code = Number.parseInt(digits.slice(1), 16);
  else return undefined;
  const allowed =
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff);
  return allowed ? String.fromCodePoint(code) : '\uFFFD';
}
