import { createHash } from 'node:crypto';
import type { IpAddress } from '../net/ip-address.ts';
import type { Instant } from '../time/instant.ts';
import { FULL_CONFIDENCE } from './confidence.ts';
import type { Finding, FindingId } from './finding.ts';
import type { Severity } from './severity.ts';

/** A message to a sink: one finding, several told as one, or a scan that was run. */
export type Outgoing = OutgoingFinding | OutgoingDigest | OutgoingScan;

/** Of a message that is sent again for some of its recipients. */
export interface OnlyFor {
  /** Key of the message that the other recipients have. */
  readonly of: string;
  /** Addresses of those that are left. */
  readonly to: readonly string[];
}

/** One version of a finding on its way out. */
export interface OutgoingFinding {
  /**
   * Identifier of the finding and a digest of its version: the same key is the same message, so that a receiver can
   * drop what comes twice. Delivery is at least once.
   */
  readonly key: string;
  /** 1 for the first version that a sink is told of, then 2, 3, … */
  readonly revision: number;
  readonly finding: Finding;
  /** How it stands, where that is known: one of FINDING_STATES. */
  readonly state?: string;
  /** How it came to stand so. */
  readonly lifecycle?: OutgoingLifecycle;
  /** Why it is told now; absent where a sink is told everything. */
  readonly alert?: { readonly decision: string; readonly why: string };
  /** When it was put into the outbox. */
  readonly at: Instant;
  readonly only?: OnlyFor;
}

/** How a finding came to stand as it does, for receivers that keep a ticket of it. */
export interface OutgoingLifecycle {
  readonly since: Instant;
  /** In words, without a full stop. May quote people and hosts: escape. */
  readonly why: string;
  /** Who said it; absent where it followed by itself. */
  readonly by?: string;
  /** How often it was taken up again after somebody or a look was done with it. */
  readonly reopened: number;
}

/** Several findings that are told as one. */
export interface OutgoingDigest {
  readonly key: string;
  /** 1, and one more for each time that the same digest is told anew because it grew. */
  readonly revision: number;
  readonly digest: Digest;
  readonly at: Instant;
  readonly only?: OnlyFor;
}

/** What several findings have in common, and the first of them. */
export interface Digest {
  /** `day`: what was not sent at once; `planned-change`: what an announcement covers; `fleet`: one change on many hosts. */
  readonly kind: 'day' | 'planned-change' | 'fleet';
  /** The same for the same digest, however it grows: 16 hex digits. */
  readonly id: string;
  /** One line: `Digest of 2026-11-22: 14 findings, 2 high, 12 low`. May quote a ticket: escape. */
  readonly title: string;
  /** The worst of what is in it. */
  readonly severity: Severity;
  /** The time that it is about. */
  readonly from: Instant;
  readonly to: Instant;
  readonly counts: DigestCounts;
  /** The first of them, in the order in which a person should look. */
  readonly items: readonly DigestItem[];
  /** How many are not among the items. */
  readonly leftOut: number;
  /** The command that lists all. */
  readonly readAll: string;
}

/** Members of a digest, counted. */
export interface DigestCounts {
  readonly findings: number;
  /** Those that ask for somebody: open, or open again. */
  readonly open: number;
  /** Those that were resolved or judged. */
  readonly done: number;
  /** Of those that ask for somebody, by severity; severities without any are left out. */
  readonly bySeverity: Readonly<Partial<Record<Severity, number>>>;
}

/** A finding of a digest. */
export interface DigestItem {
  readonly finding: FindingId;
  readonly half: Finding['half'];
  readonly rule: string;
  /** Attacker-written parts inside: escape. */
  readonly title: string;
  readonly severity: Severity;
  readonly state: string;
  readonly hosts: readonly IpAddress[];
  readonly firstSeen: Instant;
  /** Why it is here and was not sent by itself; in words, without a full stop. */
  readonly why: string;
}

/** A scan that was run, for receivers that keep account of scans beside findings. It is told once. */
export interface OutgoingScan {
  readonly key: string;
  readonly revision: 1;
  readonly scan: ToldScan;
  readonly at: Instant;
  readonly only?: OnlyFor;
}

/** What a scan was and what it came to. Texts come from the scanner's file: escape. */
export interface ToldScan {
  /** Of the stored run. */
  readonly run: string;
  readonly status: 'complete' | 'interrupted' | 'truncated';
  /** What the scanner said of its end; empty when it said nothing. */
  readonly exit: string;
  readonly scanner: string;
  readonly version: string;
  /** The command line; empty when the file has none. */
  readonly args: string;
  readonly vantage: string;
  readonly profile: string;
  readonly start: Instant | undefined;
  readonly end: Instant | undefined;
  readonly imported: Instant;
  readonly hostsUp: number;
  readonly hostsTotal: number;
  readonly openPorts: number;
  /** Of its newest assessment; undefined when nobody assessed it. */
  readonly findings: number | undefined;
  /** Of a scan of our own: its identifier in the ledger, and the grants that allowed it. */
  readonly own: { readonly id: string; readonly grants: readonly string[] } | undefined;
  /** The schedule that it was run by. */
  readonly schedule: string | undefined;
}

/** The message about a scan. */
export function outgoingScan(scan: ToldScan, at: Instant): OutgoingScan {
  const id = shortDigest(['scan', scan.run]);
  return { key: outgoingKey(id, 1, scan.run), revision: 1, scan, at };
}

/** A message again, for some of its recipients alone: another message for the outbox, with a key of its own. */
export function onlyFor(outgoing: Outgoing, to: readonly string[]): Outgoing {
  const of = outgoing.only?.of ?? outgoing.key;
  return { ...outgoing, key: `${of}-${shortDigest(to)}`, only: { of, to } };
}

/** What a message is about, the same for all of its versions: a finding, a digest or a scan. */
export function outgoingId(outgoing: Outgoing): string {
  return asFinding(outgoing).finding.id;
}

/** States in which nobody is asked for anything more. */
const DONE: ReadonlySet<string> = new Set(['resolved', 'expected', 'noise']);

/** Whether a message says that its receiver may close the ticket. */
export function isClosing(outgoing: Outgoing): boolean {
  return 'finding' in outgoing && outgoing.state !== undefined && DONE.has(outgoing.state);
}

/**
 * A message as a finding, for formats that know nothing else. A digest becomes a finding of rule `alerts.digest`,
 * `alerts.planned-change` or `alerts.fleet` about nobody alone, with a sentence for each item; a scan becomes one of rule
 * `scan.run`.
 */
export function asFinding(outgoing: Outgoing): OutgoingFinding {
  if ('finding' in outgoing) return outgoing;
  if ('scan' in outgoing) return scanAsFinding(outgoing);
  const { digest, key, revision, at } = outgoing;
  const { items, leftOut, from, to } = digest;
  const hosts = digest.kind === 'day' ? [] : [...new Set(items.flatMap((item) => item.hosts))];
  const finding: Finding = {
    id: digest.id as FindingId,
    half: items[0]?.half ?? 'exposure',
    rule: digest.kind === 'day' ? 'alerts.digest' : `alerts.${digest.kind}`,
    title: digest.title,
    severity: digest.severity,
    score: 0,
    confidence: FULL_CONFIDENCE,
    subject: hosts.length === 0 ? {} : { hosts },
    observations: [
      ...items.map((item) => ({ text: itemWords(item), evidence: [] })),
      ...(leftOut === 0 ? [] : [{ text: `and ${leftOut} more`, evidence: [] }]),
    ],
    impact: '',
    actions: [`Read all of them: ${digest.readAll}`],
    references: [],
    firstSeen: from,
    lastSeen: to,
  };
  return { key, revision, finding, at };
}

function scanAsFinding({ key, revision, scan, at }: OutgoingScan): OutgoingFinding {
  const { run, start, end, imported } = scan;
  const finding: Finding = {
    id: shortDigest(['scan', run]) as FindingId,
    half: 'exposure',
    rule: 'scan.run',
    title: scanWords(scan),
    severity: 'info',
    score: 0,
    confidence: FULL_CONFIDENCE,
    subject: {},
    observations: [],
    impact: '',
    actions: [],
    references: [],
    firstSeen: start ?? imported,
    lastSeen: end ?? start ?? imported,
  };
  return { key, revision, finding, at };
}

/** `Scan 1b2c…: complete, 46 of 256 hosts up, 120 ports open, 14 findings`. */
export function scanWords({ run, status, hostsUp, hostsTotal, openPorts, findings }: ToldScan): string {
  const found = findings === undefined ? 'not assessed' : `${findings} findings`;
  return `Scan ${run}: ${status}, ${hostsUp} of ${hostsTotal} hosts up, ${openPorts} ports open, ${found}`;
}

/** `high, open: 3389/tcp (ms-wbt-server) is open – 10.0.0.5 (the day's alerts were spent) [4f2a…]`. */
export function itemWords({ severity, state, title, half, hosts, why, finding }: DigestItem): string {
  // Titles of telemetry name their sources; those of scans are said of a host.
  const about =
    half === 'recon' || hosts.length === 0
      ? ''
      : hosts.length === 1
        ? ` – ${hosts[0]}`
        : ` – ${hosts.length} hosts`;
  return `${severity}, ${state}: ${title}${about} (${why}) [${finding.slice(0, 10)}]`;
}

/**
 * What makes a finding another message: 16 hex digits over rule, severity, subject and state, of exposure the title, and
 * whether it met a new service or an attempt (Meeting of grade 3 or 4). Times, scores, evidence and the counts in the title
 * of a scan that goes on change with every look and are no news. `open` is what is expected of a finding: it counts as no
 * state.
 */
export function versionOf(finding: Finding, state?: string): string {
  const { half, rule, severity, subject, title, meeting } = finding;
  const { host, port, network, hosts } = subject;
  const said = state === 'open' ? undefined : state;
  const name = half === 'exposure' ? title : '';
  const met = meeting !== undefined && meeting.grade >= 3 ? [meeting.grade] : [];
  return shortDigest([half, rule, severity, host, port, network, hosts, name, said, ...met]);
}

/**
 * The key of a message. The revision is part of it: a finding that is high, low and high again is three messages, while
 * the same step worked out twice, after a kill, is one.
 */
export function outgoingKey(id: string, revision: number, version: string): string {
  return `${id}-${shortDigest([revision, version])}`;
}

/** 16 hex digits of SHA-256 over a list. */
export function shortDigest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
