import {
  approveInForce,
  findVersion,
  learnFrom,
  loadBaseline,
  pin,
  pinnedVersion,
  rollBackTo,
  versionsOf,
  type Act,
  type Approval,
  type Learned,
} from '../exposure/flow/baselines.ts';
import { diffAgainstBaseline, expectedRun, type DiffOptions } from '../exposure/flow/diff-stored.ts';
import type { Baseline } from '../exposure/model/baseline.ts';
import type { ChangeSet } from '../exposure/model/change.ts';
import type { ScanRun } from '../exposure/model/scan-run.ts';
import type { BaselineVersion } from '../exposure/queries/baselines.ts';
import type { StoredRun } from '../exposure/queries/runs.ts';
import type { Store } from '../store/store.ts';
import type { Clock, Instant } from '../time/instant.ts';
import { approvalsAsSeen, type ApprovalTarget } from './approve-as-seen.ts';

/** Who acts, and why. */
export type Who = Omit<Act, 'clock'>;

/** What is expected of the network, version by version, over an open store. Everything throws Faults `baseline/…` or `store/…`. */
export class StoredBaselines {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Baseline versions, oldest first. */
  versions(): Promise<readonly BaselineVersion[]> {
    return versionsOf(this.#store);
  }

  /** The version deviations are measured against, if there is any. */
  inForce(): Promise<BaselineVersion | undefined> {
    return pinnedVersion(this.#store);
  }

  /** A version by number, `pinned` or `latest`. */
  find(reference: string): Promise<BaselineVersion> {
    return findVersion(this.#store, reference);
  }

  /** A version with its hosts. */
  load(version: BaselineVersion): Promise<Baseline> {
    return loadBaseline(this.#store, version);
  }

  /** Learns a new version from the given runs, oldest first. */
  learn(runs: readonly StoredRun[], who: Who): Promise<Learned> {
    return learnFrom(this.#store, runs, this.#act(who));
  }

  /** Makes a new version in which the approvals hold, and puts it in force. */
  approve(
    approvals: readonly Approval[],
    who: Who & { readonly until?: Instant },
  ): Promise<{ readonly version: BaselineVersion; readonly baseline: Baseline }> {
    return approveInForce(this.#store, approvals, { ...who, clock: this.#clock });
  }

  /**
   * Makes a new version in which the targets are expected as a scan saw them, and puts it in force. Throws a Fault
   * `baseline/nothing-to-approve` when a host that is named whole does not depart from the one in force.
   */
  async approveAsSeen(
    scan: StoredRun,
    targets: readonly ApprovalTarget[],
    who: Who & { readonly until?: Instant },
  ): Promise<{ readonly version: BaselineVersion; readonly baseline: Baseline }> {
    const inForce = await this.find('pinned');
    const { changes } = await this.diff(inForce, scan, { evenIfIncomparable: true });
    const { hosts } = await this.load(inForce);
    return this.approve(approvalsAsSeen(targets, scan, changes, hosts), who);
  }

  /** Measures deviations against this version from now on. */
  pin(version: BaselineVersion, who: Who): Promise<void> {
    return pin(this.#store, version, this.#act(who));
  }

  /** Makes a new version with the content of an old one, and puts it in force. */
  rollBack(
    target: BaselineVersion,
    who: Who,
  ): Promise<{ readonly version: BaselineVersion; readonly baseline: Baseline }> {
    return rollBackTo(this.#store, target, this.#act(who));
  }

  /** What a baseline version expects now, in the shape of a scan: one side of a diff. */
  expectedRun(version: BaselineVersion): Promise<ScanRun> {
    return expectedRun(this.#store, version, this.#clock());
  }

  /** Everything in which a stored run departs from a baseline version, as changes. */
  diff(version: BaselineVersion, run: StoredRun, options?: DiffOptions): Promise<ChangeSet> {
    return diffAgainstBaseline(this.#store, version, run, this.#clock(), options);
  }

  #act(who: Who): Act {
    return { ...who, clock: this.#clock };
  }
}
