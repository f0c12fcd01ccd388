import { AddressSet } from '../net/address-set.ts';
import { isIpv6, type IpAddress } from '../net/ip-address.ts';
import { parsePrefix } from '../net/prefix.ts';
import { formatMinute, type Instant } from '../time/instant.ts';
import type { Grant, Refusal } from './grant.ts';
import { INSIDE_ADDRESSES, parseTarget, SPECIAL_ADDRESSES, type Target } from './target.ts';
import { formatWindow, nextOpening, openingAt, openUntil } from './window.ts';

/** What somebody wants to scan. */
export interface ScanRequest {
  /** As typed; never empty texts, never split further. */
  readonly targets: readonly string[];
  readonly profile: string;
  readonly vantage: string;
  readonly at: Instant;
}

/** Resolves a host name to all its addresses of both families; an empty list when it has none. Errors are thrown. */
export type Resolver = (name: string) => Promise<readonly IpAddress[]>;

/** What one grant allows of a request. */
export interface Allowance {
  readonly grant: Grant;
  readonly addresses: AddressSet;
}

/** One refused target. */
export interface RefusedTarget {
  readonly target: string;
  readonly rule: Refusal;
  /** In a sentence, without the target: `10.9.0.1 lies in no granted network`. */
  readonly why: string;
  /** The grant that came nearest, where one did. */
  readonly grant?: string;
}

/** What the scope says of a request: all of it is allowed, or none of it is scanned. */
export type Decision =
  | {
      readonly allowed: true;
      /** Each address under the first grant that allows it, without what is excluded. */
      readonly allowances: readonly Allowance[];
      readonly addresses: AddressSet;
      /** Excluded addresses within the asked blocks, which are left out. */
      readonly leftOut: AddressSet;
      /** Names as they resolved, to be compared just before the scan. */
      readonly resolved: ReadonlyMap<string, readonly IpAddress[]>;
      /** The strictest of the grants. */
      readonly timing: number;
      readonly rate: number | undefined;
      readonly source: IpAddress | undefined;
      /** When the scan must have ended: the first window to close, the first grant to expire. */
      readonly until: Instant;
    }
  | { readonly allowed: false; readonly refused: readonly RefusedTarget[] };

/** Addresses of one scan at most: a /12. A larger network is scanned in parts. */
export const MOST_ADDRESSES = 1n << 20n;

/**
 * Asks the scope about a request. Every address must be allowed by a grant as a whole: its network or name, its
 * vantage, its profile, its time. One address that is not makes the whole request refused, with the rule that each
 * such target broke. Resolves names with `resolve` and checks every address that they have.
 */
export async function decide(
  grants: readonly Grant[],
  request: ScanRequest,
  resolve: Resolver,
): Promise<Decision> {
  const refused: RefusedTarget[] = [];
  if (request.targets.length === 0) {
    refused.push({ target: '', rule: 'no-targets', why: 'no target was named' });
  }
  if (grants.length === 0) {
    return {
      allowed: false,
      refused: request.targets.map((target) => ({
        target,
        rule: 'no-grants',
        why: 'no grant is configured',
      })),
    };
  }
  const resolved = new Map<string, readonly IpAddress[]>();
  const allowed = new Map<Grant, AddressSet>();
  let leftOut = AddressSet.empty;
  let total = 0n;
  for (const text of request.targets) {
    const asked = await addressesOf(parseTarget(text), resolve, resolved);
    if ('rule' in asked) {
      refused.push({ target: text, ...asked });
      continue;
    }
    total += asked.addresses.size;
    if (total > MOST_ADDRESSES) {
      refused.push({
        target: text,
        rule: 'too-many-addresses',
        why: `the targets come to more than ${MOST_ADDRESSES} addresses: scan them in parts`,
      });
      break;
    }
    const verdict = allow(grants, asked, request);
    if ('rule' in verdict) refused.push({ target: text, ...verdict });
    else {
      leftOut = leftOut.union(verdict.leftOut);
      for (const { grant, addresses } of verdict.allowances) {
        allowed.set(grant, (allowed.get(grant) ?? AddressSet.empty).union(addresses));
      }
    }
  }
  if (refused.length > 0) return { allowed: false, refused };
  const allowances = Array.from(allowed, ([grant, addresses]) => ({ grant, addresses }));
  return {
    allowed: true,
    allowances,
    addresses: allowances.reduce((all, { addresses }) => all.union(addresses), AddressSet.empty),
    leftOut,
    resolved,
    ...strictest(
      allowances.map(({ grant }) => grant),
      request.at,
    ),
  };
}

/** Resolves the names of a decision again: the name whose addresses are others now, or undefined when none are. */
export async function changedName(
  resolved: ReadonlyMap<string, readonly IpAddress[]>,
  resolve: Resolver,
): Promise<RefusedTarget | undefined> {
  for (const [name, before] of resolved) {
    const now = AddressSet.ofAddresses(await resolve(name).catch(() => []));
    const then = AddressSet.ofAddresses(before);
    const other = now.subtract(then).union(then.subtract(now));
    if (!other.isEmpty) {
      return {
        target: name,
        rule: 'name-changed',
        why: `it was ${then.toString()} when it was checked and is ${now.isEmpty ? 'nothing' : now.toString()} now`,
      };
    }
  }
  return undefined;
}

interface Asked {
  readonly addresses: AddressSet;
  /** The name that led to them. */
  readonly name?: string;
}
type Refused = Omit<RefusedTarget, 'target'>;

async function addressesOf(
  target: Target,
  resolve: Resolver,
  resolved: Map<string, readonly IpAddress[]>,
): Promise<Asked | Refused> {
  if (target.kind === 'refused') return { rule: target.rule, why: target.why };
  if (target.kind === 'addresses') return { addresses: target.addresses };
  const known = resolved.get(target.name) ?? (await resolve(target.name).catch(() => []));
  if (known.length === 0) return { rule: 'name-unresolved', why: 'it has no address' };
  resolved.set(target.name, known);
  const { mask } = target;
  if (mask === undefined) return { addresses: AddressSet.ofAddresses(known), name: target.name };
  // Nmap takes the block around the first IPv4 address; we take it around all, or the scan would depend on the resolver's order.
  return {
    addresses: AddressSet.ofPrefixes(
      known.map((address) => parsePrefix(isIpv6(address) ? address : `${address}/${mask}`)!),
    ),
  };
}

function allow(
  grants: readonly Grant[],
  asked: Asked,
  request: ScanRequest,
): { readonly allowances: readonly Allowance[]; readonly leftOut: AddressSet } | Refused {
  const special = asked.addresses.intersect(SPECIAL_ADDRESSES);
  if (!special.isEmpty) {
    return { rule: 'special-address', why: `${special.first} belongs to no single host` };
  }
  // An exclusion is about the thing, whichever grant it was written in.
  const excluded = grants.reduce((all, { exclude }) => all.union(exclude), AddressSet.empty);
  const leftOut = asked.addresses.intersect(excluded);
  let left = asked.addresses.subtract(excluded);
  if (left.isEmpty) {
    return { rule: 'excluded', why: `${leftOut.first} is excluded from scanning` };
  }
  const allowances: Allowance[] = [];
  let nearest: Refused | undefined;
  for (const grant of grants) {
    const within = left.intersect(reachOf(grant, asked));
    if (within.isEmpty) continue;
    const against = objection(grant, request);
    if (against === undefined) {
      allowances.push({ grant, addresses: within });
      left = left.subtract(within);
    } else nearest ??= { ...against, grant: grant.id };
  }
  if (left.isEmpty) return { allowances, leftOut };
  if (nearest !== undefined) return nearest;
  if (asked.name !== undefined && grants.some((grant) => namedBy(grant, asked.name!))) {
    return {
      rule: 'name-leads-inside',
      why: `it leads to ${left.first}, an inside address that no granted network holds`,
    };
  }
  return { rule: 'outside-networks', why: `${left.first} lies in no granted network` };
}

/** What a grant holds of what was asked: its networks, and what a granted name leads to outside of our own ranges. */
function reachOf(grant: Grant, asked: Asked): AddressSet {
  if (asked.name === undefined || !namedBy(grant, asked.name)) return grant.networks;
  return grant.networks.union(asked.addresses.subtract(INSIDE_ADDRESSES));
}

function namedBy(grant: Grant, name: string): boolean {
  return grant.names.some((granted) =>
    granted.startsWith('*.')
      ? name.endsWith(granted.slice(1)) && name.length > granted.length - 1
      : name === granted,
  );
}

/** Why a grant that holds the address does not allow the request. */
function objection(grant: Grant, request: ScanRequest): Refused | undefined {
  const { at } = request;
  if (grant.begins !== undefined && at < grant.begins) {
    return { rule: 'not-yet', why: `grant ${grant.id} begins at ${formatMinute(grant.begins)}` };
  }
  if (at >= grant.expires) {
    return { rule: 'expired', why: `grant ${grant.id} expired at ${formatMinute(grant.expires)}` };
  }
  if (grant.vantage !== request.vantage) {
    return {
      rule: 'vantage',
      why: `grant ${grant.id} is for vantage ${grant.vantage}, and this is ${request.vantage}`,
    };
  }
  if (!grant.profiles.includes(request.profile)) {
    return {
      rule: 'profile',
      why: `grant ${grant.id} has ${grant.profiles.join(', ') || 'no profile'}, not ${request.profile}`,
    };
  }
  if (grant.windows.length > 0 && !grant.windows.some((window) => openingAt(window, at) !== undefined)) {
    const next = grant.windows
      .flatMap((window) => nextOpening(window, at)?.opens ?? [])
      .toSorted((a, b) => a - b)[0];
    const opens = next === undefined ? 'it does not open within a year' : `it opens at ${formatMinute(next)}`;
    return {
      rule: 'window-closed',
      why: `grant ${grant.id} is open ${grant.windows.map(formatWindow).join('; ')}: ${opens}`,
    };
  }
  return undefined;
}

function strictest(
  grants: readonly Grant[],
  at: Instant,
): {
  readonly timing: number;
  readonly rate: number | undefined;
  readonly source: IpAddress | undefined;
  readonly until: Instant;
} {
  const rates = grants.flatMap(({ rate }) => rate ?? []);
  const ends = grants.map(({ windows, expires }) =>
    windows.length === 0 ? expires : (Math.min(expires, openUntil(windows, at) ?? at) as Instant),
  );
  return {
    timing: Math.min(...grants.map(({ timing }) => timing)),
    rate: rates.length === 0 ? undefined : Math.min(...rates),
    source: grants.find(({ source }) => source !== undefined)?.source,
    until: Math.min(...ends) as Instant,
  };
}
