import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { Finding, FindingId } from '../finding.ts';
import { hostsOfFinding } from '../judgement.ts';
import { outgoingKey, shortDigest, type Digest, type DigestItem } from '../outgoing.ts';
import { compareSeverity, type Severity } from '../severity.ts';
import type { AlertEntry, AlertLog, AlertMessage } from './entry.ts';
import { ALERTS } from './limits.ts';

/** What one message for several findings is about. */
interface Told {
  readonly kind: Digest['kind'];
  readonly id: string;
  readonly title: (counts: Digest['counts']) => string;
  readonly entries: readonly AlertEntry[];
  readonly readAll: string;
  readonly hosts?: readonly IpAddress[];
}

/** A message for several lines of the log, with its own line. `digests`: how often each was told before. */
export function digestMessage(
  about: Told,
  { digests }: Pick<AlertLog, 'digests'>,
  now: Instant,
): Extract<AlertMessage, { kind: 'digest' }> {
  const { kind, id, entries } = about;
  // Of a finding that was digested twice the newer line says how it stands.
  const newest = [...new Map(entries.map((entry) => [entry.id, entry])).values()];
  const ordered = newest.toSorted(
    (a, b) => Number(b.asks) - Number(a.asks) || b.consequence - a.consequence || (a.id < b.id ? -1 : 1),
  );
  const asking = ordered.filter(({ asks }) => asks);
  const bySeverity: Partial<Record<Severity, number>> = {};
  for (const { severity } of asking) bySeverity[severity] = (bySeverity[severity] ?? 0) + 1;
  const counts = {
    findings: newest.length,
    open: asking.length,
    done: newest.length - asking.length,
    bySeverity,
  };
  const worst = ordered.map(({ severity }) => severity).toSorted(compareSeverity)[0] ?? 'info';
  const times = newest.map(({ item }) => item.firstSeen);
  const digest: Digest = {
    kind,
    id,
    title: about.title(counts),
    severity:
      asking.length === 0
        ? 'info'
        : (asking.map(({ severity }) => severity).toSorted(compareSeverity)[0] ?? worst),
    from: Math.min(...times, now) as Instant,
    to: now,
    counts,
    items: ordered.slice(0, ALERTS.digestItems).map(({ item }) => item),
    leftOut: Math.max(0, ordered.length - ALERTS.digestItems),
    readAll: about.readAll,
  };
  // A ticket or a fleet that is told once more, because more came of it, is another version of the same.
  const revision = (digests.get(id) ?? 0) + 1;
  const members = entries.map(({ key }) => key);
  const version = shortDigest([id, members.toSorted()]);
  const key = outgoingKey(id, revision, version);
  const item: DigestItem = {
    finding: id as FindingId,
    half: ordered[0]?.item.half ?? 'exposure',
    rule: `alerts.${kind === 'day' ? 'digest' : kind}`,
    title: digest.title,
    severity: digest.severity,
    state: 'open',
    hosts: (about.hosts ?? []).slice(0, ALERTS.itemHosts),
    firstSeen: digest.from,
    why: kind === 'day' ? 'its hour has come' : 'told as one',
  };
  const entry: AlertEntry = {
    key: `alert-${key}`,
    id,
    revision,
    version,
    at: now,
    decision: 'digest',
    reason: item.why,
    asks: false,
    severity: digest.severity,
    grade: 0,
    consequence: ordered[0]?.consequence ?? 0,
    spends: false,
    ticketed: false,
    group: '',
    topics: [],
    members,
    item,
  };
  return { kind: 'digest', entry, outgoing: { key, revision, digest, at: now } };
}

/** A finding as an item of a digest. */
export function itemOf(
  { id, half, rule, title, severity, firstSeen, ...rest }: Finding,
  state: string,
  why: string,
): DigestItem {
  return {
    finding: id,
    half,
    rule,
    title,
    severity,
    state,
    hosts: hostsOfFinding(rest).slice(0, ALERTS.itemHosts),
    firstSeen,
    why,
  };
}
