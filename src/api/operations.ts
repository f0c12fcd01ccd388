import * as z from 'zod';
import { Count, Foreign, Note, PageQuery, pageOf, Severity, Time } from './fields.ts';

/** One line of the audit log. */
export const AuditRecord = z
  .object({
    seq: Count,
    at: Time,
    actor: z.object({ user: Foreign, face: z.enum(['cli', 'daemon', 'api']) }),
    action: z.string(),
    subject: Foreign,
    why: Foreign,
    details: z.record(z.string(), z.unknown()),
    hash: z.string(),
  })
  .meta({ id: 'AuditRecord' });
/** GET /audit */
export const AuditQuery = PageQuery.extend({
  action: z.string().max(64).optional(),
  user: z.string().max(200).optional(),
});
/** Newest first, and whether the chain of hashes holds. */
export const AuditPage = pageOf(AuditRecord).extend({
  chain: z.object({
    whole: z.boolean(),
    records: Count,
    head: z.object({ seq: Count, hash: z.string() }),
    flaws: z.array(z.object({ line: Count, message: Foreign })).meta({ description: 'At most 100.' }),
  }),
});

/** A receiver of findings, and what became of its messages. */
export const Sink = z
  .object({
    name: z.string(),
    kind: z.string(),
    minSeverity: Severity,
    pending: Count,
    failing: Count.meta({ description: 'Of the pending ones, those of which the last try failed.' }),
    delivered: Count,
    dead: Count,
    last: Time.nullable().meta({ description: 'When a message was delivered last.' }),
    why: Foreign.meta({ description: 'Why a message failed last that is not delivered yet.' }),
  })
  .meta({ id: 'Sink' });
/** GET /sinks */
export const Sinks = z.object({ items: z.array(Sink) });
/** A message that was given up. */
export const DeadLetter = z
  .object({
    sink: z.string(),
    key: z.string(),
    finding: z.object({ id: z.string(), title: Foreign, severity: Severity }).meta({
      description:
        'The finding that was to be told, or what stands for one: a digest of several (rule `alerts.…`), or a scan (told as OCSF Scan Activity).',
    }),
    revision: Count,
    tries: Count,
    why: Foreign,
    at: Time,
  })
  .meta({ id: 'DeadLetter' });
/** GET /sinks/dead, newest first. */
export const DeadLettersPage = pageOf(DeadLetter);
/** A sink in a path. */
export const SinkParameters = z.object({ name: z.string().min(1).max(64) });
/** POST /sinks/{name}/test */
export const SinkTested = z.object({
  sink: z.string(),
  taken: z.boolean(),
  why: Foreign.meta({ description: 'Why it was not taken; empty when it was.' }),
  fix: z.string(),
});
/** POST /sinks/dead/requeue */
export const RequeueBody = z.strictObject({
  key: z.string().min(1).max(200).meta({ description: 'Key of a message that was given up.' }),
  note: Note.optional(),
});
/** What is due again. */
export const Requeued = z.object({ requeued: z.array(z.object({ sink: z.string(), key: z.string() })) });

/** GET /settings: the configuration in effect, secrets withheld. It is changed in the file. */
export const Settings = z
  .object({
    file: z.string().nullable(),
    items: z.array(
      z.object({
        key: z.string(),
        value: z.unknown().meta({ description: '`(secret)` in the place of a secret.' }),
        origin: z.string().meta({ description: 'File and line, variable, option or default.' }),
        description: z.string(),
      }),
    ),
  })
  .meta({ id: 'Settings' });

/** A part of the running program. */
export const Part = z
  .object({
    name: z.string(),
    state: z.enum(['starting', 'running', 'waiting', 'failing', 'stopped']).meta({
      description: 'waiting: well, with nothing to do; failing: it is started again at `next`.',
    }),
    since: Time,
    detail: Foreign.meta({ description: 'In words; empty when there is nothing to say.' }),
    restarts: Count.meta({ description: 'How often it was started again, in all.' }),
    failures: Count.meta({ description: 'How often it failed since it last did well.' }),
    error: z
      .object({ at: Time, code: z.string().nullable(), message: Foreign, fix: z.string() })
      .nullable()
      .meta({ description: 'Its last error, also when it does well again.' }),
    next: Time.nullable().meta({ description: 'When it does something next.' }),
    givenUp: z.boolean().meta({ description: 'It failed too often and is not started again by itself.' }),
  })
  .meta({ id: 'Part' });
/** GET /status */
export const Status = z
  .object({
    version: z.string(),
    started: Time,
    now: Time,
    ready: z.boolean(),
    parts: z.array(Part),
    store: z.object({
      mode: z.enum(['embedded', 'server', 'cluster', 'daemon']),
      nodes: z.array(
        z.object({
          name: z.string(),
          version: z.string().nullable(),
          problem: z.string().nullable(),
          memoryBytes: Count.nullable(),
          freeBytes: Count.nullable(),
        }),
      ),
      problems: z.array(z.string()),
    }),
  })
  .meta({ id: 'Status' });

/** POST /query */
export const QueryBody = z.strictObject({
  sql: z.string().min(1).max(20_000).meta({ description: 'One SELECT over the documented views.' }),
  maxRows: z.int().min(1).max(10_000).default(1_000),
});
/** The answer. */
export const QueryAnswer = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(z.unknown())),
  more: z.boolean().meta({ description: 'Whether the answer was cut at maxRows.' }),
  seconds: z.number(),
});
/** GET /query/views */
export const QueryViews = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      comment: z.string(),
      columns: z.array(z.object({ name: z.string(), type: z.string(), comment: z.string() })),
    }),
  ),
});

export type AuditRecord = z.output<typeof AuditRecord>;
export type AuditQuery = z.input<typeof AuditQuery>;
export type AuditPage = z.output<typeof AuditPage>;
export type Sink = z.output<typeof Sink>;
export type Sinks = z.output<typeof Sinks>;
export type DeadLetter = z.output<typeof DeadLetter>;
export type DeadLettersPage = z.output<typeof DeadLettersPage>;
export type SinkTested = z.output<typeof SinkTested>;
export type RequeueBody = z.input<typeof RequeueBody>;
export type Requeued = z.output<typeof Requeued>;
export type Settings = z.output<typeof Settings>;
export type Part = z.output<typeof Part>;
export type Status = z.output<typeof Status>;
export type QueryBody = z.input<typeof QueryBody>;
export type QueryAnswer = z.output<typeof QueryAnswer>;
export type QueryViews = z.output<typeof QueryViews>;
