import { ICMP, ICMP6, NO_PORT, TCP, UDP } from '../../model/ip-protocol.ts';
import type { LineReader, ReaderOptions } from '../../model/reader.ts';
import { AddressCache } from '../address-cache.ts';
import { parseCount, parsePort, quoted } from '../field-values.ts';
import { lineByLine, type LineVerdict } from '../line-verdict.ts';
import { flagsOfLetters } from '../flag-letters.ts';
import { parseSyslogHead } from '../syslog-head.ts';
import { firewallOutcome, type FirewallAction } from './firewall-outcome.ts';

/** Names that pf gives ICMP types in filterlog, with their number (pfSense docs, "Raw Filter Log Format"). */
const ICMP_TYPES: ReadonlyMap<string, number> = new Map([
  ['reply', 0],
  ['unreach', 3],
  ['unreachproto', 3],
  ['unreachport', 3],
  ['needfrag', 3],
  ['redirect', 5],
  ['request', 8],
  ['timexceed', 11],
  ['paramprob', 12],
  ['tstamp', 13],
  ['tstampreply', 14],
  ['maskreply', 18],
]);
const ICMP6_TYPES: ReadonlyMap<string, number> = new Map([
  ['unreach', 1],
  ['timexceed', 3],
  ['request', 128],
  ['reply', 129],
]);

/** Comma-separated fields before the part that depends on the IP version, and where that part keeps its own. */
const COMMON = 9;
const V4 = { protocol: COMMON + 6, length: COMMON + 8, source: COMMON + 9, destination: COMMON + 10 };
const V6 = { protocol: COMMON + 4, length: COMMON + 5, source: COMMON + 6, destination: COMMON + 7 };

/**
 * Reads pf's filterlog as pfSense and OPNsense send it to syslog: comma-separated fields in the order of the
 * documentation ("Raw Filter Log Format", pfSense 2.7).
 */
export function pfsenseFilterlogReader(options: ReaderOptions): LineReader {
  const addresses = new AddressCache();
  return lineByLine('pfsense-filterlog', (text): LineVerdict => {
    const tag = /\bfilterlog(?:\[\d+\])?(?:: | \d* ?\S* ?\S* ?)/.exec(text);
    if (tag === null) return { skip: 'no filter log' };
    const head = parseSyslogHead(text, options.utcOffsetMinutes, options.notAfter);
    if (head === undefined) return { problem: `no syslog time at the start: ${quoted(text.slice(0, 30))}` };
    const body = /(?:^|[ \]])(\d*,\d*,[^,]*,[^ ]*)$/.exec(text)?.[1];
    if (body === undefined) return { problem: 'no comma-separated fields behind "filterlog"' };
    const fields = body.split(',');
    const version = fields[8];
    if (version !== '4' && version !== '6')
      return { problem: `ip-version (field 9): ${quoted(version)} is neither 4 nor 6` };
    const at = version === '4' ? V4 : V6;
    const protocol = parseCount(fields[at.protocol] ?? '', 255);
    if (Number.isNaN(protocol))
      return {
        problem: `protocol-id (field ${at.protocol + 1}): ${quoted(fields[at.protocol])} is no protocol`,
      };
    const source = addresses.parse(fields[at.source] ?? '');
    const destination = addresses.parse(fields[at.destination] ?? '');
    if (source === undefined) return { problem: `source: ${quoted(fields[at.source])} is no address` };
    if (destination === undefined)
      return { problem: `destination: ${quoted(fields[at.destination])} is no address` };
    const rest = fields.slice(at.destination + 1);
    const ports = portsOf(protocol, rest);
    if (typeof ports === 'string') return { problem: ports };
    const action = actionOf(fields[6] ?? '');
    if (action === undefined) return { skip: `action ${quoted(fields[6])}` };
    const flags = protocol === TCP ? flagsOfLetters(rest[3] ?? '') : 0;
    return {
      records: [
        {
          kind: 'flow',
          time: head.time,
          duration: 0,
          source,
          destination,
          ...ports,
          protocol,
          outcome: firewallOutcome(action, protocol, flags, ports.destinationPort),
          state: fields[6] ?? '',
          history: '',
          service: '',
          sourcePackets: 1,
          destinationPackets: 0,
          sourceBytes: 0,
          destinationBytes: 0,
          sourceFlags: flags,
          sampling: options.sampling,
          uid: '',
        },
      ],
    };
  });
}

function portsOf(
  protocol: number,
  rest: readonly string[],
): { readonly sourcePort: number; readonly destinationPort: number } | string {
  if (protocol === ICMP || protocol === ICMP6) {
    const name = rest[0] ?? '';
    const type = (protocol === ICMP ? ICMP_TYPES : ICMP6_TYPES).get(name) ?? parseCount(name, 255);
    // A type that pf has no word for is none of those that look for hosts.
    return { sourcePort: NO_PORT, destinationPort: (Number.isNaN(type) ? 255 : type) << 8 };
  }
  if (protocol !== TCP && protocol !== UDP) return { sourcePort: NO_PORT, destinationPort: NO_PORT };
  const sourcePort = parsePort(rest[0] ?? '');
  const destinationPort = parsePort(rest[1] ?? '');
  if (Number.isNaN(sourcePort)) return `source-port: ${quoted(rest[0])} is no port`;
  if (Number.isNaN(destinationPort)) return `destination-port: ${quoted(rest[1])} is no port`;
  return { sourcePort, destinationPort };
}

function actionOf(word: string): FirewallAction | undefined {
  if (word === 'block') return 'drop';
  return word === 'reject' || word === 'pass' ? word : undefined;
}
