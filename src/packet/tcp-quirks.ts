import { i32, u16, u8 } from './bytes.ts';
import { ACK } from './ip-numbers.ts';
import type { PacketView } from './packet-view.ts';

const PSH = 8;
const URG = 32;
const ECE_CWR = 0xc0;
/** RFC 7323, 2.3. */
const LARGEST_SCALE = 14;

/**
 * What is peculiar about a TCP packet's headers, in the words and the order of p0f 3 (its README, "quirks"), separated by
 * commas. `ack+` is computed as it is meant; p0f 3.09b sees it in about half of such packets.
 */
export function tcpQuirks(view: PacketView): string {
  const { data, flags } = view;
  const quirks: string[] = [];
  if (view.dontFragment) quirks.push('df');
  if (!view.ipv6 && view.dontFragment && view.ipId !== 0) quirks.push('id+');
  if (!view.ipv6 && !view.dontFragment && view.ipId === 0) quirks.push('id-');
  if ((view.tos & 3) !== 0 || (flags & ECE_CWR) !== 0) quirks.push('ecn');
  if (view.reservedBit) quirks.push('0+');
  if (view.flowLabel !== 0) quirks.push('flow');
  if (view.sequence === 0) quirks.push('seq-');
  if ((flags & ACK) === 0 && view.acknowledgement !== 0) quirks.push('ack+');
  if ((flags & ACK) !== 0 && view.acknowledgement === 0) quirks.push('ack-');
  // The urgent pointer is the last field before the options.
  if ((flags & URG) === 0 && u16(data, view.optionsStart - 2) !== 0) quirks.push('uptr+');
  if ((flags & URG) !== 0) quirks.push('urgf+');
  if ((flags & PSH) !== 0) quirks.push('pushf+');
  noteOptions(view, quirks);
  return quirks.join(',');
}

function noteOptions(view: PacketView, quirks: string[]): void {
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
  if (noOwnTime) quirks.push('ts1-');
  if (peerTime) quirks.push('ts2+');
  if (afterEnd) quirks.push('opt+');
  if (largeScale) quirks.push('exws');
  if (broken) quirks.push('bad');
}
