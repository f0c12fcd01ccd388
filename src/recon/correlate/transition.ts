import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { AppTrait, Contact, SourceActivity } from '../model/contact.ts';
import type { Depth, Episode, TransitionStep } from '../model/episode.ts';
import { ICMP, touchedName } from '../model/ip-protocol.ts';
import { hasOutcome, type Outcome } from '../model/outcome.ts';
import { counted, formatCount, formatSpan, listed } from '../../text/phrase.ts';
import { isOurs, type Site } from '../model/site.ts';
import { belongsTo } from './apply-ledger.ts';
import { claimsExploit, claimsGuessing, exploitShape } from './exploit-shape.ts';
import { INTERACTIVE_SERVICES, LOGIN_SERVICES } from './login-service.ts';

/**
 * From scan to break-in: the project's own thresholds, between those of fail2ban (5 failures) and Zeek's
 * detect-bruteforcing (30 guesses).
 */
export const TRANSITION = {
  /** Failed logins at one service that make a burst. */
  failedLogins: 10,
  /** Or so many over so many hosts: one password tried everywhere. */
  sprayedLogins: 20,
  sprayedHosts: 5,
  /** Failed or half-open contacts with one host that make a login there afterwards remarkable. */
  scannedPorts: 3,
  /** A connection so long, in microseconds, is no probe: one minute. */
  longTalk: 60e6,
  /** How long after an attempt the target's own connections are held against it, in microseconds: one hour. */
  outboundWithin: 3_600e6,
  /** And where it goes to the web, as machines do every day: five minutes. */
  webWithin: 300e6,
  /** Destinations whose steps are told. */
  destinations: 20,
} as const;

/** Ports of HTTP and HTTPS, and of DNS, DHCP, NTP and syslog: a machine's own business (IANA registry). */
const WEB: ReadonlySet<number> = new Set([80, 443]);
const HOUSEKEEPING: ReadonlySet<number> = new Set([53, 67, 123, 514, 547]);

type Step = TransitionStep['step'];

/**
 * The steps from looking to getting in, for every destination where it went past looking; in order of time. The
 * sources of an episode are one actor: who scans and who exploits may differ. Discovery and a service probe alone
 * are no transition, and give no steps.
 */
export function transitionOf(
  episode: Pick<Episode, 'first' | 'last' | 'sources'>,
  activities: readonly SourceActivity[],
  site: Pick<Site, 'networks'>,
): TransitionStep[] {
  const byDestination = new Map<IpAddress, Course>();
  const courseOf = (destination: IpAddress): Course | undefined => byDestination.get(destination);
  for (const { contacts } of activities) {
    for (const contact of contacts) {
      if (!belongsTo(contact, episode)) continue;
      let course = byDestination.get(contact.destination);
      if (course === undefined) byDestination.set(contact.destination, (course = new Course()));
      course.touch(contact);
    }
  }
  for (const { contacts } of activities) {
    for (const contact of contacts) {
      if (contact.first >= episode.first) courseOf(contact.destination)?.reached(contact);
    }
  }
  for (const activity of activities) {
    for (const trait of activity.app) courseOf(trait.destination)?.said(activity.source, trait);
    for (const alert of activity.alerts) {
      const course = courseOf(alert.destination);
      if (course === undefined || alert.last < course.discovered) continue;
      const at = course.noEarlier(alert.first);
      if (claimsExploit(alert))
        course.attempt('exploit-attempt', at, activity.source, `alert ${alert.signature}`);
      else if (claimsGuessing(alert))
        course.attempt('credential-burst', at, activity.source, `alert ${alert.signature}`);
    }
  }
  markSpraying(byDestination);
  for (const course of byDestination.values()) course.settleSessions();
  const members = new Set(episode.sources);
  for (const activity of activities) {
    for (const contact of activity.outboundAfter) {
      courseOf(contact.source)?.wentOut(contact, members, !isOurs(site, activity.source));
    }
  }
  return [...byDestination]
    .filter(([, course]) => course.isTransition)
    .toSorted(([a, left], [b, right]) => right.reach - left.reach || compareIpAddresses(a, b))
    .slice(0, TRANSITION.destinations)
    .flatMap(([destination, course]) => course.steps(destination))
    .toSorted(
      (a, b) =>
        a.at - b.at || compareIpAddresses(a.destination, b.destination) || ORDER[a.step] - ORDER[b.step],
    );
}

/** How deep the steps go, or the depth that was known where that is deeper. */
export function depthWith(depth: Depth, steps: readonly TransitionStep[]): Depth {
  if (steps.some(({ step }) => step === 'session' || step === 'outbound')) return 'entered';
  if (depth === 'entered') return depth;
  return steps.some(({ step }) => step === 'exploit-attempt' || step === 'credential-burst')
    ? 'attempted'
    : depth;
}

const ORDER: Readonly<Record<Step, number>> = {
  discovery: 0,
  'service-probe': 1,
  'credential-burst': 2,
  'exploit-attempt': 3,
  session: 4,
  outbound: 5,
};

interface Mark {
  readonly at: Instant;
  readonly source: IpAddress;
  readonly text: string;
}

/** What happened at one destination. Every mark keeps its earliest, so that order does not matter. */
class Course {
  discovered = Number.POSITIVE_INFINITY as Instant;
  rejected = 0;
  #first: Contact | undefined;
  #touched = 0;
  #failed = 0;
  readonly #scanners = new Set<IpAddress>();
  readonly #conversations: Contact[] = [];
  readonly #marks = new Map<Step, Mark>();
  readonly #logins: { readonly source: IpAddress; readonly trait: AppTrait }[] = [];
  #guessed: Mark | undefined;

  touch(contact: Contact): void {
    this.#touched += 1;
    if (isFailure(contact.outcome) || contact.outcome === 'half-open') this.#failed += 1;
    this.#scanners.add(contact.source);
    if (
      this.#first === undefined ||
      contact.first < this.#first.first ||
      (contact.first === this.#first.first && compareIpAddresses(contact.source, this.#first.source) < 0)
    ) {
      this.#first = contact;
      this.discovered = contact.first;
    }
  }

  /** Any contact since the episode began, also after its last new one. */
  reached(contact: Contact): void {
    if (conversed(contact)) this.#conversations.push(contact);
  }

  noEarlier(at: Instant): Instant {
    return at < this.discovered ? this.discovered : at;
  }

  /** Something was said above the transport. */
  said(source: IpAddress, trait: AppTrait): void {
    // An echo asks no service.
    if (trait.last < this.discovered || trait.protocol === ICMP) return;
    const where = `${trait.destination} ${touchedName(trait.protocol, trait.port)}`;
    const at = this.noEarlier(trait.first);
    this.#mark('service-probe', {
      at,
      source,
      text: `${source} spoke ${trait.service} to ${where}${trait.agents[0] === undefined ? '' : ` as ${trait.agents[0]}`}`,
    });
    if (trait.service === 'http') {
      const shaped = trait.targets.flatMap((target) => {
        const shape = exploitShape(target);
        return shape === undefined ? [] : [`${shape} ${target}`];
      });
      const [example] = shaped;
      if (example !== undefined)
        this.attempt(
          'exploit-attempt',
          at,
          source,
          `${counted(shaped.length, 'request')} of ${where} in the shape of an exploit, such as ${example}`,
        );
    }
    if (!LOGIN_SERVICES.has(trait.service)) return;
    this.rejected += trait.rejected;
    if (trait.rejected > 0) {
      const mark = {
        at,
        source,
        text: `${source} failed to log in ${counted(trait.rejected, 'time')} at ${where} (${trait.service})`,
      };
      if (trait.rejected >= TRANSITION.failedLogins) this.#mark('credential-burst', mark);
      if (this.#guessed === undefined || isEarlier(mark, this.#guessed)) this.#guessed = mark;
    }
    if (trait.accepted > 0) this.#logins.push({ source, trait });
  }

  attempt(step: 'exploit-attempt' | 'credential-burst', at: Instant, source: IpAddress, what: string): void {
    this.#mark(step, { at, source, text: `${source}: ${what}` });
  }

  /** One password at many hosts: the failures here are a part of it. */
  sprayed(failures: number, hosts: number): void {
    if (this.#guessed === undefined || this.#marks.has('credential-burst')) return;
    this.#mark('credential-burst', {
      ...this.#guessed,
      text: `${this.#guessed.text}, one of ${formatCount(hosts)} hosts with ${formatCount(failures)} failures`,
    });
  }

  /** Logins that succeeded: after an attempt, or on a host that was scanned itself. */
  settleSessions(): void {
    const attempted = this.#attemptedAt();
    for (const { source, trait } of this.#logins) {
      const afterAttempt = attempted !== undefined && trait.last >= attempted;
      const afterScan = INTERACTIVE_SERVICES.has(trait.service) && this.#failed >= TRANSITION.scannedPorts;
      if (!afterAttempt && !afterScan) continue;
      this.#mark('session', {
        at: trait.first >= (attempted ?? this.discovered) ? trait.first : trait.last,
        source,
        text: `${source} logged in at ${trait.destination} ${touchedName(trait.protocol, trait.port)} (${trait.service})${trait.rejected > 0 ? ` after ${counted(trait.rejected, 'failure')}` : ''}`,
      });
    }
    if (attempted === undefined) return;
    for (const contact of this.#conversations) {
      // A closed port that opened, or a long talk with a new one: what a shell does, and what one more probe does not.
      const opened = isFailure(contact.outcome) && contact.last > attempted;
      const long = contact.first > attempted && contact.duration >= TRANSITION.longTalk;
      if (!opened && !long) continue;
      const where = `${contact.destination} ${touchedName(contact.protocol, contact.port)}`;
      this.#mark('session', {
        at: opened ? contact.last : contact.first,
        source: contact.source,
        text: opened
          ? `${contact.source} talked to ${where} after the attempt; the port had not been open before`
          : `${contact.source} talked to ${where} for ${formatSpan(contact.duration)} after the attempt`,
      });
    }
  }

  /**
   * The destination connected to somewhere new: within the hour after an attempt, or at any time back to a source
   * from outside that had scanned it.
   */
  wentOut(contact: Contact, members: ReadonlySet<IpAddress>, scannerIsOutside: boolean): void {
    const attempted = this.#attemptedAt();
    const back = members.has(contact.destination);
    const within = WEB.has(contact.port) ? TRANSITION.webWithin : TRANSITION.outboundWithin;
    const soon =
      attempted !== undefined &&
      contact.first >= attempted &&
      (back || (!HOUSEKEEPING.has(contact.port) && contact.first - attempted <= within));
    const backOutside =
      back && scannerIsOutside && contact.first >= this.discovered && this.#failed >= TRANSITION.scannedPorts;
    if (!conversed(contact) || (!soon && !backOutside)) return;
    const where = `${contact.destination} ${touchedName(contact.protocol, contact.port)}`;
    this.#mark('outbound', {
      at: contact.first,
      source: contact.source,
      text: back
        ? `${contact.source} connected back to ${where}, which had scanned it`
        : `${contact.source} connected to ${where} for the first time, after the attempt`,
    });
  }

  get isTransition(): boolean {
    return this.reach >= ORDER['credential-burst'];
  }

  /** Order of the step that went furthest. */
  get reach(): number {
    let reach = 0;
    for (const step of this.#marks.keys()) reach = Math.max(reach, ORDER[step]);
    return reach;
  }

  steps(destination: IpAddress): TransitionStep[] {
    const first = this.#first;
    const steps: TransitionStep[] = [...this.#marks].map(([step, mark]) => ({ step, destination, ...mark }));
    if (first === undefined) return steps;
    const scanners = [...this.#scanners].toSorted(compareIpAddresses);
    return [
      {
        step: 'discovery',
        destination,
        at: first.first,
        source: first.source,
        text: `${listed(scanners, 3)} touched ${counted(this.#touched, 'service')} of ${destination}, ${touchedName(first.protocol, first.port)} first`,
      },
      ...steps,
    ];
  }

  #attemptedAt(): Instant | undefined {
    const times = [this.#marks.get('exploit-attempt')?.at, this.#marks.get('credential-burst')?.at].filter(
      (at) => at !== undefined,
    );
    return times.length === 0 ? undefined : (Math.min(...times) as Instant);
  }

  #mark(step: Step, mark: Mark): void {
    const known = this.#marks.get(step);
    if (known === undefined || isEarlier(mark, known)) this.#marks.set(step, mark);
  }
}

function isEarlier(a: Mark, b: Mark): boolean {
  return (a.at - b.at || compareIpAddresses(a.source, b.source) || (a.text < b.text ? -1 : 1)) < 0;
}

function isFailure(outcome: Outcome): boolean {
  return outcome === 'refused' || outcome === 'silent' || outcome === 'unreachable';
}

function conversed(contact: Contact): boolean {
  return hasOutcome(contact.outcomes, 'answered') && contact.sourceBytes > 0 && contact.destinationBytes > 0;
}

function markSpraying(byDestination: ReadonlyMap<IpAddress, Course>): void {
  let failures = 0;
  let hosts = 0;
  for (const { rejected } of byDestination.values()) {
    failures += rejected;
    if (rejected > 0) hosts += 1;
  }
  if (failures < TRANSITION.sprayedLogins || hosts < TRANSITION.sprayedHosts) return;
  for (const course of byDestination.values()) course.sprayed(failures, hosts);
}
