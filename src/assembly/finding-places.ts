import { createHash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { contains, formatPrefix, parsePrefix, segmentOf, type Prefix } from '../net/prefix.ts';
import { roleDecisions } from '../recon/queries/decisions.ts';
import { all, type QueryRunner } from '../sql/ports.ts';
import type { Instant } from '../time/instant.ts';
import { configuredSite } from './site.ts';

/** A decision on a role, as the store has it. */
export type RoleDecisionRow = ReturnType<typeof roleDecisions.decode>;

/** What hosts are and in which networks they lie, as approved and configured. */
export class FindingPlaces {
  readonly #roles: readonly { readonly prefix: Prefix; readonly role: string }[];
  readonly #networks: readonly Prefix[];

  private constructor(
    roles: readonly { readonly prefix: Prefix; readonly role: string }[],
    networks: readonly Prefix[],
  ) {
    this.#roles = roles.toSorted((a, b) => b.prefix.length - a.prefix.length);
    this.#networks = networks.toSorted((a, b) => b.length - a.length);
  }

  /** What holds at an instant. Throws a Fault `store/…`. */
  static async at(store: QueryRunner, config: Config, now: Instant): Promise<FindingPlaces> {
    return FindingPlaces.of(await all(store, roleDecisions, {}), config, now);
  }

  /** The same, by decisions that are read already. */
  static of(decisions: readonly RoleDecisionRow[], config: Config, now: Instant): FindingPlaces {
    const approved = decisions.flatMap(({ prefix, role, until }) => {
      const block = parsePrefix(prefix);
      return block === undefined || role === undefined || (until !== undefined && until <= now)
        ? []
        : [{ prefix: block, role }];
    });
    const configured = configuredSite(config.recon).roles.map(({ prefix, role }) => ({
      prefix,
      role: role.role,
    }));
    return new FindingPlaces(
      [...approved, ...configured],
      config.exposure.networks.map(({ prefix }) => parsePrefix(prefix)!),
    );
  }

  /** Equal for equal answers to everything. */
  get digest(): string {
    const roles = this.#roles.map(({ prefix, role }) => [formatPrefix(prefix), role]);
    const text = JSON.stringify([roles, this.#networks.map(formatPrefix)]);
    return createHash('sha256').update(text).digest('hex').slice(0, 16);
  }

  /** What a host is; the longest block decides, of equals what was approved. */
  roleOf(host: IpAddress): string | undefined {
    return this.#roles.find(({ prefix }) => contains(prefix, host))?.role;
  }

  /** The smallest configured network in which all of some hosts lie, else the block in which networks are dealt out. */
  networkOf(hosts: readonly IpAddress[]): string | undefined {
    const [first] = hosts;
    if (first === undefined) return undefined;
    const found = [...this.#networks, parsePrefix(segmentOf(first))!].find((prefix) =>
      hosts.every((host) => contains(prefix, host)),
    );
    return found === undefined ? undefined : formatPrefix(found);
  }
}
