import { ICMP, ICMP6, NO_PORT, SCTP, TCP, UDP } from '../../model/ip-protocol.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { LineReader, ReaderOptions } from '../../model/reader.ts';
import { AddressCache } from '../address-cache.ts';
import { portOf, wholeNumber } from '../whole-number.ts';
import { parseSyslogHead } from '../clock-time.ts';
import { firewallOutcome, type FirewallAction } from './firewall-outcome.ts';
import { lineByLine, quoted, type LineVerdict } from '../line-verdict.ts';
import { ACK, FIN, PSH, RST, SYN, URG } from '../tcp-flags.ts';

const PROTOCOLS: Readonly<Record<string, number>> = {
  TCP,
  UDP,
  UDPLITE: 136,
  ICMP,
  ICMPv6: ICMP6,
  SCTP,
  ESP: 50,
  AH: 51,
};
const FLAGS: Readonly<Record<string, number>> = { FIN, SYN, RST, PSH, ACK, URG };

/**
 * Reads what the LOG target of iptables and nftables writes (Linux, net/netfilter/nf_log_syslog.c): `IN= OUT= SRC=
 * DST= … PROTO=`. The log prefix is the operator's; words such as DROP, REJECT or ACCEPT in it say what became of
 * the packet, and without one it is taken for dropped, since that is what such logs are for.
 */
export function netfilterLogReader(options: ReaderOptions): LineReader {
  const addresses = new AddressCache();
  return lineByLine('netfilter-log', (text): LineVerdict => {
    const start = text.search(/\bIN=/);
    if (start === -1) return { skip: 'no packet log' };
    const head = parseSyslogHead(text, options.utcOffsetMinutes, options.notAfter);
    if (head === undefined) return { problem: `no syslog time at the start: ${quoted(text.slice(0, 30))}` };
    const fields = new Map<string, string>();
    let flags = 0;
    for (const word of text.slice(start).split(' ')) {
      const equals = word.indexOf('=');
      // An ICMP error quotes the packet that it is about in brackets: that is another packet.
      if (word.startsWith('[')) break;
      if (equals === -1) flags |= FLAGS[word] ?? 0;
      else if (!fields.has(word.slice(0, equals))) fields.set(word.slice(0, equals), word.slice(equals + 1));
    }
    const source = addresses.parse(fields.get('SRC') ?? '');
    const destination = addresses.parse(fields.get('DST') ?? '');
    if (source === undefined) return { problem: `SRC: ${quoted(fields.get('SRC'))} is no address` };
    if (destination === undefined) return { problem: `DST: ${quoted(fields.get('DST'))} is no address` };
    const name = fields.get('PROTO') ?? '';
    const protocol = PROTOCOLS[name] ?? wholeNumber(name, 255);
    if (protocol === undefined) return { problem: `PROTO: ${quoted(name)} is no protocol` };
    const ports = portsOf(protocol, fields);
    if (typeof ports === 'string') return { problem: ports };
    const action = actionOf(text.slice(0, start));
    const outcome: Outcome = firewallOutcome(action, protocol, flags, ports.destinationPort);
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
          outcome,
          state: action,
          history: '',
          service: '',
          sourcePackets: 1,
          destinationPackets: 0,
          sourceBytes: 0,
          destinationBytes: 0,
          sourceFlags: protocol === TCP ? flags : 0,
          sampling: options.sampling,
          uid: '',
        },
      ],
    };
  });
}

function portsOf(
  protocol: number,
  fields: ReadonlyMap<string, string>,
): { readonly sourcePort: number; readonly destinationPort: number } | string {
  if (protocol === ICMP || protocol === ICMP6) {
    const type = wholeNumber(fields.get('TYPE'), 255);
    const code = wholeNumber(fields.get('CODE') ?? '0', 255);
    if (type === undefined || code === undefined)
      return `TYPE: ${quoted(fields.get('TYPE'))} is no ICMP type`;
    return { sourcePort: NO_PORT, destinationPort: (type << 8) | code };
  }
  if (!fields.has('DPT')) return { sourcePort: NO_PORT, destinationPort: NO_PORT };
  const sourcePort = portOf(fields.get('SPT'));
  const destinationPort = portOf(fields.get('DPT'));
  if (sourcePort === undefined) return `SPT: ${quoted(fields.get('SPT'))} is no port`;
  if (destinationPort === undefined) return `DPT: ${quoted(fields.get('DPT'))} is no port`;
  return { sourcePort, destinationPort };
}

function actionOf(prefix: string): FirewallAction {
  if (/reject/i.test(prefix)) return 'reject';
  if (/accept|allow|pass|permit/i.test(prefix)) return 'pass';
  return 'drop';
}
