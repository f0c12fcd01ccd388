import { ACK, FIN, PSH, RST, SYN, URG } from '../../net/tcp-flags.ts';

const BY_LETTER: ReadonlyMap<string, number> = new Map([
  ['F', FIN],
  ['S', SYN],
  ['R', RST],
  ['P', PSH],
  ['A', ACK],
  ['U', URG],
]);

/** TCP flags of a text such as `SPA` or `...A.R..`; letters of other flags (E, C, W) say nothing here. */
export function flagsOfLetters(letters: string): number {
  let flags = 0;
  for (const letter of letters) flags |= BY_LETTER.get(letter) ?? 0;
  return flags;
}
