import { documentedViews } from '../../assembly/workspace.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { Kept } from '../kept.ts';
import type { PartStatus } from '../options.ts';
import type { Part, AuditPage } from '../../api/operations.ts';
import { asFinding } from '../../findings/outgoing.ts';
import { formatInstant } from '../../time/instant.ts';
import type { Context, Handlers } from '../handlers.ts';
import { writeDown } from '../handlers.ts';
import { Refused } from '../problem.ts';
import { readCursor, writeCursor } from '../wire/paging.ts';
import { timeOrNull } from '../wire/values.ts';

type Names =
  | 'audit.list'
  | 'sinks.list'
  | 'sinks.dead'
  | 'sinks.test'
  | 'sinks.requeue'
  | 'settings.show'
  | 'status.show'
  | 'query.ask'
  | 'query.views';

/** Seconds of work that a question in SQL may take: somebody waits for it in a browser. */
const QUERY_SECONDS = 20;
/** Milliseconds that a verdict on the audit log is good for. */
const CHAIN_MILLIS = 5_000;
/** Flaws of the audit log that are named. */
const MOST_FLAWS = 100;

/** What the program does and is made of: log, sinks, settings, parts, questions. */
export function operationRoutes(context: Context): Handlers<Names> {
  const { workspace, audit, feed, clock } = context;
  const chains = new Kept<AuditPage['chain']>(1, CHAIN_MILLIS);
  return {
    'audit.list': async ({ query: { limit, cursor, action, user } }) => {
      const before = cursor === undefined ? Infinity : seqOf(cursor);
      // The newest come last in the file: a window slides over those that fit.
      const window: AuditRecord[] = [];
      let more = false;
      for await (const record of audit.records()) {
        if (record.seq >= before) break;
        if (action !== undefined && record.action !== action) continue;
        if (user !== undefined && record.actor.user !== user) continue;
        window.push(record);
        if (window.length > limit) {
          window.shift();
          more = true;
        }
      }
      const oldest = window[0];
      return {
        items: window.toReversed().map(({ seq, at, actor, action: what, subject, why, details, hash }) => ({
          seq,
          at,
          actor: { ...actor },
          action: what,
          subject,
          why,
          details: { ...details },
          hash,
        })),
        ...(more && oldest !== undefined ? { next: writeCursor([oldest.seq]) } : {}),
        chain: await chains.of('all', () => chainOf(context)),
      };
    },
    'sinks.list': async () => ({
      items: (await workspace.sinks.list()).map(({ last, ...sink }) => ({
        name: sink.name,
        kind: sink.kind,
        minSeverity: sink.minSeverity,
        pending: sink.pending,
        failing: sink.failing,
        delivered: sink.delivered,
        dead: sink.dead,
        why: sink.why,
        last: timeOrNull(last),
      })),
    }),
    'sinks.dead': async ({ query }) => {
      const [{ items, next }, total] = await Promise.all([
        workspace.sinks.deadPage(query),
        workspace.sinks.countDead(),
      ]);
      return {
        ...(next === undefined ? {} : { next }),
        total,
        items: items.map(({ sink, outgoing, tries, why, at }) => {
          const { id, title, severity } = asFinding(outgoing).finding;
          const { key, revision } = outgoing;
          return { sink, key, revision, finding: { id, title, severity }, tries, why, at: formatInstant(at) };
        }),
      };
    },
    'sinks.test': async ({ parameters: { name } }, caller) => {
      const sinks = await workspace.sinks.list();
      if (!sinks.some((sink) => sink.name === name))
        throw new Refused(404, 'sinks/unknown', 'No sink has this name.', 'See GET /api/v1/sinks.');
      const { version, stdout, closing } = context;
      const [tested] = await writeDown(
        context,
        caller,
        { action: 'sink.tested', subject: name, why: 'a harmless finding is sent' },
        async (before) => {
          await before();
          return workspace.sinks.test(name, { version, stdout, signal: closing });
        },
      );
      const fault = tested?.fault;
      return { sink: name, taken: fault === undefined, why: fault?.message ?? '', fix: fault?.fix ?? '' };
    },
    'sinks.requeue': async ({ body: { key, note = '' } }, caller) => {
      const found = await writeDown(
        context,
        caller,
        { action: 'sink.requeued', subject: key, why: note === '' ? 'it is to be tried again' : note },
        (before) => workspace.sinks.requeue(key, before),
      );
      feed.publish({ kind: 'delivery', ids: [...new Set(found.map(({ sink }) => sink))], at: clock() });
      return { requeued: found.map(({ sink, outgoing }) => ({ sink, key: outgoing.key })) };
    },
    'settings.show': async () => ({
      file: context.settings.file ?? null,
      items: context.settings.items.map((setting) => ({ ...setting })),
    }),
    'status.show': async () => {
      const { started, ready, parts } = context.status();
      const { mode, nodes, problems } = await workspace.health();
      return {
        version: context.version,
        started: formatInstant(started),
        now: formatInstant(clock()),
        ready,
        parts: parts.map(partOf),
        store: {
          mode,
          nodes: nodes.map(({ name, version, problem, memoryBytes, freeBytes }) => ({
            name,
            version: version ?? null,
            problem: problem?.message ?? null,
            memoryBytes: memoryBytes ?? null,
            freeBytes: freeBytes ?? null,
          })),
          problems: problems.map(({ message }) => message),
        },
      };
    },
    'query.ask': async ({ body: { sql, maxRows } }) => {
      const began = performance.now();
      const answer = await workspace.query(sql, { maxSeconds: QUERY_SECONDS, signal: context.closing });
      const rows: unknown[][] = [];
      let more = false;
      for await (const row of answer.rows) {
        if (rows.length === maxRows) {
          more = true;
          break;
        }
        rows.push([...row]);
      }
      return {
        columns: answer.columns.map((column) => ({ ...column })),
        rows,
        more,
        seconds: Math.round(performance.now() - began) / 1e3,
      };
    },
    'query.views': async () => ({
      items: documentedViews.map(({ name, comment, columns }) => ({
        name,
        comment,
        columns: columns.map((column) => ({ name: column.name, type: column.type, comment: column.comment })),
      })),
    }),
  };
}

/** How a part is doing. */
export function partOf({ error, since, next, ...part }: PartStatus): Part {
  return {
    name: part.name,
    state: part.state,
    since: formatInstant(since),
    detail: part.detail,
    restarts: part.restarts,
    failures: part.failures,
    error:
      error === undefined
        ? null
        : {
            at: formatInstant(error.at),
            code: error.code ?? null,
            message: error.message,
            fix: error.fix,
          },
    next: timeOrNull(next),
    givenUp: part.givenUp,
  };
}

/** Whether the audit log is whole. It is followed from its first line, once for all who ask in the same moment. */
async function chainOf({ audit }: Pick<Context, 'audit'>): Promise<AuditPage['chain']> {
  const { records, head, flaws } = await audit.verify();
  return {
    whole: flaws.length === 0,
    records,
    head: { ...head },
    flaws: flaws.slice(0, MOST_FLAWS).map((flaw) => ({ ...flaw })),
  };
}

function seqOf(cursor: string): number {
  const [seq] = readCursor(cursor);
  if (typeof seq === 'number') return seq;
  throw new Refused(422, 'request/cursor', 'The cursor is none of this list.', 'Begin again without one.');
}
