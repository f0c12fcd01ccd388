import type { ChangeLine } from '../findings/summary.ts';
import { compareIpAddresses, type IpAddress } from '../net/ip-address.ts';

/** One change that several hosts share. */
export interface ChangeGroup {
  readonly change: ChangeLine;
  /** Numerically; empty for a change of the run itself. */
  readonly hosts: readonly IpAddress[];
}

/**
 * Says each change once for all its hosts: lines of the same kind, text and comparability become one, which stands
 * where the first stood. After a deployment to 2,000 hosts the list has one line, not 2,000.
 */
export function groupChanges(changes: readonly ChangeLine[]): readonly ChangeGroup[] {
  const groups = new Map<string, { readonly change: ChangeLine; readonly hosts: IpAddress[] }>();
  for (const change of changes) {
    const key = JSON.stringify([change.kind, change.text, change.comparable]);
    const group = groups.get(key) ?? { change, hosts: [] };
    if (change.host !== undefined) group.hosts.push(change.host);
    groups.set(key, group);
  }
  return Array.from(groups.values(), ({ change, hosts }) => ({
    change,
    hosts: hosts.toSorted(compareIpAddresses),
  }));
}
