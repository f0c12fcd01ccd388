import type { Config } from '../config/config.ts';
import type { PlannedChange } from '../findings/alerts/planned.ts';
import { describeSurprise, type DescribedSurprise } from '../exposure/flow/anomalies.ts';
import {
  announce,
  giveVerdict,
  listAnnouncements,
  listVerdicts,
  takeBack,
  withdraw,
  type Announcement,
  type GivenVerdict,
  type Said,
  type ToAnnounce,
} from '../exposure/flow/feedback.ts';
import { featuresOfRun } from '../exposure/flow/run-features.ts';
import { judgeSurprise, type JudgedRun } from '../exposure/flow/surprise-history.ts';
import type { Policy } from '../exposure/flow/policies.ts';
import type { StoredRun } from '../exposure/queries/runs.ts';
import { Fault } from '../fault/fault.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { parsePrefix } from '../net/prefix.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../time/instant.ts';

/** What people say of unusual hosts, and what follows from it, over an open store. */
export class StoredAnomalies {
  readonly #store: Store;
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #policy: () => Promise<Policy>;

  constructor(store: Store, config: Config, clock: Clock, policy: () => Promise<Policy>) {
    this.#store = store;
    this.#config = config;
    this.#clock = clock;
    this.#policy = policy;
  }

  /** What the model says of a run. */
  async judge(run: StoredRun): Promise<JudgedRun> {
    return judgeSurprise(this.#store, run, {
      ...(await this.#setting()),
      budget: this.#config.exposure.anomaly.budget,
      clock: this.#clock,
    });
  }

  /** The same in words, for single hosts. */
  async describe(run: StoredRun): Promise<DescribedSurprise> {
    return describeSurprise(await this.judge(run));
  }

  /**
   * Keeps a verdict on a host of a run. Throws a Fault `feedback/not-unusual` when nothing was unusual about it.
   * @param judged what the model says of the run, where that is known already.
   */
  async say(
    run: StoredRun,
    host: IpAddress,
    said: GivenVerdict['said'],
    who: Omit<Said, 'at'>,
    judged?: JudgedRun,
  ): Promise<GivenVerdict> {
    const { report } = judged ?? (await this.judge(run));
    const found = report.hosts.find((one) => one.host === host);
    if (found === undefined) {
      throw new Fault(
        'feedback/not-unusual',
        `nothing about ${host} was unusual in scan ${run.info.id}`,
        'See `tidemark assess SCAN --full` for the hosts that were.',
      );
    }
    return giveVerdict(
      this.#store,
      { run: run.info.id, identity: found.identity, host, said },
      this.#said(who),
    );
  }

  verdicts(): Promise<readonly GivenVerdict[]> {
    return listVerdicts(this.#store);
  }

  takeBack(reference: string, who: Omit<Said, 'at'>): Promise<GivenVerdict> {
    return takeBack(this.#store, reference, this.#said(who));
  }

  announce(change: ToAnnounce, who: Omit<Said, 'at'>): Promise<Announcement> {
    return announce(this.#store, change, this.#said(who));
  }

  announcements(): Promise<readonly Announcement[]> {
    return listAnnouncements(this.#store);
  }

  /** Announced changes that were not withdrawn. */
  async planned(): Promise<readonly PlannedChange[]> {
    return (await this.announcements())
      .filter(({ withdrawn }) => !withdrawn)
      .map(({ id, ticket, hosts, ports, from, to }) => ({
        id,
        ticket,
        hosts: hosts.map((text) => parsePrefix(text)!),
        ports,
        from,
        to,
      }));
  }

  withdraw(reference: string, who: Omit<Said, 'at'>): Promise<Announcement> {
    return withdraw(this.#store, reference, this.#said(who));
  }

  /** The features of every host of a run; computed once, then read. */
  async features(run: StoredRun): ReturnType<typeof featuresOfRun> {
    return featuresOfRun(this.#store, run, { ...(await this.#setting()), clock: this.#clock });
  }

  async #setting() {
    const networks = this.#config.exposure.networks.map(({ prefix }) => parsePrefix(prefix)!);
    return { policy: await this.#policy(), networks };
  }

  #said(who: Omit<Said, 'at'>): Said {
    return { ...who, at: this.#clock() };
  }
}
