import { findingId } from '../../src/findings/identity.ts';
import type { Finding } from '../../src/findings/finding.ts';
import {
  outgoingKey,
  outgoingScan,
  shortDigest,
  versionOf,
  type Digest,
  type OutgoingDigest,
  type OutgoingFinding,
  type OutgoingScan,
  type ToldScan,
} from '../../src/findings/outgoing.ts';
import { parseIpAddress } from '../../src/net/ip-address.ts';
import { fromSeconds } from '../../src/time/instant.ts';

/** 2026-11-22T04:02:00Z. */
export const MOMENT = fromSeconds(1_795_320_120);

/** A finding about exposure: a port of a host is open. */
export function exposed(changes: Partial<Finding> = {}): Finding {
  const subject = { host: parseIpAddress('10.0.0.5')!, port: '3389/tcp' } as const;
  return {
    id: findingId('exposure', 'drift.port-opened', subject),
    half: 'exposure',
    rule: 'drift.port-opened',
    title: '3389/tcp (ms-wbt-server) is open',
    severity: 'high',
    score: 60,
    confidence: { value: 0.9, lowered: [{ reason: 'one scan', factor: 0.9 }] },
    subject,
    observations: [{ text: '3389/tcp answered syn-ack', unusual: 'on 1 of 46 hosts', evidence: [] }],
    impact: 'Somebody could try passwords.',
    actions: ['Ask who needs it.', 'Close it.'],
    references: ['https://www.cisecurity.org/controls'],
    firstSeen: MOMENT,
    lastSeen: MOMENT,
    ...changes,
  };
}

/** A finding about scanning, by several sources of both families. */
export function scanning(changes: Partial<Finding> = {}): Finding {
  const hosts = ['203.0.113.7', '2001:db8::7'].map((text) => parseIpAddress(text)!);
  return exposed({
    id: findingId('recon', 'recon.campaign', { hosts }),
    half: 'recon',
    rule: 'recon.campaign',
    title: '2 sources together scanned 40 ports across 9 hosts',
    subject: { hosts },
    ...changes,
  });
}

/** The finding as a message, its first version where nothing else is said. */
export function outgoing(finding: Finding, more: Partial<OutgoingFinding> = {}): OutgoingFinding {
  const { revision = 1, state, at = MOMENT } = more;
  const key = outgoingKey(finding.id, revision, versionOf(finding, state));
  return { ...more, key, revision, finding, at };
}

/** A digest of a finding of each half, and of more that it does not name. */
export function digested(
  title = 'Digest of 2026-11-22: 4 findings',
  changes: Partial<Digest> = {},
): OutgoingDigest {
  const items = [exposed({ title }), scanning({ title, severity: 'low' })].map(
    ({ id, half, rule, severity, subject, firstSeen }) => ({
      finding: id,
      half,
      rule,
      title,
      severity,
      state: 'open',
      hosts: subject.hosts ?? [subject.host!],
      firstSeen,
      why: 'the alerts of the day were spent',
    }),
  );
  const digest: Digest = {
    kind: 'day',
    id: shortDigest(['day', '2026-11-22']),
    title,
    severity: 'high',
    from: (MOMENT - 86_400e6) as Digest['from'],
    to: MOMENT,
    counts: { findings: 4, open: 3, done: 1, bySeverity: { high: 1, low: 2 } },
    items,
    leftOut: 2,
    readAll: 'tidemark alerts list --digest 2026-11-22',
    ...changes,
  };
  return { key: outgoingKey(digest.id, 1, shortDigest([digest])), revision: 1, digest, at: MOMENT };
}

/** A scan of ours that came to its end within two minutes. */
export function scanned(changes: Partial<ToldScan> = {}): OutgoingScan {
  return outgoingScan(
    {
      run: '1b2c3d4e5f607182',
      status: 'complete',
      exit: '',
      scanner: 'nmap',
      version: '7.93',
      args: 'nmap -sS -p 1-1024 10.0.0.0/24',
      vantage: 'default',
      profile: 'weekly',
      start: (MOMENT - 120e6) as ToldScan['imported'],
      end: MOMENT,
      imported: MOMENT,
      hostsUp: 46,
      hostsTotal: 256,
      openPorts: 120,
      findings: 14,
      own: { id: '6f1f3a52-9b0c-4b86-8f6a-0d2f6c1f9a11', grants: ['office', 'lab'] },
      schedule: 'sunday',
      ...changes,
    },
    MOMENT,
  );
}

/** The finding with the text in every field that others write. */
export function planted(finding: Finding, text: string): Finding {
  return {
    ...finding,
    rule: text,
    title: text,
    impact: text,
    observations: [{ text, unusual: text, evidence: [] }],
    actions: [text],
    references: [text],
  };
}
