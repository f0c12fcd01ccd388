import { ACK, PSH, URG } from '../net/tcp-flags.ts';
import { i32, u16, u8 } from './bytes.ts';
import type { PacketView } from './packet-view.ts';

const ECE_CWR = 0xc0;
/** RFC 7323, 2.3. */
const LARGEST_SCALE = 14;

/** In p0f's order; a set of them has the bit of each. */
const NAMES = [
  'df', 'id+', 'id-', 'ecn', '0+', 'flow', 'seq-', 'ack+', 'ack-', 'uptr+', 'urgf+', 'pushf+', 'ts1-', 'ts2+', 'opt+', 'exws', 'bad',
]; // prettier-ignore
/** Texts of the sets that came up. */
const texts = new Map<number, string>();

/**
 * What is peculiar about a TCP packet's headers, in the words and the order of p0f 3 (its README, "quirks"), separated by
 * commas. `ack+` is computed as it is meant; p0f 3.09b sees it in about half of such packets.
 */
export function tcpQuirks(view: PacketView): string {
  const { data, flags } = view;
  let quirks = 0;
  if (view.dontFragment) quirks |= 0x1;
  if (!view.ipv6 && view.dontFragment && view.ipId !== 0) quirks |= 0x2;
  if (!view.ipv6 && !view.dontFragment && view.ipId === 0) quirks |= 0x4;
  if ((view.tos & 3) !== 0 || (flags & ECE_CWR) !== 0) quirks |= 0x8;
  if (view.reservedBit) quirks |= 0x10;
  if (view.flowLabel !== 0) quirks |= 0x20;
  if (view.sequence === 0) quirks |= 0x40;
  if ((flags & ACK) === 0 && view.acknowledgement !== 0) quirks |= 0x80;
  if ((flags & ACK) !== 0 && view.acknowledgement === 0) quirks |= 0x100;
  // The urgent pointer is the last field before the options.
  if ((flags & URG) === 0 && u16(data, view.optionsStart - 2) !== 0) quirks |= 0x200;
  if ((flags & URG) !== 0) quirks |= 0x400;
  if ((flags & PSH) !== 0) quirks |= 0x800;
  quirks |= optionQuirks(view);
  const known = texts.get(quirks);
  if (known !== undefined) return known;
  const text = NAMES.filter((_, bit) => (quirks & (1 << bit)) !== 0).join(',');
  texts.set(quirks, text);
  return text;
}

function optionQuirks(view: PacketView): number {
  let quirks = 0;
  const { data, optionsStart, optionsEnd } = view;
  let noOwnTime = false;
  let peerTime = false;
  let afterEnd = false;
  let largeScale = false;
  let broken = false;
  for (let at = optionsStart; at < optionsEnd;) {
    const kind = u8(data, at);
    if (kind === 0) {
      for (let rest = at + 1; rest < optionsEnd; rest += 1) afterEnd ||= u8(data, rest) !== 0;
      break;
    }
    if (kind === 1) {
      at += 1;
      continue;
    }
    const length = at + 1 < optionsEnd ? u8(data, at + 1) : 0;
    if (length < 2 || at + length > optionsEnd) {
      broken = true;
      break;
    }
    if (kind === 3 && length === 3) largeScale ||= u8(data, at + 2) > LARGEST_SCALE;
    if (kind === 8 && length === 10) {
      noOwnTime ||= i32(data, at + 2) === 0;
      // Of a SYN there is no peer yet whose time it could repeat.
      peerTime ||= (view.flags & ACK) === 0 && i32(data, at + 6) !== 0;
    }
    at += length;
  }
  if (noOwnTime) quirks |= 0x1000;
  if (peerTime) quirks |= 0x2000;
  if (afterEnd) quirks |= 0x4000;
  if (largeScale) quirks |= 0x8000;
  if (broken) quirks |= 0x10000;
  return quirks;
}
