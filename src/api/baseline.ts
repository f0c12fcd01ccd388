import * as z from 'zod';
import { Address, Count, Foreign, Note, PageQuery, PortKey, several, Time, TimeParameter } from './fields.ts';
import { Change } from './scans.ts';

/** A version of what is expected. */
export const BaselineVersion = z
  .object({
    version: z.int(),
    parent: z.int().nullable(),
    created: Time,
    by: Foreign,
    note: Foreign,
    how: z.enum(['learned', 'approved', 'rolled-back']),
    scans: z.array(z.string()),
    vantage: z.string(),
    profile: z.string(),
    privileges: z.enum(['raw', 'connect', 'unknown']),
    hosts: Count,
    inForce: z.boolean(),
  })
  .meta({ id: 'BaselineVersion' });

/** GET /baseline */
export const Baseline = z
  .object({
    inForce: z.int().nullable(),
    versions: z.array(BaselineVersion).meta({ description: 'Newest first.' }),
  })
  .meta({ id: 'Baseline' });

/** A version in a path: its number, `pinned` or `latest`. */
export const BaselineParameters = z.object({
  version: z.string().regex(/^(?:\d{1,9}|pinned|latest)$/, 'must be a number, pinned or latest'),
});

/** GET /baseline/{version}/diff */
export const BaselineDiffQuery = PageQuery.extend({
  scan: z.string().min(1).max(64).default('latest'),
  kind: several(Change.shape.kind),
  text: z.string().trim().min(1).max(200).optional(),
});

/** POST /baseline/learn */
export const LearnBody = z.strictObject({
  scans: z.array(z.string().min(1).max(64)).max(1_000).optional().meta({
    description: 'Left out: every scan of the series of the newest one.',
  }),
  upTo: z.string().min(1).max(64).optional().meta({
    description:
      'Without `scans`: this scan and those before it in its series. Everything that they saw open is expected.',
  }),
  note: Note,
});
/** What learning came to. */
export const Learned = z.object({
  version: BaselineVersion,
  notes: z.array(z.string()),
  setAside: z.array(z.object({ scan: z.string(), why: z.string() })),
});

/** POST /baseline/approve */
export const ApproveBody = z.strictObject({
  targets: z
    .array(z.strictObject({ host: Address.max(64), port: PortKey.max(16).optional() }))
    .min(1)
    .max(1_000)
    .meta({ description: 'A host without a port is taken as the scan saw it.' }),
  scan: z.string().min(1).max(64).default('latest'),
  until: TimeParameter.optional().meta({ description: 'When the approval ends.' }),
  note: Note,
});
/** POST /baseline/pin and /baseline/rollback */
export const VersionBody = z.strictObject({ version: z.int().min(1), note: Note });
/** The version that was made or put in force. */
export const VersionMade = z.object({ version: BaselineVersion, inForce: z.int().nullable() });

export type BaselineVersion = z.output<typeof BaselineVersion>;
export type Baseline = z.output<typeof Baseline>;
export type BaselineDiffQuery = z.input<typeof BaselineDiffQuery>;
export type LearnBody = z.input<typeof LearnBody>;
export type Learned = z.output<typeof Learned>;
export type ApproveBody = z.input<typeof ApproveBody>;
export type VersionBody = z.input<typeof VersionBody>;
export type VersionMade = z.output<typeof VersionMade>;
