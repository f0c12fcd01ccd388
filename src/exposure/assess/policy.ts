import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import { contains, type Prefix } from '../../net/prefix.ts';
import type { Severity } from '../../findings/severity.ts';
import type { Instant } from '../../time/instant.ts';
import type { Rule } from './rule.ts';
import { zoneOf, type SeverityIn, type Zone } from './zone.ts';

/**
 * Where something applies. Each kind that is given has to fit; within a kind, one is enough. Hosts are named
 * by address or network only: host names are written by whoever runs the DNS, and must excuse nothing.
 */
export interface PolicyScope {
  readonly networks?: readonly Prefix[];
  readonly roles?: readonly string[];
  readonly zones?: readonly Zone[];
  readonly ports?: readonly PortKey[];
}

/** A rule of the user's, with the part of the network that it is for. */
export type PolicyRule = Rule & {
  readonly where?: PolicyScope;
  /** The pack of the user's that it comes from, if it has a name. */
  readonly pack?: string;
};

/** Findings that are known and accepted for a time. */
export interface PolicyException {
  /** A rule identifier. */
  readonly rule: string;
  readonly where: PolicyScope;
  /** Who accepted it and why: a ticket, a name. */
  readonly reason: string;
  /** After this instant the finding is raised again. */
  readonly until?: Instant;
}

/** What the user's policy adds to and takes from the built-in rules. */
export interface Policy {
  readonly roles: ReadonlyMap<string, readonly Prefix[]>;
  readonly zones: ReadonlyMap<Zone, readonly Prefix[]>;
  readonly rules: readonly PolicyRule[];
  readonly disabled: ReadonlySet<string>;
  /** Holds for a rule however the host stands to the baseline. */
  readonly severities: ReadonlyMap<string, Severity>;
  /** The same for hosts of a zone; goes before `severities`. */
  readonly severitiesIn: ReadonlyMap<string, SeverityIn>;
  readonly exceptions: readonly PolicyException[];
}

/** The built-in rules as they are. */
export const EMPTY_POLICY: Policy = {
  roles: new Map(),
  zones: new Map(),
  rules: [],
  disabled: new Set(),
  severities: new Map(),
  severitiesIn: new Map(),
  exceptions: [],
};

/** Where a host stands: what rules, scopes and exceptions ask of it besides its address. */
export interface HostPlace {
  readonly address: IpAddress;
  readonly roles: readonly string[];
  readonly zone: Zone | undefined;
}

/** Where the policy places a host that was seen from a vantage. */
export function placeOf(policy: Policy, address: IpAddress, vantage: string): HostPlace {
  return { address, roles: rolesOf(policy, address), zone: zoneOf(policy.zones, address, vantage) };
}

/** Roles that the policy gives an address, in the order of the file. */
function rolesOf(policy: Policy, address: IpAddress): string[] {
  const roles: string[] = [];
  for (const [role, networks] of policy.roles) {
    if (networks.some((network) => contains(network, address))) roles.push(role);
  }
  return roles;
}

/** Whether a scope takes in a host (and a port of it). A scope that names ports never takes in a host as a whole. */
export function inScope(
  scope: PolicyScope | undefined,
  { address, roles, zone }: HostPlace,
  port: PortKey | undefined,
): boolean {
  if (scope === undefined) return true;
  if (scope.networks !== undefined && !scope.networks.some((network) => contains(network, address)))
    return false;
  if (scope.roles !== undefined && !scope.roles.some((role) => roles.includes(role))) return false;
  if (scope.zones !== undefined && (zone === undefined || !scope.zones.includes(zone))) return false;
  return scope.ports === undefined || (port !== undefined && scope.ports.includes(port));
}

/** The exception that excuses a finding at an instant, if one does. */
export function exceptionFor(
  policy: Policy,
  rule: string,
  place: HostPlace,
  port: PortKey | undefined,
  now: Instant,
): PolicyException | undefined {
  return policy.exceptions.find(
    (exception) =>
      exception.rule === rule &&
      (exception.until === undefined || now < exception.until) &&
      inScope(exception.where, place, port),
  );
}

/** The severity that the policy sets for a rule, by zone first; undefined where it leaves it to the rule. */
export function severitySetFor(policy: Policy, rule: string, zone: Zone | undefined): Severity | undefined {
  const byZone = zone === undefined ? undefined : policy.severitiesIn.get(rule)?.[zone];
  return byZone ?? policy.severities.get(rule);
}
