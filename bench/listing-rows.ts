import { addressOf, type IpAddress } from '../src/net/ip-address.ts';
import type { PortKey } from '../src/net/port-key.ts';
import type { CurrentRow } from '../src/findings/queries/current.ts';
import type { Finding } from '../src/findings/finding.ts';
import { findingId } from '../src/findings/identity.ts';
import { FINDING_STATES } from '../src/findings/judgement.ts';
import type { Lifecycle } from '../src/findings/lifecycle.ts';
import { SEVERITIES } from '../src/findings/severity.ts';
import type { Instant } from '../src/time/instant.ts';

const RULES = Array.from(
  { length: 60 },
  (_, n) => `${['database', 'legacy', 'drift', 'tls', 'admin'][n % 5]}.rule-${n}`,
);
const PORTS: readonly PortKey[] = [
  '22/tcp',
  '23/tcp',
  '80/tcp',
  '443/tcp',
  '3306/tcp',
  '3389/tcp',
  '161/udp',
  '8080/tcp',
];
const SCAN: NonNullable<CurrentRow['episode']> = {
  families: ['fast-fan-out'],
  campaign: false,
  targets: [],
  thinned: true,
  networks: ['10.200.0.0/16'],
  line: JSON.stringify({ families: ['fast-fan-out'], hosts: 1, ports: 1, contacts: 1 }),
};
const DAY = 86_400e6;
const START = Date.UTC(2026, 9, 1) * 1e3;

/** 32 bits of a number, the same each time (Murmur3's finaliser). */
export function mixed(n: number): number {
  let h = (n + 1) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The n-th finding of a large network: ten to a host. */
export function seededRow(n: number, hosts: number, version: bigint): CurrentRow {
  const dice = mixed(n);
  const host: IpAddress = addressOf(4, BigInt(0x0a000000 + (n % hosts)));
  const port = PORTS[dice % PORTS.length]!;
  const rule = RULES[(dice >>> 3) % RULES.length]!;
  const severity = SEVERITIES[[0, 1, 1, 1, 2, 2, 2, 3, 3, 4][(dice >>> 9) % 10]!]!;
  const state = FINDING_STATES[[0, 0, 0, 1, 2, 3, 4, 5, 5, 5][(dice >>> 13) % 10]!]!;
  const first = (START + ((dice >>> 5) % 50) * DAY) as Instant;
  const at = (first + DAY) as Instant;
  const half: Finding['half'] = dice % 100 === 0 ? 'recon' : 'exposure';
  const id = findingId(half, rule, { host, port }, String(n));
  const text = `${port} of ${host} answers to everybody: host-${n % hosts}.corp.example`;
  const finding: Finding = {
    id,
    half,
    rule,
    title: `${rule} on ${port} (host-${n % hosts}.corp.example)`,
    severity,
    score: (dice >>> 2) % 101,
    confidence: { value: 0.5 + (dice % 50) / 100, lowered: [] },
    subject: { host, port },
    observations: [
      {
        text,
        since: first,
        unusual: 'open on 1 of 46 hosts',
        evidence: [
          { kind: 'scan', run: '73346cb9afbdd721', host, port, fact: 'open (syn-ack) ssh OpenSSH 9.2p1' },
        ],
      },
    ],
    impact: 'Whoever reaches the network reaches it, and may try passwords as long as he likes.',
    actions: [
      'Ask its owner whether it is to be reached from here.',
      'Close it or let only some addresses in.',
    ],
    references: ['CIS Control 4.4', 'RFC 4251'],
    firstSeen: first,
    lastSeen: (START + 52 * DAY) as Instant,
  };
  const open = {
    at: first,
    from: undefined,
    to: 'open' as const,
    why: 'first seen in scan 73346cb9af',
    by: undefined,
    reopened: false,
  };
  const steps =
    state === 'open'
      ? [open]
      : [open, { at, from: 'open' as const, to: state, why: 'said by ana', by: 'ana', reopened: false }];
  const lifecycle: Lifecycle = {
    state,
    since: state === 'open' ? first : at,
    why: steps.at(-1)!.why,
    judgement: undefined,
    until: undefined,
    reopened: { count: 0, reason: undefined },
    present: state !== 'resolved',
    steps,
  };
  return {
    finding,
    lifecycle,
    standing: 'review',
    run: '73346cb9afbdd721',
    role: dice % 7 === 0 ? 'server' : undefined,
    network: `10.${(n % hosts) >> 16}.${((n % hosts) >> 8) & 255}.0/24`,
    version,
    changed: version,
    digest: '',
    left: [],
    due: undefined,
    inputs: 0,
    episode: half === 'recon' ? SCAN : undefined,
  };
}
