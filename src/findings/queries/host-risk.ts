import * as z from 'zod';
import type { Row } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import type { Table } from '../../sql/table.ts';
import { SEVERITIES, type Severity } from '../severity.ts';

/** One row per host that open findings are or were about. Of a host the row with the highest version holds. */
export const hostRiskTable: Table = {
  name: 'host_risk',
  comment:
    'What the open findings of a host come to, one row each: a read model, worked out from finding_current',
  columns: [
    { name: 'address', type: 'IPv6', comment: 'Address; IPv4 is stored mapped' },
    { name: 'version', type: 'UInt64', comment: 'The refresh that wrote the row; the highest holds' },
    { name: 'risk', type: 'UInt8', comment: 'Posture, 0–100' },
    {
      name: 'worst',
      type: 'UInt8',
      comment: '0 no open finding, 1 info, 2 low, 3 medium, 4 high, 5 critical',
    },
    { name: 'open', type: 'UInt32', comment: 'Open findings that ask for review' },
  ],
  engine: 'ReplacingMergeTree(version)',
  orderBy: ['address'],
  shardBy: 'cityHash64(address)',
  durable: true,
  settings: { index_granularity: 1024 },
};

/** What the open findings of a host come to. */
export interface HostRisk {
  /** 0–100. */
  readonly risk: number;
  /** Undefined without an open finding. */
  readonly worst: Severity | undefined;
  readonly open: number;
}

/** → its row. */
export function encodeHostRisk(address: string, version: bigint, { risk, worst, open }: HostRisk): Row {
  return {
    address,
    version: String(version),
    risk,
    worst: worst === undefined ? 0 : SEVERITIES.indexOf(worst) + 1,
    open,
  };
}

/** Hosts of findings that were written after a refresh, those included that a finding was about before. */
export const hostsWrittenSince = query(
  'findings.host-risk.written-since',
  'SELECT DISTINCT toString(arrayJoin(arrayConcat(hosts, left))) AS address FROM finding_current WHERE version > {since:UInt64} ORDER BY address',
  z.object({ address: z.string() }).transform(({ address }) => address),
);

/** Open findings of some hosts that ask for review, by rule and severity: how many, and the most points. */
export const openFindingsOfHosts = query(
  'findings.host-risk.open-findings',
  `SELECT toString(h) AS address, half, rule, severity, max(score) AS most, count() AS n
FROM finding_current FINAL
ARRAY JOIN hosts AS h
WHERE state = 'open' AND standing = 'review' AND h IN (SELECT arrayJoin(CAST({addresses:Array(IPv6)} AS Array(IPv6))))
GROUP BY h, half, rule, severity
ORDER BY h, half, rule, severity`,
  z.object({
    address: z.string(),
    half: z.enum(['exposure', 'recon']),
    rule: z.string(),
    severity: z.number(),
    most: z.number(),
    n: z.coerce.number(),
  }),
);

/** What the open findings of some hosts come to. */
export const risksOfHosts = query(
  'findings.host-risk.of-hosts',
  `SELECT toString(address) AS host, risk, worst, open FROM host_risk FINAL
WHERE address IN (SELECT arrayJoin(CAST({addresses:Array(IPv6)} AS Array(IPv6))))`,
  z
    .object({ host: z.string(), risk: z.number(), worst: z.number(), open: z.number() })
    .transform(({ host, risk, worst, open }) => ({
      host,
      risk,
      worst: worst === 0 ? undefined : SEVERITIES[worst - 1]!,
      open,
    })),
);
