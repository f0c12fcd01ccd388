import { u16, u8 } from './bytes.ts';

/** Letters of options that are usual: RFC 9293, RFC 7323, RFC 2018. */
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMP = 8;

/**
 * TCP options in their order, as text: `M1460` maximum segment size, `W7` window scale, `S` SACK permitted, `T`
 * timestamp, `K` SACK blocks, `N` no operation, `E` end of list, `?30` any other kind, `!` where the list breaks off.
 * What follows the end of the list is padding, each octet of it an `E`.
 */
export function tcpOptions(data: Uint8Array, start: number, end: number): string {
  let text = '';
  let at = start;
  while (at < end) {
    const kind = u8(data, at);
    if (kind === 0) return `${text}${',E'.repeat(end - at)}`.slice(1);
    if (kind === 1) {
      text += ',N';
      at += 1;
      continue;
    }
    const length = at + 1 < end ? u8(data, at + 1) : 0;
    if (length < 2 || at + length > end) return `${text},!`.slice(1);
    text += `,${optionName(kind, length, data, at)}`;
    at += length;
  }
  return text.slice(1);
}

function optionName(kind: number, length: number, data: Uint8Array, at: number): string {
  if (kind === 2 && length === 4) return `M${u16(data, at + 2)}`;
  if (kind === 3 && length === 3) return `W${u8(data, at + 2)}`;
  if (kind === SACK_PERMITTED && length === 2) return 'S';
  if (kind === TIMESTAMP && length === 10) return 'T';
  if (kind === SACK) return 'K';
  return `?${kind}`;
}
