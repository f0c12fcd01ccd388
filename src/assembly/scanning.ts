import type { Actor } from '../audit/record.ts';
import type { Config } from '../config/config.ts';
import type { ScannedRun } from '../exposure/flow/run-nmap.ts';
import { findStoredFinding, type StoredFinding } from '../exposure/flow/verify-finding.ts';
import { ownScansSince, type OwnScan } from '../exposure/queries/authorised-scans.ts';
import { newestScheduleRuns, type ScheduleRun } from '../exposure/queries/schedule-runs.ts';
import {
  newestVerificationOf,
  newestVerifications,
  type Verification,
} from '../exposure/queries/verifications.ts';
import type { Decision } from '../scope/decide.ts';
import { all, first } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import { formatColumnTime, type Clock, type Instant } from '../time/instant.ts';
import { askScope, scanAuthorised } from './authorised-scan.ts';
import { schedulesDuty, type Duties } from './duties.ts';
import { runDue, type ScheduleOutcome } from './run-due.ts';
import type { ScanAsk, ScanSetting } from './scan-ask.ts';
import { verifyFinding, type VerifyAsk } from './verify-finding.ts';

/** What a face gives to a scan. */
type ScanRoom = Pick<ScanSetting, 'signal' | 'env' | 'onEvent' | 'resolve'>;

/** Does work that writes scans or findings, and has lists refreshed after it. */
type Writing = <T>(work: Promise<T>) => Promise<T>;

/**
 * The scans that this program makes itself, each within the scope: on request, by schedule, and to look again at a
 * finding. Everything throws Faults `scan/…`, `scope/…`, `audit/…` or `store/…`.
 */
export class Scanning {
  readonly #with: { readonly store: Store; readonly config: Config; readonly clock: Clock };
  readonly #duties: Duties;
  readonly #writing: Writing;

  constructor(
    {
      duties,
      ...context
    }: { readonly store: Store; readonly config: Config; readonly clock: Clock; readonly duties: Duties },
    writing: Writing,
  ) {
    this.#with = context;
    this.#duties = duties;
    this.#writing = writing;
  }

  /** What the scope says of a request; nothing is sent. Throws a Fault `scan/unknown-profile`. */
  ask(targets: readonly string[], profile: string, at: Instant = this.#with.clock()): Promise<Decision> {
    return askScope({ config: this.#with.config }, { targets, profile, at });
  }

  /** Makes authorised scans and stores them: see `scanAuthorised`. */
  scan(ask: ScanAsk, setting: ScanRoom): Promise<readonly ScannedRun[]> {
    return this.#writing(scanAuthorised({ ...setting, ...this.#with }, ask));
  }

  /** Looks again at the ports of a finding: see `verifyFinding`. */
  verify(ask: VerifyAsk, setting: ScanRoom): ReturnType<typeof verifyFinding> {
    return this.#writing(verifyFinding({ ...setting, ...this.#with }, ask));
  }

  /** Makes the scans whose time has come: see `runDue`. None while another process makes those of this vantage. */
  async runDue(actor: Actor, setting: ScanRoom): Promise<readonly ScheduleOutcome[]> {
    const { schedules, exposure } = this.#with.config;
    const own = schedules.some(({ vantage }) => vantage === undefined || vantage === exposure.vantage);
    if (!own) return [];
    const duty = schedulesDuty(exposure.vantage);
    const made = await this.#duties.during(duty, () =>
      this.#writing(runDue({ ...setting, ...this.#with }, actor)),
    );
    return made ?? [];
  }

  /** What became of each schedule last, by name. */
  async lastRuns(): Promise<ReadonlyMap<string, ScheduleRun>> {
    return new Map((await all(this.#with.store, newestScheduleRuns, {})).map((run) => [run.schedule, run]));
  }

  /** The newest finding about exposure whose identifier begins so, and what verifying it came to last. */
  async findFinding(
    reference: string,
  ): Promise<{ readonly stored: StoredFinding; readonly verification: Verification | undefined }> {
    const stored = await findStoredFinding(this.#with.store, reference);
    const made = await all(this.#with.store, newestVerifications, {});
    return { stored, verification: made.find((one) => one.finding === stored.finding.id) };
  }

  /** What verifying a finding came to last, by its whole identifier; undefined when nobody did. */
  verificationOf(finding: string): Promise<Verification | undefined> {
    return first(this.#with.store, newestVerificationOf, { finding });
  }

  /** Our own scans that had not ended by an instant, oldest first. */
  ownScans(since: Instant): Promise<readonly OwnScan[]> {
    return all(this.#with.store, ownScansSince, { since: formatColumnTime(since) });
  }
}
