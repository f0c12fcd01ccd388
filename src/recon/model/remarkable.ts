import type { Contact } from './contact.ts';
import { TCP, UDP } from './ip-protocol.ts';
import { EVERYDAY_TCP, WINDOWS_ADMINISTRATION } from './service-ports.ts';
import { isStealthFlags, stealthFlagsSql } from './stealth-flags.ts';

/** A session is brief with at most so many payload bytes each way. A login over SSH takes more than 4,000; `ssh-keyscan` 2,481 at most. */
export const BRIEF_BYTES = 3500;
/** Nothing said: a record whose bytes come with headers may still count TCP options. 0 of 134 answered first contacts of the ordinary host of CTU-008 said nothing. */
export const EMPTY_BYTES = 64;
/** A session that may be administration has at most so many bytes each way. */
export const ADMINISTRATION_BYTES = 65_536;

/** What is asked of a contact to see whether it can speak for a scan at all. */
export type Remark = Pick<
  Contact,
  'outcome' | 'protocol' | 'port' | 'flags' | 'sourceBytes' | 'destinationBytes'
>;

/**
 * Whether a first contact can weigh towards a scan: it failed, or it was answered in a way that finding out would be
 * answered too. Ordinary conversations are not remarkable, and a source of nothing else needs no judgement: this is
 * what keeps the work small on a busy network. Wider than what the judgement counts, never narrower.
 * `remarkableSql` says the same to the engine; a test holds the two together.
 */
export function isRemarkable(contact: Remark): boolean {
  const { outcome, protocol, port, flags, sourceBytes, destinationBytes } = contact;
  if (outcome === 'backscatter') return false;
  if (protocol !== TCP && protocol !== UDP) return true;
  if (protocol === TCP && isStealthFlags(flags)) return true;
  if (outcome === 'unknown') return protocol === TCP && sourceBytes <= EMPTY_BYTES;
  if (outcome !== 'answered') return true;
  if (protocol === UDP) return false;
  if (sourceBytes <= BRIEF_BYTES && destinationBytes <= BRIEF_BYTES)
    return sourceBytes <= EMPTY_BYTES || !EVERYDAY_TCP.has(port);
  return (
    WINDOWS_ADMINISTRATION.has(port) &&
    sourceBytes <= ADMINISTRATION_BYTES &&
    destinationBytes <= ADMINISTRATION_BYTES
  );
}

/** The columns that `remarkableSql` reads, by name; `outcome` is an SQL expression that gives the outcome's name. */
export interface RemarkColumns {
  readonly outcome: string;
  readonly protocol: string;
  readonly port: string;
  readonly flags: string;
  readonly sourceBytes: string;
  readonly destinationBytes: string;
}

/** isRemarkable in SQL, as a condition over the given columns. */
export function remarkableSql(columns: RemarkColumns): string {
  const { outcome, protocol, port, flags, sourceBytes, destinationBytes } = columns;
  const brief = `(${sourceBytes} <= ${BRIEF_BYTES} AND ${destinationBytes} <= ${BRIEF_BYTES})`;
  const list = (ports: ReadonlySet<number>): string => [...ports].toSorted((a, b) => a - b).join(', ');
  return `(${outcome} != 'backscatter' AND (
    ${protocol} NOT IN (${TCP}, ${UDP})
    OR (${protocol} = ${TCP} AND ${stealthFlagsSql(flags)})
    OR (${outcome} = 'unknown' AND ${protocol} = ${TCP} AND ${sourceBytes} <= ${EMPTY_BYTES})
    OR ${outcome} NOT IN ('unknown', 'answered')
    OR (${outcome} = 'answered' AND ${protocol} = ${TCP} AND multiIf(
        ${brief}, ${sourceBytes} <= ${EMPTY_BYTES} OR ${port} NOT IN (${list(EVERYDAY_TCP)}),
        ${port} IN (${list(WINDOWS_ADMINISTRATION)}) AND ${sourceBytes} <= ${ADMINISTRATION_BYTES} AND ${destinationBytes} <= ${ADMINISTRATION_BYTES}))
))`;
}

/**
 * Words of IDS rules about reconnaissance (Suricata's classification.config; ET SCAN; Zeek's Scan:: notices), as a
 * pattern that JavaScript and RE2 read alike: without a flag, since the two fold letters beyond ASCII differently.
 */
export const SCAN_WORDS = ['\\bscan', '\\brecon', '\\bsweep', '\\bprobe', 'information leak', '\\benumerat']
  .map((word) => word.replaceAll(/(?<!\\)[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`))
  .join('|');

/** Requests for a whole zone: QTYPE 252 and 251 (RFC 5936, RFC 1995), by number or name. */
export const ZONE_TRANSFERS = ['AXFR', 'IXFR', '252', '251'] as const;

/** What sensors take for a request target of HTTP and is SIP (RFC 3261, 19.1) or RTSP (RFC 2326, 3.2); see SCAN_WORDS. */
export const OTHER_THAN_HTTP = { sip: '^[sS][iI][pP][sS]?:', rtsp: '^[rR][tT][sS][pP]:' } as const;
