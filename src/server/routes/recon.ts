import type { EpisodesQuery, RoleRow } from '../../api/recon.ts';
import type { EpisodePageFilter } from '../../assembly/stored-episodes.ts';
import type { ListedRole } from '../../assembly/recon-workspace.ts';
import { Fault } from '../../fault/fault.ts';
import { actorOf } from '../gate.ts';
import { writeDown, type Context, type Handlers } from '../handlers.ts';
import { Kept } from '../kept.ts';
import { pageOfList } from '../wire/paging.ts';
import { episodeDetail, episodeRow } from '../wire/recon.ts';
import { addressIn, blockIn, instantOf, timeOrNull } from '../wire/values.ts';

type Names =
  | 'episodes.list'
  | 'episodes.show'
  | 'campaigns.list'
  | 'roles.list'
  | 'roles.approve'
  | 'roles.reject';

/** Milliseconds that learned roles are good for: working them out reads a month of contacts. */
const ROLES_MILLIS = 60_000;

/** Reconnaissance: episodes, campaigns, and what machines are. */
export function reconRoutes(context: Context): Handlers<Names> {
  const { workspace, feed, clock } = context;
  const roles = new Kept<readonly ListedRole[]>(1, ROLES_MILLIS);
  return {
    'episodes.list': async ({ query }) => {
      const page = await workspace.episodes.page({
        filter: filterOf(query),
        cursor: query.cursor,
        limit: query.limit,
      });
      return {
        items: page.items.map(episodeRow),
        ...(page.next === undefined ? {} : { next: page.next }),
        total: page.total,
      };
    },
    'episodes.show': async ({ parameters: { id } }) => {
      const [episode, picture, state] = await Promise.all([
        workspace.recon.findEpisode(id),
        workspace.episodes.picture(id),
        stateOf(id),
      ]);
      return episodeDetail(episode, picture, state);
    },
    'campaigns.list': async ({ query }) => {
      const page = await workspace.episodes.page({
        filter: { ...filterOf(query), campaigns: true },
        cursor: query.cursor,
        limit: query.limit,
      });
      return {
        items: page.items.map(episodeRow),
        ...(page.next === undefined ? {} : { next: page.next }),
        total: page.total,
      };
    },
    'roles.list': async ({ query }) => {
      const every = await roles.of('all', () => workspace.recon.listRoles());
      const page = pageOfList(
        every.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
        query,
        (role) => [keyOf(role)],
      );
      return { ...page, items: page.items.map(roleRow) };
    },
    'roles.approve': async ({ body: { network, role, note, until } }, caller) => {
      blockIn(network);
      const ends = instantOf(until);
      const approved = await writeDown(
        context,
        caller,
        { action: 'role.changed', subject: network, why: note, details: { role, until: until ?? null } },
        (before) =>
          workspace.recon.approveRole(network, role, {
            by: actorOf(caller).user,
            note,
            before,
            ...(ends === undefined ? {} : { until: ends }),
          }),
      );
      roles.clear();
      feed.publish({ kind: 'episode', ids: [], at: clock() });
      return roleRow(approved);
    },
    'roles.reject': async ({ body: { network, note } }, caller) => {
      blockIn(network);
      const rejected = await writeDown(
        context,
        caller,
        { action: 'role.changed', subject: network, why: note, details: { role: null } },
        (before) => workspace.recon.rejectRole(network, { by: actorOf(caller).user, note, before }),
      );
      roles.clear();
      feed.publish({ kind: 'episode', ids: [], at: clock() });
      return roleRow(rejected);
    },
  };

  /** Where the finding of an episode stands; an episode that the list does not know yet is open. */
  async function stateOf(id: string) {
    try {
      return (await workspace.findings.show(id)).lifecycle.state;
    } catch (error) {
      if (error instanceof Fault && error.code === 'finding/unknown') return 'open' as const;
      throw error;
    }
  }
}

function filterOf(query: {
  readonly [K in keyof Omit<EpisodesQuery, 'limit' | 'cursor'>]: EpisodesQuery[K];
}): EpisodePageFilter {
  return {
    source: addressIn(query.source),
    target: addressIn(query.target),
    standing: query.standing,
    family: query.family,
    severity: query.severity,
    from: instantOf(query.from),
    to: instantOf(query.to),
  };
}

/** A block may have a configured role and a learned one. */
function keyOf({ network, how, role }: ListedRole): string {
  return `${network} ${how} ${role}`;
}

function roleRow({ network, role, how, why, since, by, rejected }: ListedRole): RoleRow {
  return { network, role, how, why, since: timeOrNull(since), by, rejected };
}
