import { compareIpAddresses } from '../../net/ip-address.ts';
import { formatMinute, type Instant } from '../../time/instant.ts';
import { hostsOfFinding } from '../judgement.ts';
import { outgoingKey, shortDigest, versionOf, type Digest, type OutgoingLifecycle } from '../outgoing.ts';
import { consequenceOf } from '../ranking.ts';
import { compareSeverity, SEVERITIES, type Severity } from '../severity.ts';
import type { AlertCalendar } from './calendar.ts';
import type { AlertCandidate, AlertEntry, AlertLog, AlertMessage, AlertPlan } from './entry.ts';
import { coverOf, type PlannedChange } from './planned.ts';
import { changeOf, type Change } from './change.ts';
import { digestMessage, itemOf } from './digest-message.ts';
import { ALERTS, DAY } from './limits.ts';
import { compareUnits, unitOf, type Unit } from './unit.ts';
import { urgencyOf } from './urgency.ts';

/** What the policy goes by. */
export interface AlertSetting {
  readonly budget: number;
  readonly minSeverity: Severity;
  readonly calendar: AlertCalendar;
  readonly planned: readonly PlannedChange[];
}

/** What becomes of a unit. */
interface Verdict {
  readonly decision: 'sent' | 'held' | 'digested';
  readonly reason: string;
  readonly spends: boolean;
}

/**
 * Decides which findings people are told of now. Pure: the same findings, log, setting and time come to the same plan.
 * What was decided before holds; only findings that stand otherwise than they were told are looked at, so that running
 * it twice comes to nothing the second time.
 *
 * 1. Nothing new (the version is the one that was told): nothing is decided.
 * 2. What was resolved or judged goes the way that the finding went: sent where it had been sent, else into the digest.
 * 3. What changed without growing worse goes into the digest, and so does what came and went between two looks, unless it
 *    would have been sent at once (7): then it is, and its end with it.
 * 4. Findings of an announced change wait for its end and are told as one; one change on many hosts is one alert.
 * 5. Quiet hours hold everything but what wakes.
 * 6. What comes and goes (ALERTS.flaps) goes into the digest until it stands still.
 * 7. What is urgent is sent, beyond the budget too; the same service is urgent once a day.
 * 8. Of the rest, best first: sent while, by the average of the last days, fewer better ones are still to come today than
 *    alerts are left; else digested.
 *
 * The digest goes out at its hour with all that waits for it.
 */
export function decideAlerts(
  findings: readonly AlertCandidate[],
  log: AlertLog,
  setting: AlertSetting,
  now: Instant,
): AlertPlan {
  const desk = new Desk(log, setting, now);
  const open: Change[] = [];
  for (const candidate of findings) {
    const change = changeOf(candidate, log);
    if (change === undefined) continue;
    if (change.kind === 'done') desk.close(change);
    else if (change.kind === 'other') desk.note(change);
    else if (change.kind === 'gone' && urgencyOf(candidate.finding).class === 'ordinary') desk.pass(change);
    else open.push(change);
  }
  const units = desk.gather(open, findings);
  for (const unit of units.toSorted(compareUnits)) desk.decide(unit);
  desk.digest();
  return desk.plan;
}

/** One pass over what stands otherwise. */
class Desk {
  readonly #log: AlertLog;
  readonly #setting: AlertSetting;
  readonly #now: Instant;
  readonly #today: { readonly opens: Instant; readonly closes: Instant };
  readonly #quietUntil: Instant | undefined;
  readonly #entries: AlertEntry[] = [];
  readonly #messages: AlertMessage[] = [];
  /** Alerts of today, urgent ones among them. */
  #spent: number;
  /** When something about a service was sent last. */
  readonly #lastSent = new Map<string, Instant>();

  constructor(log: AlertLog, setting: AlertSetting, now: Instant) {
    this.#log = log;
    this.#setting = setting;
    this.#now = now;
    this.#today = setting.calendar.dayOf(now);
    this.#quietUntil = setting.calendar.quietUntil(now);
    this.#spent = log.recent.filter(
      ({ decision, spends, at }) => decision === 'sent' && spends && at >= this.#today.opens,
    ).length;
    for (const { decision, topics, at } of log.recent)
      if (decision === 'sent')
        for (const topic of topics)
          this.#lastSent.set(topic, Math.max(at, this.#lastSent.get(topic) ?? at) as Instant);
  }

  get plan(): AlertPlan {
    return { entries: this.#entries, messages: this.#messages };
  }

  /** Somebody or a look is done with it. */
  close(change: Change): void {
    const { told, held, candidate } = change;
    const how = candidate.asks ? candidate.state : `${candidate.state}: ${candidate.lifecycle.why}`;
    if (told?.asks !== true) {
      // Nobody was told: nobody has to close anything.
      this.#write(change, {
        decision: 'digested',
        reason:
          candidate.opened !== undefined
            ? cameAndWent(candidate, candidate.opened)
            : held === undefined
              ? `it is ${how}`
              : `it was over before it was told (${how})`,
        spends: false,
      });
      return;
    }
    if (!told.ticketed) {
      this.#write(change, {
        decision: 'digested',
        reason: `it is ${how}, and no message of its own was sent`,
        spends: false,
      });
      return;
    }
    if (this.#quietUntil !== undefined) {
      if (held === undefined || held.asks || held.version !== change.version)
        this.#write(change, { decision: 'held', reason: this.#quietWords(this.#quietUntil), spends: false });
      return;
    }
    this.#send(change, { decision: 'sent', reason: `it was sent before, and is ${how}`, spends: false });
  }

  /** It came and went between two looks: nobody has to hurry any more. */
  pass(change: Change): void {
    this.#write(change, {
      decision: 'digested',
      reason: cameAndWent(change.candidate, change.candidate.opened!),
      spends: false,
    });
  }

  /** It is otherwise, and no worse. */
  note(change: Change): void {
    this.#write(change, {
      decision: 'digested',
      reason: `it was told on ${formatMinute(change.told!.at)}; what changed does not make it worse`,
      spends: false,
    });
  }

  /** What is open and has to be told, as units: announced changes and fleets as one each. */
  gather(open: readonly Change[], all: readonly AlertCandidate[]): readonly Unit[] {
    const units: Unit[] = [];
    const rest: Change[] = [];
    const planned = new Map<PlannedChange, Change[]>();
    for (const change of open) {
      const { finding, lifecycle } = change.candidate;
      const ticket = this.#setting.planned.find(
        (one) => coverOf(one, finding, lifecycle.since) === 'announced',
      );
      // An announcement explains, and does not excuse everything.
      if (ticket === undefined || urgencyOf(finding).class !== 'ordinary') rest.push(change);
      else planned.set(ticket, [...(planned.get(ticket) ?? []), change]);
    }
    for (const [ticket, changes] of planned) {
      if (this.#now <= ticket.to) {
        for (const change of changes)
          this.#hold(
            change,
            `${ticket.ticket} announces it: told with its other findings after ${formatMinute(ticket.to)}`,
          );
        continue;
      }
      const beside = all.filter(
        ({ finding, lifecycle, asks }) =>
          asks && coverOf(ticket, finding, lifecycle.since) === 'not-announced',
      ).length;
      const count = changes.length + beside;
      const said = beside === 0 ? 'all as announced' : `${beside} not announced`;
      units.push(
        unitOf(changes, {
          kind: 'planned-change',
          id: shortDigest(['planned-change', ticket.id]),
          name: `Ticket ${ticket.ticket}: ${count} ${count === 1 ? 'finding' : 'findings'}, ${said}`,
        }),
      );
    }
    const fleets = new Map<string, Change[]>();
    for (const change of rest) {
      const { half, rule, title } = change.candidate.finding;
      const isGone = change.kind === 'gone' ? [change.kind] : [];
      const key =
        half === 'exposure'
          ? JSON.stringify([rule, title, ...isGone])
          : `alone ${change.candidate.finding.id}`;
      fleets.set(key, [...(fleets.get(key) ?? []), change]);
    }
    for (const [key, changes] of fleets) {
      const hosts = new Set(changes.flatMap(({ candidate }) => hostsOfFinding(candidate.finding))).size;
      if (changes.length > 1 && hosts >= ALERTS.fleetHosts)
        units.push(
          unitOf(changes, {
            kind: 'fleet',
            id: shortDigest(['fleet', key, this.#setting.calendar.dateOf(this.#now)]),
            name: `${changes[0]!.candidate.finding.title} on ${hosts} hosts`,
          }),
        );
      else for (const change of changes) units.push(unitOf([change], undefined));
    }
    return units;
  }

  decide(unit: Unit): void {
    const verdict = this.#verdictOn(unit);
    if (unit.isGone) {
      if (verdict.decision === 'sent') this.#tellGone(unit, verdict);
      else for (const change of unit.changes) this.pass(change);
      return;
    }
    if (verdict.decision === 'held') {
      for (const change of unit.changes) this.#hold(change, verdict.reason);
      return;
    }
    this.#tell(unit, verdict);
  }

  /** Writes what was decided of a unit, and sends it where that is what was decided. */
  #tell(unit: Unit, verdict: Verdict): readonly AlertEntry[] {
    if (verdict.decision === 'sent') {
      if (verdict.spends) this.#spent += 1;
      for (const topic of unit.topics) this.#lastSent.set(topic, this.#now);
    }
    const [leader] = unit.changes;
    if (unit.group === undefined)
      return [
        verdict.decision === 'sent'
          ? this.#send(leader!, verdict, unit.topics)
          : this.#write(leader!, verdict),
      ];
    const entries = unit.changes.map((change, index) =>
      this.#write(
        change,
        { ...verdict, spends: verdict.spends && index === 0 },
        { topics: index === 0 ? unit.topics : [], group: unit.group!.id },
      ),
    );
    if (verdict.decision === 'sent') this.#sendGroup(unit, entries);
    return entries;
  }

  /** Somebody would have been told at once, had anybody looked: that it was open, then that it is over. */
  #tellGone(unit: Unit, verdict: Verdict): void {
    const opened = unit.changes.map(asItWasOpen);
    const reason = `${verdict.reason}; it came and went between two looks`;
    const entries = this.#tell({ ...unit, changes: opened }, { ...verdict, reason });
    for (const [index, told] of entries.entries())
      this.close({ ...unit.changes[index]!, told, held: undefined, revision: told.revision + 1 });
  }

  /** The digest, when its hour has come and something waits for it. */
  digest(): void {
    const { calendar } = this.#setting;
    const due = calendar.lastDigest(this.#now);
    const date = calendar.dateOf(due);
    const id = shortDigest(['day', date]);
    if (this.#log.digests.has(id) || this.#quietUntil !== undefined) return;
    // What came after the hour waits for the next one, unless there is a digest anyway.
    if (!this.#log.untold.some(({ at }) => at < due)) return;
    const waiting = [...this.#log.untold, ...this.#entries.filter(({ decision }) => decision === 'digested')];
    const title = (counts: Digest['counts']): string => {
      const parts = [
        ...SEVERITIES.toReversed().flatMap((severity) => {
          const number = counts.bySeverity[severity] ?? 0;
          return number === 0 ? [] : [`${number} ${severity}`];
        }),
        ...(counts.done === 0 ? [] : [`${counts.done} resolved or judged`]),
      ];
      return `Digest of ${date}: ${counts.findings} ${counts.findings === 1 ? 'finding' : 'findings'}, ${parts.join(', ')}`;
    };
    this.#tellAll({
      kind: 'day',
      id,
      title,
      entries: waiting,
      readAll: `tidemark alerts list --digest ${date}`,
    });
  }

  #verdictOn(unit: Unit): Verdict {
    const { urgency, severity } = unit;
    if (this.#quietUntil !== undefined && urgency.class !== 'wakes')
      return { decision: 'held', reason: this.#quietWords(this.#quietUntil), spends: false };
    if (unit.group?.kind === 'planned-change')
      return {
        decision: 'sent',
        reason: `${unit.group.name}; told as one, beside the budget`,
        spends: false,
      };
    const flapping = unit.group === undefined ? this.#flapping(unit.changes[0]!) : undefined;
    if (flapping !== undefined) return { decision: 'digested', reason: flapping, spends: false };
    const known = unit.topics.map((topic) => this.#lastSent.get(topic));
    const fresh =
      unit.topics.length === 0 || known.some((last) => last === undefined || this.#now - last >= DAY);
    const { budget, minSeverity } = this.#setting;
    if (urgency.class === 'wakes' || (urgency.class === 'urgent' && fresh)) {
      const quiet = this.#quietUntil === undefined ? '' : ', and quiet hours do not hold it';
      const beyond = this.#spent >= budget ? ', beyond the budget' : '';
      return { decision: 'sent', reason: `sent at once${beyond}: ${urgency.why}${quiet}`, spends: true };
    }
    // What is over needs nobody, and takes the place of nothing.
    if (unit.isGone) return { decision: 'digested', reason: 'it is over', spends: false };
    if (compareSeverity(severity, minSeverity) > 0)
      return {
        decision: 'digested',
        reason: `${severity} is milder than alerts.minSeverity (${minSeverity})`,
        spends: false,
      };
    const left = budget - this.#spent;
    const again = fresh ? '' : 'the same service was told within a day; ';
    if (left <= 0)
      return { decision: 'digested', reason: `${again}the day's ${budget} alerts are spent`, spends: true };
    const { better, days } = this.#betterToCome(unit.consequence);
    const words =
      days === 0
        ? 'nothing is known yet of other days'
        : `by the last ${days === 1 ? 'day' : `${days} days`}, ${formatRate(better)} better ${better === 1 ? 'one is' : 'ones are'} still to come today`;
    return better < left
      ? {
          decision: 'sent',
          reason: `${again}${left} of the day's ${budget} alerts are left, and ${words}`,
          spends: true,
        }
      : {
          decision: 'digested',
          reason: `${again}${left} of the day's ${budget} alerts are left, but ${words}`,
          spends: true,
        };
  }

  /** Mean number of alerts of higher consequence that came after this time of the day, over the days that are learned from. */
  #betterToCome(consequence: number): { readonly better: number; readonly days: number } {
    const { since, recent } = this.#log;
    const { opens } = this.#today;
    if (since === undefined || since >= opens) return { better: 0, days: 0 };
    const days = Math.min(ALERTS.learnedDays, Math.max(1, Math.round((opens - since) / DAY)));
    const begin = opens - ALERTS.learnedDays * DAY;
    const hour = this.#now - opens;
    let better = 0;
    for (const entry of recent) {
      if (!entry.spends || entry.at < begin || entry.at >= opens || entry.consequence <= consequence)
        continue;
      if (entry.at - this.#setting.calendar.dayOf(entry.at).opens > hour) better += 1;
    }
    return { better: better / days, days };
  }

  /** Why a finding that comes and goes is not sent once more, unless it is worse than each time before. */
  #flapping({ candidate: { finding } }: Change): string | undefined {
    const grade = finding.meeting?.grade ?? 0;
    const lately = this.#log.recent.filter(({ id, at }) => id === finding.id && this.#now - at < DAY);
    if (lately.length < ALERTS.flaps) return undefined;
    if (lately.every((one) => compareSeverity(finding.severity, one.severity) < 0 || grade > one.grade))
      return undefined;
    return `it was told ${lately.length} times within a day: it is in the digest until it stands still for a day`;
  }

  #quietWords(until: Instant): string {
    return `quiet hours until ${formatMinute(until)}`;
  }

  #hold(change: Change, reason: string): void {
    if (change.held?.asks === true && change.held.reason === reason) return;
    this.#write(change, { decision: 'held', reason, spends: false });
  }

  #send(change: Change, verdict: Verdict, topics: readonly string[] = []): AlertEntry {
    const entry = this.#write(change, verdict, { topics });
    this.#messages.push({ kind: 'finding', entry, candidate: change.candidate });
    return entry;
  }

  #sendGroup({ group, changes }: Unit, entries: readonly AlertEntry[]): void {
    if (group === undefined) return;
    const sources = changes.map(({ candidate }) => candidate.finding);
    this.#tellAll({
      kind: group.kind,
      id: group.id,
      title: () => group.name,
      entries,
      readAll: `tidemark alerts list --digest ${group.id}`,
      hosts: [...new Set(sources.flatMap(hostsOfFinding))].toSorted(compareIpAddresses),
    });
  }

  #tellAll(about: Parameters<typeof digestMessage>[0]): void {
    const message = digestMessage(about, this.#log, this.#now);
    this.#entries.push(message.entry);
    this.#messages.push(message);
  }

  #write(
    { candidate, told, revision, version }: Change,
    { decision, reason, spends }: Verdict,
    { topics = [], group = '' }: { readonly topics?: readonly string[]; readonly group?: string } = {},
  ): AlertEntry {
    const { finding, state, asks, lifecycle } = candidate;
    // A message of its own opens a ticket, or closes it; anything else leaves it as it is.
    const ticketed = decision === 'sent' && group === '' ? asks : (told?.ticketed ?? false);
    const entry: AlertEntry = {
      key: `alert-${outgoingKey(finding.id, revision, version)}`,
      id: finding.id,
      revision,
      version,
      at: this.#now,
      decision,
      reason,
      asks,
      reopened: lifecycle.reopened,
      severity: finding.severity,
      grade: finding.meeting?.grade ?? 0,
      consequence: consequenceOf(finding),
      spends,
      ticketed,
      group,
      topics,
      members: [],
      item: itemOf(finding, state, reason),
    };
    this.#entries.push(entry);
    return entry;
  }
}

/** What came and went, as it was told of while it was open. */
function asItWasOpen(change: Change): Change {
  const { finding, opened } = change.candidate;
  const candidate = { ...change.candidate, state: 'open', lifecycle: opened!, asks: true };
  return { ...change, candidate, version: versionOf(finding, 'open') };
}

/** `came and went: open from 2026-11-22 09:00 UTC until 2026-11-22 10:00 UTC`. */
function cameAndWent({ lifecycle }: AlertCandidate, opened: OutgoingLifecycle): string {
  return `came and went: open from ${formatMinute(opened.since)} until ${formatMinute(lifecycle.since)}`;
}

/** `0.4`, `3`: a mean number a day. */
function formatRate(rate: number): string {
  return Number.isInteger(rate) ? String(rate) : rate.toFixed(1);
}
