import { ACK, FIN, RST, SYN } from '../net/tcp-flags.ts';
import type { Endpoint } from './tcp-endpoint.ts';
import type { TrackedFlow } from './tracked-flow.ts';

/*
 * Zeek's history: letters in the order in which things happened, upper case for the originator. S, H, F and R come again
 * when their sequence number differs from that of the last; A, D, I and Q once; T and W at the 1st, 10th, 100th … time.
 * Meaning: scripts/base/protocols/conn/main.zeek of Zeek 8. Of its letters, C is never written: in Zeek it says that a
 * packet was not used, and here packets with wrong checksums are used and counted. Neither is G, which takes following
 * the contents of streams.
 */

/** A history that grows without end is a flood; what it said first is what counts. */
const LONGEST = 128;

const SEEN_SYN = 1;
const SEEN_FIN = 2;
const SEEN_RST = 4;
const SEEN_DATA = 8;
const SEEN_ACK = 16;
const SEEN_MULTI = 32;
const SEEN_FIN_RST = 64;

/** Adds a letter, in the case of the endpoint. */
export function addLetter(flow: TrackedFlow, endpoint: Endpoint, letter: string): void {
  if (flow.history.length < LONGEST) flow.history += endpoint === flow.orig ? letter : letter.toLowerCase();
}

/** Adds a letter that comes once. */
export function addOnce(flow: TrackedFlow, endpoint: Endpoint, bit: number, letter: string): boolean {
  if ((endpoint.seen & bit) !== 0) return false;
  endpoint.seen |= bit;
  addLetter(flow, endpoint, letter);
  return true;
}

/** Notes payload: D, for UDP as well. */
export function noteData(flow: TrackedFlow, endpoint: Endpoint): void {
  addOnce(flow, endpoint, SEEN_DATA, 'D');
}

/** Notes what is counted in powers of ten. */
export function noteScaled(flow: TrackedFlow, endpoint: Endpoint, count: number, letter: string): void {
  let power = 1;
  while (power < count) power *= 10;
  if (power === count) addLetter(flow, endpoint, letter);
}

/** Notes a TCP packet; `step` is its sequence number from the endpoint's start, `length` its payload. */
export function noteTcp(
  flow: TrackedFlow,
  endpoint: Endpoint,
  flags: number,
  step: number,
  length: number,
): void {
  const control = flags & (SYN | FIN | RST);
  switch (control) {
    case 0:
      if (length > 0) addOnce(flow, endpoint, SEEN_DATA, 'D');
      else if ((flags & ACK) !== 0) addOnce(flow, endpoint, SEEN_ACK, 'A');
      break;
    case SYN: {
      const letter = (flags & ACK) === 0 ? 'S' : 'H';
      if (!addOnce(flow, endpoint, SEEN_SYN, letter) && step !== endpoint.lastSyn)
        addLetter(flow, endpoint, letter);
      endpoint.lastSyn = step;
      break;
    }
    case FIN: {
      // A FIN stands behind the payload that comes with it.
      const place = (step + length) | 0;
      if (!addOnce(flow, endpoint, SEEN_FIN, 'F') && place !== endpoint.lastFin)
        addLetter(flow, endpoint, 'F');
      endpoint.lastFin = place;
      break;
    }
    case RST:
      if (!addOnce(flow, endpoint, SEEN_RST, 'R') && step !== endpoint.lastRst)
        addLetter(flow, endpoint, 'R');
      endpoint.lastRst = step;
      break;
    default:
      if ((control & (FIN | RST)) === (FIN | RST)) addOnce(flow, endpoint, SEEN_FIN_RST, 'I');
      else addOnce(flow, endpoint, SEEN_MULTI, 'Q');
  }
}
