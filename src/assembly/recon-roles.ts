import type { Config } from '../config/config.ts';
import { learnRoles, type LearnedRole } from '../recon/flow/learn-roles.ts';
import { StoredActivity } from '../recon/flow/stored-activity.ts';
import type { ActivityScope } from '../recon/model/activity-reader.ts';
import { roleDecisions } from '../recon/queries/decisions.ts';
import { all } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import type { Clock, Instant } from '../time/instant.ts';
import { canonicalBlock } from './recon-decisions.ts';
import type { ListedRole } from './recon-workspace.ts';
import { exposedTargets, readSite } from './site.ts';

/** What listRoles works with. */
interface RolesContext {
  readonly store: Store;
  readonly config: Config;
  readonly clock: Clock;
}

/**
 * Every role that is known, by block: approved, configured, and learned from what is stored of the window; undefined:
 * nothing is stored to learn from. Throws a Fault `store/…`, or one of readSite.
 */
export async function listRoles(
  context: RolesContext,
  window: ActivityScope | undefined,
): Promise<readonly ListedRole[]> {
  const { store, config } = context;
  const now = context.clock();
  const decisions = await all(store, roleDecisions, {});
  const decided = decisions
    .filter(({ until }) => until === undefined || until > now)
    .map(({ prefix, role, at, by, why }): ListedRole => ({
      network: prefix,
      role: role ?? 'unknown',
      how: 'approved',
      why,
      since: at,
      by,
      rejected: role === undefined,
    }));
  const configured = config.recon.roles.map(({ network, role, why }): ListedRole => ({
    network,
    role,
    how: 'configured',
    why,
    since: undefined,
    by: '',
    rejected: false,
  }));
  const known = new Set([...decided, ...configured].map(({ network }) => network));
  const learned: ListedRole[] = [];
  for (const { source, role } of window === undefined ? [] : await learnedRoles(context, window, now)) {
    const network = canonicalBlock(source);
    if (known.has(network)) continue;
    learned.push({ network, ...role, since: undefined, by: '', rejected: false });
  }
  return [...decided, ...configured, ...learned].toSorted((a, b) => (a.network < b.network ? -1 : 1));
}

async function learnedRoles(
  { store, config }: RolesContext,
  window: ActivityScope,
  now: Instant,
): Promise<readonly LearnedRole[]> {
  const { site } = await readSite(store, config, now);
  return learnRoles(new StoredActivity(store), window, site, (destinations) =>
    exposedTargets(store, destinations),
  );
}
