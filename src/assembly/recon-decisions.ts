import { Fault } from '../fault/fault.ts';
import { formatPrefix, parsePrefix } from '../net/prefix.ts';
import type { Role } from '../recon/model/episode.ts';
import { expectedContacts } from '../recon/queries/decisions.ts';
import { expectedContactTable, roleApprovalTable } from '../recon/queries/tables.ts';
import { all } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import { formatColumnTime, type Clock } from '../time/instant.ts';
import type { Deed, ExpectedContacts, ListedExpectation, ListedRole } from './recon-workspace.ts';

/** What people decide about machines and contacts: appended, never changed. */
export class ReconDecisions {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Says what the machines of a block are; undefined refuses what was learned or approved. Throws a Fault `recon/bad-network`. */
  async decideRole(
    network: string,
    role: Role | undefined,
    { by, note, until, before }: Deed,
  ): Promise<ListedRole> {
    const prefix = canonicalBlock(network);
    const at = this.#clock();
    await before?.();
    await this.#store.insert(roleApprovalTable, [
      {
        prefix,
        at: formatColumnTime(at),
        role: role ?? '',
        by,
        why: note,
        until: until === undefined ? null : formatColumnTime(until),
      },
    ]);
    return {
      network: prefix,
      role: role ?? 'unknown',
      how: 'approved',
      why: note,
      since: at,
      by,
      rejected: role === undefined,
    };
  }

  /** What was approved as normal. */
  async listExpected(): Promise<readonly ListedExpectation[]> {
    return (await all(this.#store, expectedContacts, {})).map(
      ({ sources, role, targets, port, protocol, why, by, at }) => ({
        sources,
        role,
        targets,
        port: port === undefined ? undefined : `${port}/${protocol === 17 ? 'udp' : 'tcp'}`,
        why,
        by,
        since: at,
      }),
    );
  }

  /** Approves contacts as normal. Throws a Fault `recon/bad-network` or `recon/bad-port`. */
  expect(contacts: ExpectedContacts, deed: Deed): Promise<ListedExpectation> {
    return this.#decideContacts(contacts, deed, false);
  }

  /** Takes an approval back. Throws a Fault `recon/no-such-expectation`, `recon/bad-network` or `recon/bad-port`. */
  async noLongerExpect(contacts: ExpectedContacts, deed: Deed): Promise<ListedExpectation> {
    const key = ({ sources, role, targets, port }: ExpectedContacts): string =>
      JSON.stringify([
        sources.map(canonicalBlock).toSorted(),
        role ?? '',
        targets.map(canonicalBlock).toSorted(),
        port ?? '',
      ]);
    const wanted = key(contacts);
    if (!(await this.listExpected()).some((each) => key(each) === wanted))
      throw new Fault(
        'recon/no-such-expectation',
        'nothing was approved that covers just that',
        'List what was: tidemark expected',
      );
    return this.#decideContacts(contacts, deed, true);
  }

  async #decideContacts(
    contacts: ExpectedContacts,
    { by, note, until, before }: Deed,
    withdrawn: boolean,
  ): Promise<ListedExpectation> {
    const at = this.#clock();
    const { sources, targets } = {
      sources: contacts.sources.map(canonicalBlock),
      targets: contacts.targets.map(canonicalBlock),
    };
    const port = contacts.port === undefined ? undefined : /^(\d{1,5})\/(tcp|udp)$/.exec(contacts.port);
    if (port === null || Number(port?.[1] ?? 0) > 65_535)
      throw new Fault('recon/bad-port', `${contacts.port} is no port`, 'Write it as 443/tcp or 53/udp.');
    await before?.();
    await this.#store.insert(expectedContactTable, [
      {
        sources: sources.toSorted(),
        role: contacts.role ?? '',
        targets: targets.toSorted(),
        port: port === undefined ? null : Number(port[1]),
        protocol: port === undefined ? null : port[2] === 'udp' ? 17 : 6,
        at: formatColumnTime(at),
        withdrawn,
        by,
        why: note,
        until: until === undefined ? null : formatColumnTime(until),
      },
    ]);
    return { sources, role: contacts.role, targets, port: contacts.port, why: note, by, since: at };
  }
}

/** A block as it is written in decisions: host bits cleared, one address with its length. Throws a Fault `recon/bad-network`. */
export function canonicalBlock(network: string): string {
  const prefix = parsePrefix(network);
  if (prefix === undefined)
    throw new Fault(
      'recon/bad-network',
      `${network} is no address or address block`,
      'Write it as 10.0.0.5 or 10.0.0.0/24.',
    );
  return formatPrefix(prefix);
}
