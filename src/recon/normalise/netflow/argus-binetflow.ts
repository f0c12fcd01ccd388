import { ARP, ICMP, ICMP6, NO_PORT, SCTP, TCP, UDP } from '../../model/ip-protocol.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { LineReader, ReaderOptions } from '../../model/reader.ts';
import { AddressCache } from '../address-cache.ts';
import { parseCount, parsePort, parseTime, quoted } from '../field-values.ts';
import { lineByLine, type LineVerdict } from '../line-verdict.ts';
import { protocolNumber } from '../protocol-number.ts';
import { flagsOfLetters } from '../flag-letters.ts';
import { flagOutcome, looksLikeAnswer, type FlagSigns } from '../flag-outcome.ts';

/** Argus names what it finds inside UDP as if it were a protocol, and ARP beside those of IP. */
const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['rtp', UDP],
  ['rtcp', UDP],
  ['udt', UDP],
  ['arp', ARP],
]);

const REQUIRED = ['StartTime', 'Proto', 'SrcAddr', 'DstAddr', 'State'];

/**
 * Reads Argus flows as `ra -c ,` prints them (the "binetflow" files of the CTU datasets): a header, then one flow a
 * line with both directions in it. The state is Argus' own: for TCP the flags of each side (`S_RA`), otherwise a
 * word (`CON`, `INT`, `URP`, `ECO`; ra(1), "state").
 */
export function argusBinetflowReader(options: ReaderOptions): LineReader {
  const addresses = new AddressCache();
  let columns: ReadonlyMap<string, number> | undefined;
  const prime = (text: string): void => {
    if (/^StartTime,/i.test(text)) columns = new Map(text.split(',').map((name, index) => [name, index]));
  };
  const judge = (text: string): LineVerdict => {
    if (/^StartTime,/i.test(text)) {
      prime(text);
      const missing = REQUIRED.filter((name) => columns?.has(name) !== true);
      return missing.length === 0
        ? { skip: 'header' }
        : { problem: `the header has no column ${missing.join(', ')}` };
    }
    if (columns === undefined) return { problem: 'a flow before the header line that names the columns' };
    const fields = text.split(',');
    const map = columns;
    const field = (name: string): string => fields[map.get(name) ?? -1] ?? '';
    if (fields.length < map.size - 1)
      return { problem: `${fields.length} fields, where the header names ${map.size}` };
    const name = field('Proto').trim();
    const protocol = PROTOCOLS.get(name) ?? protocolNumber(name);
    if (Number.isNaN(protocol)) return { skip: `protocol ${quoted(name)}` };
    const start = field('StartTime');
    const time = parseTime(start, options.utcOffsetMinutes);
    if (Number.isNaN(time)) return { problem: `StartTime: ${quoted(start)} is no time` };
    const source = addresses.parse(field('SrcAddr'));
    const destination = addresses.parse(field('DstAddr'));
    if (source === undefined) return { problem: `SrcAddr: ${quoted(field('SrcAddr'))} is no address` };
    if (destination === undefined) return { problem: `DstAddr: ${quoted(field('DstAddr'))} is no address` };
    const ports = portsOf(protocol, field('Sport'), field('Dport'));
    if (typeof ports === 'string') return { problem: ports };
    const total = Number(field('TotBytes')) || 0;
    const sourceBytes = Math.min(total, Number(field('SrcBytes')) || 0);
    const packets = Number(field('TotPkts')) || 0;
    const sourcePackets = map.has('SrcPkts')
      ? Math.min(packets, Number(field('SrcPkts')) || 0)
      : sourceBytes === total
        ? packets
        : Math.ceil(packets / 2);
    const duration = Number(field('Dur'));
    const state = field('State').trim();
    return {
      records: [
        {
          kind: 'flow',
          time,
          duration: Number.isFinite(duration) && duration > 0 ? Math.round(duration * 1_000_000) : 0,
          source,
          destination,
          ...ports,
          protocol,
          outcome:
            protocol === TCP
              ? tcpOutcome(state, field('Dir'), {
                  // Without a column for them: the most that the source can have sent.
                  forwardPackets:
                    map.has('SrcPkts') || sourceBytes === total ? sourcePackets : Math.max(0, packets - 1),
                  backwardPackets: packets - sourcePackets,
                  answerPorts: looksLikeAnswer(ports.sourcePort, ports.destinationPort),
                })
              : outcomeOf(protocol, state, total - sourceBytes, ports.destinationPort),
          state: state.slice(0, 40),
          history: '',
          service: '',
          sourcePackets,
          destinationPackets: Math.max(0, packets - sourcePackets),
          sourceBytes: payloadOf(protocol, sourceBytes, sourcePackets),
          destinationBytes: payloadOf(protocol, total - sourceBytes, packets - sourcePackets),
          sourceFlags: protocol === TCP ? flagsOfLetters(state.split('_')[0] ?? '') : 0,
          sampling: options.sampling,
          uid: '',
        },
      ],
    };
  };
  return lineByLine('argus-binetflow', judge, prime);
}

function portsOf(
  protocol: number,
  sport: string,
  dport: string,
): { readonly sourcePort: number; readonly destinationPort: number } | string {
  if (protocol === ICMP || protocol === ICMP6) {
    // Argus writes the source "port" of ICMP as code << 8 | type in hex: 0x0303 is unreachable, port.
    const value = /^0x([0-9a-f]{1,4})$/i.exec(sport)?.[1];
    const word = value === undefined ? parseCount(sport, 255) : Number.parseInt(value, 16);
    if (Number.isNaN(word)) return `Sport: ${quoted(sport)} is no ICMP type`;
    return { sourcePort: NO_PORT, destinationPort: ((word & 0xff) << 8) | (word >> 8) };
  }
  if (protocol !== TCP && protocol !== UDP && protocol !== SCTP)
    return { sourcePort: NO_PORT, destinationPort: NO_PORT };
  const sourcePort = portValue(sport);
  const destinationPort = portValue(dport);
  if (Number.isNaN(sourcePort)) return `Sport: ${quoted(sport)} is no port`;
  if (Number.isNaN(destinationPort)) return `Dport: ${quoted(dport)} is no port`;
  return { sourcePort, destinationPort };
}

function portValue(text: string): number {
  return /^0x[0-9a-f]{1,4}$/i.test(text) ? Number.parseInt(text, 16) : parsePort(text);
}

function tcpOutcome(
  state: string,
  direction: string,
  signs: Omit<FlagSigns, 'forward' | 'backward'>,
): Outcome {
  // `<?>`: Argus did not see the beginning and cannot say who began.
  if (direction.includes('?') || !/^[FSRPAUEC]*_[FSRPAUEC]*$/.test(state)) return wordOutcome(state);
  const [source = '', destination = ''] = state.split('_');
  return flagOutcome({
    ...signs,
    forward: flagsOfLetters(source),
    backward: flagsOfLetters(destination),
  });
}

/** Outcome of what is not TCP. */
function outcomeOf(protocol: number, state: string, answeredBytes: number, destinationPort: number): Outcome {
  if (protocol === ICMP || protocol === ICMP6) {
    if (state === 'ECO') return answeredBytes > 0 ? 'answered' : 'silent';
    // An echo that ended in an error (traceroute), against an error that somebody sent.
    if (destinationPort >> 8 === 8) return answeredBytes > 0 ? 'answered' : 'unreachable';
    return state === 'UNK' ? 'unknown' : 'backscatter';
  }
  if (protocol === ARP) return answeredBytes > 0 ? 'answered' : 'silent';
  if (state.startsWith('UR')) return 'unreachable';
  if (answeredBytes > 0 || state === 'CON') return 'answered';
  if (protocol === UDP && destinationPort === 443) return 'unknown';
  return 'silent';
}

/** Ethernet, IPv4 and transport headers without options: Argus counts whole frames. */
const HEADERS: Readonly<Record<number, number>> = { [TCP]: 54, [UDP]: 42, [ICMP]: 42 };

/** Payload as far as frame bytes tell it; short frames are padded, so that little is left of nothing. */
function payloadOf(protocol: number, bytes: number, packets: number): number {
  return Math.max(0, bytes - packets * (HEADERS[protocol] ?? 34));
}

/** Argus' words for TCP, where it was told to print words (ra(1)): only a request without an answer tells anything. */
function wordOutcome(state: string): Outcome {
  if (state === 'REQ' || state === 'S0') return 'silent';
  if (state === 'EST' || state === 'FIN' || state === 'CLO') return 'answered';
  return 'unknown';
}
