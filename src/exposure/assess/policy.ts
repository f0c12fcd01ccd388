import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import { contains, type Prefix } from '../../net/prefix.ts';
import type { Severity } from '../../findings/severity.ts';
import type { Instant } from '../../time/instant.ts';
import type { Rule } from './rule.ts';

/**
 * Where something applies. Each kind that is given has to fit; within a kind, one is enough. Hosts are named
 * by address or network only: host names are written by whoever runs the DNS, and must excuse nothing.
 */
export interface PolicyScope {
  readonly networks?: readonly Prefix[];
  readonly roles?: readonly string[];
  readonly ports?: readonly PortKey[];
}

/** A rule of the user's, with the part of the network that it is for. */
export type PolicyRule = Rule & { readonly where?: PolicyScope };

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
  readonly rules: readonly PolicyRule[];
  readonly disabled: ReadonlySet<string>;
  /** Holds for a rule however the host stands to the baseline. */
  readonly severities: ReadonlyMap<string, Severity>;
  readonly exceptions: readonly PolicyException[];
}

/** The built-in rules as they are. */
export const EMPTY_POLICY: Policy = {
  roles: new Map(),
  rules: [],
  disabled: new Set(),
  severities: new Map(),
  exceptions: [],
};

/** Roles that the policy gives an address, in the order of the file. */
export function rolesOf(policy: Policy, address: IpAddress): string[] {
  const roles: string[] = [];
  for (const [role, networks] of policy.roles) {
    if (networks.some((network) => contains(network, address))) roles.push(role);
  }
  return roles;
}

/** Whether a scope takes in a host (and a port of it). A scope that names ports never takes in a host as a whole. */
export function inScope(
  scope: PolicyScope | undefined,
  host: IpAddress,
  roles: readonly string[],
  port: PortKey | undefined,
): boolean {
  if (scope === undefined) return true;
  if (scope.networks !== undefined && !scope.networks.some((network) => contains(network, host)))
    return false;
  if (scope.roles !== undefined && !scope.roles.some((role) => roles.includes(role))) return false;
  return scope.ports === undefined || (port !== undefined && scope.ports.includes(port));
}

/** The exception that excuses a finding at an instant, if one does. */
export function exceptionFor(
  policy: Policy,
  rule: string,
  subject: {
    readonly host: IpAddress;
    readonly roles: readonly string[];
    readonly port: PortKey | undefined;
  },
  now: Instant,
): PolicyException | undefined {
  return policy.exceptions.find(
    (exception) =>
      exception.rule === rule &&
      (exception.until === undefined || now < exception.until) &&
      inScope(exception.where, subject.host, subject.roles, subject.port),
  );
}
