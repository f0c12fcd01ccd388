import { Buffer } from 'node:buffer';
import { u16, u8 } from '../../../packet/bytes.ts';
import { TCP } from '../../model/ip-protocol.ts';
import type { Said } from './said.ts';

/** DNS, mDNS (RFC 6762), LLMNR (RFC 4795). */
const PORTS: ReadonlySet<number> = new Set([53, 5_353, 5_355]);
const HEADER = 12;
/** Operation 2 (RFC 1035, 4.1.1), which nothing has implemented but what asks for it to see what comes back. */
const STATUS = 0x1000;
/** RFC 1035, 3.1: a name has at most 255 octets. */
const MOST_LABELS = 127;

/** As Zeek's DNS::query_types writes them. */
const TYPES: Readonly<Record<number, string>> = {
  1: 'A', 2: 'NS', 5: 'CNAME', 6: 'SOA', 12: 'PTR', 13: 'HINFO', 15: 'MX', 16: 'TXT', 28: 'AAAA', 33: 'SRV', 35: 'NAPTR',
  43: 'DS', 46: 'RRSIG', 48: 'DNSKEY', 64: 'SVCB', 65: 'HTTPS', 251: 'IXFR', 252: 'AXFR', 255: '*',
}; // prettier-ignore

/** As Zeek's DNS::base_errors writes them. */
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/** The first question, and the code of its answer; undefined when it is none. */
export function dnsSaid(
  asked: Uint8Array,
  answered: Uint8Array,
  destinationPort: number,
  protocol: number,
): Said | undefined {
  if (!PORTS.has(destinationPort)) return undefined;
  // Over TCP the length goes before: RFC 1035, 4.2.2.
  const at = protocol === TCP ? 2 : 0;
  if (asked.length < at + HEADER) return undefined;
  const flags = u16(asked, at + 2);
  const questions = u16(asked, at + 4);
  if ((flags & 0x8000) !== 0) return undefined;
  const question =
    questions === 0
      ? { name: '', type: (flags & 0x7800) === STATUS ? 'STATUS' : '' }
      : firstQuestion(asked, at + HEADER);
  if (question === undefined) return undefined;
  const replied = answered.length >= at + HEADER && (u16(answered, at + 2) & 0x8000) !== 0;
  const rcode = u16(answered, at + 2) & 0x0f;
  return {
    service: 'dns',
    action: question.type,
    name: question.name,
    status: replied ? (RCODES[rcode] ?? String(rcode)) : '',
    accepted: replied,
  };
}

function firstQuestion(
  data: Uint8Array,
  start: number,
): { readonly name: string; readonly type: string } | undefined {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = u8(data, at);
    if (length === 0) break;
    // A question's name is never a pointer.
    if (length > 63 || at + 1 + length >= data.length || labels.length >= MOST_LABELS) return undefined;
    labels.push(Buffer.from(data.buffer, data.byteOffset + at + 1, length).toString('latin1'));
    at += 1 + length;
  }
  if (at + 5 > data.length) return undefined;
  const type = u16(data, at + 1);
  return { name: labels.join('.'), type: TYPES[type] ?? String(type) };
}
