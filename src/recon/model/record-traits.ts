import { CANDIDATE, type ActivityScope } from './activity-reader.ts';
import { saysNo, SAMPLES, serviceKey, type AlertTrait, type AppTrait, type ProcessTrait } from './contact.ts';
import { list } from './grouped.ts';
import { OTHER_THAN_HTTP, SCAN_WORDS, ZONE_TRANSFERS } from './remarkable.ts';
import type { AppEvent, IdsAlert, ProcessEvent } from './telemetry-record.ts';
import { compareText, distinct, smallest } from '../../text/order.ts';
import { inScope, span } from './time-scope.ts';

/** Whether an alert makes its source a candidate. */
export function speaks({ signature, category, severity }: IdsAlert): boolean {
  return severity === 1 || severity === 2 || SCAN_ALERT.test(signature) || SCAN_ALERT.test(category);
}

const SCAN_ALERT = new RegExp(SCAN_WORDS);
const OTHER_TARGETS = Object.values(OTHER_THAN_HTTP).map((pattern) => new RegExp(pattern));
const TRANSFERS: ReadonlySet<string> = new Set(ZONE_TRANSFERS);

/** Whether a record is of a kind of which a few make their source a candidate: a zone transfer, or what is no HTTP in the place of it. */
export function isOddRequest({ service, action, target }: AppEvent): boolean {
  return (
    (service === 'dns' && TRANSFERS.has(action)) || OTHER_TARGETS.some((pattern) => pattern.test(target))
  );
}

/** App records in the scope by (destination, port, protocol, service). */
export function byPort(events: Iterable<AppEvent>, scope: ActivityScope): Map<string, AppEvent[]> {
  const found = new Map<string, AppEvent[]>();
  for (const event of events) {
    if (!inScope(event.time, scope)) continue;
    const { destination, destinationPort, protocol, service } = event;
    list(found, `${serviceKey(destination, destinationPort, protocol)} ${service}`).push(event);
  }
  return found;
}

/** Whether records of one destination port and service try so much that their source is a candidate. */
export function enumerates(events: readonly AppEvent[]): boolean {
  const service = events[0]?.service;
  const named = service === 'dns' || service === 'smb';
  return (
    distinct(events.map((event) => event.target)).length >= CANDIDATE.appTargets ||
    (named && distinct(events.map((event) => event.name)).length >= CANDIDATE.appTargets) ||
    distinct(events.map((event) => event.agent)).length >= CANDIDATE.appAgents ||
    distinct(events.map((event) => event.ja4)).length >= CANDIDATE.tlsVariants ||
    distinct(events.map((event) => event.ja3)).length >= CANDIDATE.tlsVariants ||
    (service === 'tls' && events.filter((event) => event.accepted === false).length >= CANDIDATE.tlsVariants)
  );
}

/** Of one destination port and service; never empty. */
export function appTrait(events: readonly AppEvent[]): AppTrait {
  const [one] = events;
  if (one === undefined) throw new RangeError('no records');
  const sample = (value: (event: AppEvent) => string): string[] =>
    distinct(events.map(value)).toSorted(compareText).slice(0, SAMPLES);
  return {
    destination: one.destination,
    port: one.destinationPort,
    protocol: one.protocol,
    service: one.service,
    ...span(events),
    events: events.length,
    actions: sample((event) => event.action),
    names: sample((event) => event.name),
    targets: sample((event) => event.target),
    agents: sample((event) => event.agent),
    statuses: sample((event) => event.status),
    ja3: sample((event) => event.ja3),
    ja4: sample((event) => event.ja4),
    hassh: sample((event) => event.hassh),
    distinctTargets: distinct(events.map((event) => event.target)).length,
    accepted: events.filter((event) => event.accepted === true).length,
    rejected: events.filter((event) => event.accepted === false).length,
    denied: events.filter((event) => saysNo(event.service, event.status)).length,
  };
}

/** Order of application traits: by time, then by where. */
export function compareApp(a: AppTrait, b: AppTrait): number {
  return (
    a.first - b.first ||
    compareText(a.destination, b.destination) ||
    a.port - b.port ||
    a.protocol - b.protocol ||
    compareText(a.service, b.service)
  );
}

/** Traits of alerts, one for each signature and destination port, in order. */
export function alertTraits(alerts: Iterable<IdsAlert>, scope: ActivityScope): AlertTrait[] {
  const bySignature = new Map<string, IdsAlert[]>();
  for (const alert of alerts) {
    if (!inScope(alert.time, scope)) continue;
    const { destination, destinationPort, provider, signature, signatureId } = alert;
    list(bySignature, JSON.stringify([destination, destinationPort, provider, signature, signatureId])).push(
      alert,
    );
  }
  const traits: AlertTrait[] = [];
  for (const same of bySignature.values()) {
    const [one] = same;
    if (one === undefined) continue;
    const severities = same.map(({ severity }) => severity).filter((severity) => severity !== 0);
    traits.push({
      destination: one.destination,
      port: one.destinationPort,
      provider: one.provider,
      signature: one.signature,
      signatureId: one.signatureId,
      category: smallest(same.map(({ category }) => category)),
      severity: severities.length === 0 ? 0 : severities.reduce((a, b) => Math.min(a, b)),
      ...span(same),
      events: same.length,
    });
  }
  return traits.toSorted(
    (a, b) =>
      a.first - b.first ||
      compareText(a.destination, b.destination) ||
      a.port - b.port ||
      compareText(a.provider, b.provider) ||
      compareText(a.signature, b.signature) ||
      a.signatureId - b.signatureId,
  );
}

/**
 * Traits of connections that processes made, in order.
 * @param startsOf the starts of the process that made one
 */
export function processTraits(
  made: Iterable<ProcessEvent>,
  startsOf: (event: ProcessEvent) => Iterable<ProcessEvent>,
  scope: ActivityScope,
): ProcessTrait[] {
  const connects = new Map<string, ProcessEvent[]>();
  for (const event of made) {
    if (inScope(event.time, scope))
      list(connects, JSON.stringify([event.host, event.executable, event.user, event.pid])).push(event);
  }
  const traits: ProcessTrait[] = [];
  for (const events of connects.values()) {
    const [one] = events;
    if (one === undefined) continue;
    const starts = [...startsOf(one)].filter(({ time }) => time < scope.to);
    const { host, executable, user, pid } = one;
    traits.push({
      host,
      executable,
      commandLine: smallest([...events, ...starts].map((event) => event.commandLine)),
      user,
      parent: smallest([...events, ...starts].map((event) => event.parent)),
      pid,
      ...span(events),
      destinations: new Set(
        events.map((event) => serviceKey(event.destination, event.destinationPort, event.protocol)),
      ).size,
    });
  }
  return traits.toSorted(
    (a, b) =>
      a.first - b.first ||
      compareText(a.host, b.host) ||
      compareText(a.executable, b.executable) ||
      compareText(a.user, b.user) ||
      a.pid - b.pid,
  );
}
