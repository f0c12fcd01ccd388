import { contains, type Prefix } from '../../net/prefix.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import type { Instant } from '../../time/instant.ts';
import type { SurpriseItem } from '../model/surprise.ts';

/** A change that somebody said would come: a ticket. */
export interface AnnouncedChange {
  readonly ticket: string;
  /** Its hosts; one address is a prefix as well. */
  readonly hosts: readonly Prefix[];
  /** Both ends included. */
  readonly from: Instant;
  readonly to: Instant;
  /** Ports that are to change; none: any. */
  readonly ports: readonly PortKey[];
}

/** Of what was announced, so much is taken off: an announcement explains, and does not excuse everything. */
const EXPLAINED = 0.8;

/** Tickets that hold for a host at a time. */
export function ticketsFor(
  changes: readonly AnnouncedChange[],
  host: IpAddress,
  at: Instant,
): readonly AnnouncedChange[] {
  return changes.filter(
    ({ hosts, from, to }) => at >= from && at <= to && hosts.some((prefix) => contains(prefix, host)),
  );
}

/** What announced changes take off a host's score, as items of their own; each port is explained once. */
export function announcedItems(
  changes: readonly AnnouncedChange[],
  items: readonly SurpriseItem[],
): readonly SurpriseItem[] {
  const open = new Set(items.filter(({ channel, value }) => value > 0 && channel !== 'history'));
  return changes.flatMap(({ ticket, ports }) => {
    const explained = [...open].filter(
      (item) => ports.length === 0 || item.ports.some((port) => ports.includes(port)),
    );
    for (const item of explained) open.delete(item);
    const sum = explained.reduce((total, { value }) => total + value, 0);
    if (sum === 0) return [];
    return [
      {
        channel: 'announced' as const,
        ports: [...new Set(explained.flatMap((item) => item.ports))],
        value: -EXPLAINED * sum,
        surprise: 0,
        after: ticket,
        counts: [],
      },
    ];
  });
}
