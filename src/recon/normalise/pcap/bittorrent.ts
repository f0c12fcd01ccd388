import { Buffer } from 'node:buffer';
import type { Said } from './said.ts';

/** A message of the distributed hash table is a bencoded dictionary with the arguments (`a`), the reply (`r`) or the error (`e`) first (BEP 5, KRPC). */
const KRPC = /^d1:(?:a|r)d2:id20:|^d1:eli\d+e/;
/** The first octets of a handshake between peers: the length of the name, and the name (BEP 3). */
const HANDSHAKE = '\u0013BitTorrent protocol';

/** What peers of BitTorrent say: who fetches files asks many hosts at odd ports, and most of them are gone. */
export function bittorrentSaid(asked: Uint8Array, isUdp: boolean): Said | undefined {
  const text = Buffer.from(asked.buffer, asked.byteOffset, Math.min(asked.length, 20)).toString('latin1');
  if (isUdp) return KRPC.test(text) ? { service: 'bittorrent-dht' } : undefined;
  return text === HANDSHAKE ? { service: 'bittorrent' } : undefined;
}
