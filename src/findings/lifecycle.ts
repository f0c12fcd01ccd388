import { compareText } from '../text/order.ts';
import type { Instant } from '../time/instant.ts';
import type { FindingState, Judgement } from './judgement.ts';
import { compareSeverity, type Severity } from './severity.ts';

/** What is known of one finding, at one instant. */
export type Happening =
  /** It was made: by an assessment (the time of its scan), or by telemetry with new activity. */
  | { readonly kind: 'seen'; readonly at: Instant; readonly severity: Severity; readonly where: string }
  /** A look that would have made it did not; `why` in words, without a full stop. */
  | { readonly kind: 'not-seen'; readonly at: Instant; readonly where: string; readonly why: string }
  /** A person said something that covers it. `own`: of this finding by name, not of a scope that it lies in. */
  | { readonly kind: 'judged'; readonly at: Instant; readonly own: boolean; readonly judgement: Judgement };

/** One change of state. */
export interface LifecycleStep {
  readonly at: Instant;
  readonly from: FindingState | undefined;
  readonly to: FindingState;
  /** In words, without a full stop. */
  readonly why: string;
  /** Who said it; undefined for what followed by itself. */
  readonly by: string | undefined;
  /** Was it taken up again by itself, after somebody or a scan was done with it? */
  readonly reopened: boolean;
}

/** How a finding stands now, and how that came. */
export interface Lifecycle {
  readonly state: FindingState;
  readonly since: Instant;
  readonly why: string;
  /** The judgement that holds; undefined where none does. */
  readonly judgement: Judgement | undefined;
  /** When the judgement ends by itself. */
  readonly until: Instant | undefined;
  readonly reopened: { readonly count: number; readonly reason: string | undefined };
  /** Whether the last look that could tell made it. */
  readonly present: boolean;
  /** Every change of state, oldest first. */
  readonly steps: readonly LifecycleStep[];
}

/**
 * How a finding stands, from everything that is known of it. The order of the happenings given does not matter: they
 * are taken by time, and of one instant looks come before what was said.
 *
 * | state        | seen again | seen, worse than judged | not seen by a look that covers it | its time ends           |
 * | ------------ | ---------- | ----------------------- | --------------------------------- | ----------------------- |
 * | open         | open       | open                    | resolved                          |                         |
 * | acknowledged | as it is   | open                    | resolved                          | open                    |
 * | expected     | as it is   | open                    | as it is                          | open; resolved if gone  |
 * | noise        | as it is   | open                    | as it is                          | open; resolved if gone  |
 * | confirmed    | as it is   | as it is                | resolved                          |                         |
 * | resolved     | open       | open                    | as it is                          |                         |
 *
 * A judgement leads to its state from any other, and the last one said holds, however wide. One look that covers the
 * finding and does not make it is enough to resolve it (N = 1): a scan that covers the port is no sample, and what
 * comes back opens the same finding again. `expected` and `noise` are said of the finding whether it is there or not,
 * so a service that comes and goes does not come back to the list each time. A judgement ends at its `until`, that
 * instant included. What was said of a scope before the finding was first made covers it when it says what is to be
 * made of such things (acknowledged, expected, noise), and says nothing of it otherwise.
 * @param now until when to look; judgements that have ended by then have ended.
 * @returns undefined when it was never made by then.
 */
export function lifecycleOf(happenings: readonly Happening[], now: Instant): Lifecycle | undefined {
  const account = new Account();
  const inOrder = happenings.filter(({ at }) => at <= now).toSorted(compareHappenings);
  if (!inOrder.some(({ kind }) => kind === 'seen')) return undefined;
  for (const happening of inOrder) {
    account.passTo(happening.at);
    account.take(happening);
  }
  account.passTo(now);
  return account.result();
}

/** Judgements that say what is to be made of findings to come. */
const STANDING_ORDERS: ReadonlySet<FindingState> = new Set(['acknowledged', 'expected', 'noise']);
/** States that a look does not end. */
const WHETHER_THERE_OR_NOT: ReadonlySet<FindingState> = new Set(['expected', 'noise']);
const RANK: Readonly<Record<Happening['kind'], number>> = { seen: 0, 'not-seen': 1, judged: 2 };

function compareHappenings(a: Happening, b: Happening): number {
  return a.at - b.at || RANK[a.kind] - RANK[b.kind] || compareText(JSON.stringify(a), JSON.stringify(b));
}

/** The fold: one happening at a time, in order. */
class Account {
  readonly #steps: LifecycleStep[] = [];
  #state: FindingState | undefined;
  #judgement: Judgement | undefined;
  #severity: Severity | undefined;
  #present = false;
  #reopened = 0;

  /** Lets a judgement end whose time is over by an instant. */
  passTo(at: Instant): void {
    const { state, until, by } = this.#judgement ?? {};
    if (until === undefined || until > at) return;
    const why = `${state}, said by ${by}, held until then`;
    if (this.#severity === undefined) this.#drop();
    else if (this.#present) this.#reopen(until, why);
    else this.#follow(until, 'resolved', `${why}, and it is no longer seen`);
  }

  take(happening: Happening): void {
    switch (happening.kind) {
      case 'seen':
        this.#see(happening);
        return;
      case 'not-seen':
        this.#miss(happening);
        return;
      case 'judged':
        this.#hear(happening);
        return;
      default:
        happening satisfies never;
    }
  }

  result(): Lifecycle | undefined {
    const last = this.#steps.at(-1);
    if (this.#state === undefined || last === undefined || this.#severity === undefined) return undefined;
    return {
      state: this.#state,
      since: last.at,
      why: last.why,
      judgement: this.#judgement,
      until: this.#judgement?.until,
      reopened: {
        count: this.#reopened,
        reason: this.#steps.findLast(({ reopened }) => reopened)?.why,
      },
      present: this.#present,
      steps: this.#steps,
    };
  }

  #see({ at, severity, where }: Extract<Happening, { kind: 'seen' }>): void {
    const before = this.#severity;
    this.#severity = severity;
    this.#present = true;
    if (this.#state === undefined) {
      this.#follow(at, 'open', `first seen in ${where}`);
      return;
    }
    // A standing order was there first.
    if (before === undefined && this.#judgement !== undefined)
      this.#step(at, this.#state, wordsOf(this.#judgement), this.#judgement.by);
    if (this.#state === 'resolved') this.#reopen(at, `seen again in ${where}`);
    else this.#openIfWorse(at);
  }

  #miss({ at, where, why }: Extract<Happening, { kind: 'not-seen' }>): void {
    if (this.#severity === undefined) return;
    this.#present = false;
    if (this.#state === undefined || this.#state === 'resolved' || WHETHER_THERE_OR_NOT.has(this.#state))
      return;
    this.#follow(at, 'resolved', `not seen in ${where}: ${why}`);
  }

  #hear({ at, own, judgement }: Extract<Happening, { kind: 'judged' }>): void {
    const { state, by, until } = judgement;
    const unseen = this.#severity === undefined;
    if (unseen && !own && !STANDING_ORDERS.has(state)) {
      // What was said last holds: it takes back a standing order, and else it was of others.
      this.#drop();
      return;
    }
    if (until !== undefined && until <= at) return;
    const from = this.#state;
    this.#state = state;
    this.#judgement = judgement;
    if (unseen) return;
    this.#steps.push({ at, from, to: state, why: wordsOf(judgement), by, reopened: false });
    this.#openIfWorse(at);
  }

  /** A person who accepted something milder did not accept this. */
  #openIfWorse(at: Instant): void {
    if (this.#judgement === undefined || this.#severity === undefined || this.#state === undefined) return;
    if (!STANDING_ORDERS.has(this.#state)) return;
    if (compareSeverity(this.#severity, this.#judgement.severity) >= 0) return;
    this.#reopen(at, `severity rose from ${this.#judgement.severity} to ${this.#severity}`);
  }

  #reopen(at: Instant, why: string): void {
    this.#reopened += 1;
    this.#judgement = undefined;
    this.#step(at, 'open', why, undefined, true);
  }

  #follow(at: Instant, to: FindingState, why: string): void {
    this.#judgement = undefined;
    this.#step(at, to, why, undefined);
  }

  #step(at: Instant, to: FindingState, why: string, by: string | undefined, reopened = false): void {
    const from = this.#steps.length === 0 ? undefined : this.#state;
    this.#state = to;
    this.#steps.push({ at, from, to, why, by, reopened });
  }

  #drop(): void {
    this.#state = undefined;
    this.#judgement = undefined;
  }
}

function wordsOf({ state, by, note, scope }: Judgement): string {
  const where = scope.kind === 'finding' ? '' : ` for ${scope.kind} ${scope.value}`;
  return `${state}${where}, said by ${by}${note === '' ? '' : `: ${note}`}`;
}
