import { z } from 'zod';
import { query } from '../../sql/query.ts';
import { parseColumnTime, type Instant } from '../../time/instant.ts';
import { ROLES, type Role } from '../model/episode.ts';

/** What a person said that machines are. */
export interface RoleDecision {
  /** Address block in CIDR notation. */
  readonly prefix: string;
  readonly at: Instant;
  /** Undefined: the decision takes a role back, or refuses a learned one. */
  readonly role: Role | undefined;
  readonly by: string;
  readonly why: string;
  readonly until: Instant | undefined;
}

/** The newest decision on each block. */
export const roleDecisions = query(
  'recon.roles.decisions',
  `
SELECT prefix, max(d.at) AS decided, argMax(tuple(role, by, why, until), d.at) AS decision
FROM role_approval AS d
GROUP BY prefix
ORDER BY prefix`,
  z
    .object({
      prefix: z.string(),
      decided: z.string(),
      decision: z.tuple([z.enum(['', ...ROLES]), z.string(), z.string(), z.string().nullable()]),
    })
    .transform((row): RoleDecision => {
      const [role, by, why, until] = row.decision;
      return {
        prefix: row.prefix,
        at: parseColumnTime(row.decided),
        role: role === '' ? undefined : role,
        by,
        why,
        until: until === null ? undefined : parseColumnTime(until),
      };
    }),
);

/** Contacts that a person approved as normal. */
export interface ExpectedDecision {
  readonly sources: readonly string[];
  readonly role: Role | undefined;
  readonly targets: readonly string[];
  readonly port: number | undefined;
  readonly protocol: number | undefined;
  readonly at: Instant;
  readonly by: string;
  readonly why: string;
  readonly until: Instant | undefined;
}

/** Approvals of contacts that were not taken back, newest first. */
export const expectedContacts = query(
  'recon.expected-contacts.current',
  `
SELECT sources, role, targets, port, protocol, max(e.at) AS decided,
       argMax(tuple(withdrawn, by, why, until), e.at) AS decision
FROM expected_contact AS e
GROUP BY sources, role, targets, port, protocol
HAVING NOT decision.1
ORDER BY decided DESC, sources, targets`,
  z
    .object({
      sources: z.array(z.string()),
      role: z.enum(['', ...ROLES]),
      targets: z.array(z.string()),
      port: z.number().nullable(),
      protocol: z.number().nullable(),
      decided: z.string(),
      decision: z.tuple([z.boolean(), z.string(), z.string(), z.string().nullable()]),
    })
    .transform((row): ExpectedDecision => {
      const [, by, why, until] = row.decision;
      return {
        sources: row.sources,
        role: row.role === '' ? undefined : row.role,
        targets: row.targets,
        port: row.port ?? undefined,
        protocol: row.protocol ?? undefined,
        at: parseColumnTime(row.decided),
        by,
        why,
        until: until === null ? undefined : parseColumnTime(until),
      };
    }),
);
