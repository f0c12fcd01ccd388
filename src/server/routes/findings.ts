import { instantOf, addressIn, blockIn, portIn, buckets } from '../wire/values.ts';
import { currentOf, evidenceOf, findingDetail, findingRow, judgementOf, recordOf } from '../wire/findings.ts';
import { readCursor, writeCursor } from '../wire/paging.ts';
import type { ScanEvent } from '../../assembly/scan-ask.ts';
import type { Episode } from '../../recon/model/episode.ts';
import type { EvidencePage } from '../../api/findings.ts';
import { formatBlock } from '../../net/address-set.ts';
import { formatInstant } from '../../time/instant.ts';
import { actorOf } from '../gate.ts';
import type { Context, Handlers } from '../handlers.ts';
import { Refused } from '../problem.ts';

type Names =
  | 'findings.list'
  | 'findings.show'
  | 'findings.evidence'
  | 'findings.judge'
  | 'findings.verify'
  | 'episodes.evidence';

/** Findings: the list, one of them, its evidence, what people say of it. */
export function findingRoutes(context: Context): Handlers<Names> {
  const { workspace, feed, clock } = context;
  const verifying = new Set<string>();
  return {
    'findings.list': async ({ query }) => {
      const page = await workspace.findings.page({
        filter: {
          half: query.half,
          states: query.state,
          severities: query.severity,
          severity: query.least,
          rules: query.rule,
          host: addressIn(query.host),
          within: blockIn(query.network),
          port: portIn(query.port),
          role: query.role,
          run: query.scan,
          text: query.text,
          from: instantOf(query.from),
          to: instantOf(query.to),
          present: query.present,
          reopened: query.reopened,
          unreviewed: query.unreviewed,
        },
        sort: query.sort,
        reverse: query.reverse,
        cursor: query.cursor,
        limit: query.limit,
      });
      const { facets } = page;
      return {
        items: page.items.map(findingRow),
        ...(page.next === undefined ? {} : { next: page.next }),
        total: page.total,
        facets: {
          state: buckets(facets.state),
          severity: buckets(facets.severity),
          half: buckets(facets.half),
          rule: buckets(facets.rule),
        },
      };
    },
    'findings.show': async ({ parameters: { id } }) => {
      const [listed, verification] = await Promise.all([
        workspace.findings.show(id),
        workspace.scanning.verificationOf(id),
      ]);
      const { finding } = listed;
      // Who scanned what it is about belongs on its page, as `tidemark findings show` has it.
      const told = finding.half === 'exposure' ? await workspace.contacted(finding) : finding;
      const risk = await workspace.riskOfFinding(finding);
      return findingDetail(
        { ...listed, finding: told },
        { risk, verification, verifying: verifying.has(id) },
      );
    },
    'findings.evidence': async ({ parameters: { id }, query }) => {
      const { finding, episode } = await workspace.findings.show(id);
      if (episode !== undefined) return recordsOf(context, episode, query);
      const every = finding.observations.flatMap(({ evidence }) => evidence);
      const from = offsetOf(query.cursor);
      const items = every.slice(from, from + query.limit).map(evidenceOf);
      return {
        items,
        ...(from + items.length < every.length ? { next: writeCursor([from + items.length]) } : {}),
        total: every.length,
      };
    },
    'episodes.evidence': async ({ parameters: { id }, query }) =>
      recordsOf(context, await workspace.recon.findEpisode(id), query),
    'findings.judge': async ({ body }, caller) => {
      const { ids, state, scope, note } = body;
      const until = instantOf(body.until);
      const found = await workspace.findings.find([...new Set(ids)]);
      const byId = new Map(found.map((listed) => [listed.finding.id, listed]));
      const judged = await workspace.findings.judge(
        found,
        { state, scope, ...(until === undefined ? {} : { until }) },
        { by: actorOf(caller).user, note, face: 'api' },
      );
      feed.publish({ kind: 'finding', ids: judged.map(({ finding }) => finding.id), at: clock() });
      return {
        judged: judged.map(({ finding, lifecycle, judgement, offers }) => ({
          finding: findingRow({ ...currentOf(byId.get(finding.id)!), lifecycle }),
          judgement: judgementOf(judgement),
          offers: [...offers],
        })),
      };
    },
    'findings.verify': ({ parameters: { id }, body: { note } }, caller) => {
      if (verifying.has(id))
        throw new Refused(
          409,
          'finding/being-verified',
          'It is being verified.',
          'Wait until that has ended.',
        );
      verifying.add(id);
      let allowed: ((event: Extract<ScanEvent, { kind: 'allowed' }>) => void) | undefined;
      const begun = new Promise<Extract<ScanEvent, { kind: 'allowed' }>>((resolve) => {
        allowed = resolve;
      });
      const ended = workspace.scanning
        .verify(
          { finding: id, note, actor: actorOf(caller) },
          {
            signal: context.closing,
            env: context.env,
            onEvent: (event) => {
              if (event.kind === 'allowed') allowed?.(event);
            },
          },
        )
        .finally(() => {
          verifying.delete(id);
          feed.publish({ kind: 'finding', ids: [id], at: clock() });
        });
      // What goes wrong before the scope has spoken is the answer; what goes wrong later is for the log.
      let answered = false;
      ended.catch((error: unknown) => {
        if (answered) context.onError(error, `verifying finding ${id}`);
      });
      return Promise.race([begun, ended.then(() => begun)]).then(({ decision, profile }) => {
        answered = true;
        return {
          finding: id,
          profile,
          targets: decision.addresses.prefixes().map(formatBlock),
          grants: decision.allowances.map(({ grant }) => ({
            grant: grant.id,
            owner: grant.owner,
            ticket: grant.ticket,
          })),
          mustEndBy: formatInstant(decision.until),
        };
      });
    },
  };
}

/** Records that are read for one page at most: they are merged by time from four tables. */
const MOST_RECORDS = 100_000;

/** The records behind an episode, oldest first. */
async function recordsOf(
  { workspace }: Context,
  episode: Episode,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<EvidencePage> {
  const from = offsetOf(cursor);
  const items: EvidencePage['items'] = [];
  let at = 0;
  for await (const row of workspace.recon.evidenceOf(episode, Math.min(MOST_RECORDS, from + limit + 1))) {
    if (at >= from && items.length < limit) items.push(recordOf(row));
    at += 1;
  }
  return { items, ...(at > from + limit ? { next: writeCursor([from + limit]) } : {}) };
}

/** Evidence is a fact of the past: nothing comes in before what was given. */
function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [offset] = readCursor(cursor);
  if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0 && offset <= MOST_RECORDS)
    return offset;
  throw new Refused(422, 'request/cursor', 'The cursor is none of this list.', 'Begin again without one.');
}
