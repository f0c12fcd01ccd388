import type { OpeningPacket } from '../packet/tracked-flow.ts';

/*
 * What a SYN or SYN-ACK looks like, as text. Two forms: the raw signature of p0f 3 (its README; the form is a fact, of its
 * data base nothing is used), and MuonFP (https://github.com/sundruid/muonfp, MIT).
 */

const P0F_NAMES: Readonly<Record<string, string>> = { S: 'sok', T: 'ts', N: 'nop', K: 'sack' };
const KINDS: Readonly<Record<string, number>> = { M: 2, W: 3, S: 4, K: 5, T: 8, N: 1, E: 0 };
/** TTLs that systems begin with: the next above is taken for the first. */
const FIRST_TTLS = [32, 64, 128, 255];
/** Below this, p0f sees no maximum segment size that a window could be a multiple of. */
const LEAST_MSS = 100;

interface Options {
  readonly letters: readonly string[];
  /** 0 where the option is not there. */
  readonly mss: number;
  readonly scale: number | undefined;
}

function optionsOf(text: string): Options {
  const letters = text === '' ? [] : text.split(',');
  const valueOf = (letter: string): number | undefined => {
    const found = letters.find((option) => option.startsWith(letter));
    return found === undefined ? undefined : Number(found.slice(1));
  };
  return { letters, mss: valueOf('M') ?? 0, scale: valueOf('W') };
}

/**
 * `4:63+1:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0`: version, TTL and how far it has come, IP options, maximum segment
 * size, window and scale, order of options, quirks, payload. A window that is a multiple of the segment size is written as
 * one; p0f knows multiples of the MTU too, which are left as numbers here.
 */
export function p0fSignature(syn: OpeningPacket, ipv6: boolean): string {
  const { letters, mss, scale } = optionsOf(syn.options);
  const first = FIRST_TTLS.find((ttl) => ttl >= syn.ttl) ?? syn.ttl;
  const multiple = mss >= LEAST_MSS && syn.window > 0 && syn.window % mss === 0;
  const window = multiple ? `mss*${syn.window / mss}` : String(syn.window);
  const ended = letters.indexOf('E');
  const layout = letters
    .slice(0, ended < 0 ? letters.length : ended)
    .filter((letter) => letter !== '!')
    .map(p0fName);
  if (ended >= 0) layout.push(`eol+${letters.length - ended - 1}`);
  return [
    ipv6 ? 6 : 4,
    `${syn.ttl}+${first - syn.ttl}`,
    syn.ipOptions,
    mss,
    `${window},${scale ?? 0}`,
    layout.join(','),
    syn.quirks,
    syn.payload > 0 ? '+' : '0',
  ].join(':');
}

function p0fName(option: string): string {
  if (option.startsWith('M')) return 'mss';
  if (option.startsWith('W')) return 'ws';
  return P0F_NAMES[option] ?? option;
}

/** `64240:2-4-8-1-3:1460:7`: window, kinds of options up to the first end of list, segment size, scale; empty where not there. */
export function muonFp(syn: OpeningPacket): string {
  const { letters, mss, scale } = optionsOf(syn.options);
  const ended = letters.indexOf('E');
  const kinds = letters
    .slice(0, ended < 0 ? letters.length : ended + 1)
    .filter((letter) => letter !== '!')
    .map((letter) => (letter.startsWith('?') ? letter.slice(1) : String(KINDS[letter.charAt(0)])));
  return `${syn.window}:${kinds.join('-')}:${mss === 0 ? '' : mss}:${scale ?? ''}`;
}
