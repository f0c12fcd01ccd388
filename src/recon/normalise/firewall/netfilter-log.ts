import { ACK, FIN, PSH, RST, SYN, URG } from '../../../net/tcp-flags.ts';
import { ICMP, ICMP6, NO_PORT, TCP } from '../../model/ip-protocol.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { LineReader, ReaderOptions } from '../../model/reader.ts';
import { AddressCache } from '../address-cache.ts';
import { parseCount, parsePort, quoted } from '../field-values.ts';
import { protocolNumber } from '../protocol-number.ts';
import { parseSyslogHead } from '../syslog-head.ts';
import { firewallOutcome, type FirewallAction } from './firewall-outcome.ts';
import { lineByLine, type LineVerdict } from '../line-verdict.ts';

/** TCP flags as the kernel's log names them. */
const FLAGS: ReadonlyMap<string, number> = new Map(Object.entries({ FIN, SYN, RST, PSH, ACK, URG }));

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
      if (equals === -1) flags |= FLAGS.get(word) ?? 0;
      else if (!fields.has(word.slice(0, equals))) fields.set(word.slice(0, equals), word.slice(equals + 1));
    }
    const source = addresses.parse(fields.get('SRC') ?? '');
    const destination = addresses.parse(fields.get('DST') ?? '');
    if (source === undefined) return { problem: `SRC: ${quoted(fields.get('SRC'))} is no address` };
    if (destination === undefined) return { problem: `DST: ${quoted(fields.get('DST'))} is no address` };
    const name = fields.get('PROTO') ?? '';
    const protocol = protocolNumber(name);
    if (Number.isNaN(protocol)) return { problem: `PROTO: ${quoted(name)} is no protocol` };
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
    const type = parseCount(fields.get('TYPE') ?? '', 255);
    const code = parseCount(fields.get('CODE') ?? '0', 255);
    if (Number.isNaN(type) || Number.isNaN(code))
      return `TYPE: ${quoted(fields.get('TYPE'))} is no ICMP type`;
    return { sourcePort: NO_PORT, destinationPort: (type << 8) | code };
  }
  if (!fields.has('DPT')) return { sourcePort: NO_PORT, destinationPort: NO_PORT };
  const sourcePort = parsePort(fields.get('SPT') ?? '');
  const destinationPort = parsePort(fields.get('DPT') ?? '');
  if (Number.isNaN(sourcePort)) return `SPT: ${quoted(fields.get('SPT'))} is no port`;
  if (Number.isNaN(destinationPort)) return `DPT: ${quoted(fields.get('DPT'))} is no port`;
  return { sourcePort, destinationPort };
}

function actionOf(prefix: string): FirewallAction {
  if (/reject/i.test(prefix)) return 'reject';
  if (/accept|allow|pass|permit/i.test(prefix)) return 'pass';
  return 'drop';
}
