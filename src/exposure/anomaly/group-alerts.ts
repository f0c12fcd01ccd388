import type { HostSurprise } from '../model/surprise.ts';

/** So many hosts with one token are one message, then so many of one subnet (`assessment.md`, formula 8). */
const HOSTS_OF_TOKEN = 4;
const HOSTS_OF_SUBNET = 5;

/** What alerts are grouped by. */
export interface Alerted {
  readonly network: string;
  /** Channel and token of what weighs most. */
  readonly about: string;
}

/** Names the group of each alert: one token on many hosts, otherwise many hosts of one subnet; undefined: alone. */
export function groupAlerts<T extends Alerted>(alerts: readonly T[]): ReadonlyMap<T, string> {
  const groups = new Map<T, string>();
  for (const [about, alike] of grouped(alerts, (alert) => alert.about)) {
    if (alike.length >= HOSTS_OF_TOKEN) for (const alert of alike) groups.set(alert, about);
  }
  const rest = alerts.filter((alert) => !groups.has(alert));
  for (const [network, near] of grouped(rest, (alert) => alert.network)) {
    if (near.length >= HOSTS_OF_SUBNET) for (const alert of near) groups.set(alert, network);
  }
  return groups;
}

function grouped<T>(list: readonly T[], key: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const same = groups.get(key(item));
    if (same === undefined) groups.set(key(item), [item]);
    else same.push(item);
  }
  return groups;
}

/** Alerts as a person is told them: one per group, the most surprising host's, and all that stand alone. */
export function messages(hosts: readonly HostSurprise[]): readonly HostSurprise[] {
  const told = new Set<string>();
  return hosts.filter(({ alert }) => {
    if (alert === undefined) return false;
    if (alert.group === undefined) return true;
    if (told.has(alert.group)) return false;
    told.add(alert.group);
    return true;
  });
}
