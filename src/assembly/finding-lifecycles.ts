import type { Config } from '../config/config.ts';
import { assessedRuns, sightingsOfFindings, type AssessedRun } from '../exposure/flow/finding-sightings.ts';
import { assessmentTable, scanRun } from '../exposure/queries/tables.ts';
import type { Finding } from '../findings/finding.ts';
import {
  covers,
  findingJudgementTable,
  hostsOfFinding,
  ownJudgements,
  scopedJudgements,
  type FindingPlace,
  type Judgement,
} from '../findings/judgement.ts';
import { lifecycleOf, type Happening, type Lifecycle } from '../findings/lifecycle.ts';
import type { PortKey } from '../net/port-key.ts';
import { episodeSightings } from '../recon/flow/episode-sightings.ts';
import { toFinding } from '../recon/flow/summarise-episodes.ts';
import type { Episode } from '../recon/model/episode.ts';
import { roleDecisions } from '../recon/queries/decisions.ts';
import { roleApprovalTable } from '../recon/queries/tables.ts';
import { all, type QueryRunner } from '../sql/ports.ts';
import type { Clock, Instant } from '../time/instant.ts';
import type { Table } from '../sql/table.ts';
import { FindingPlaces, type RoleDecisionRow } from './finding-places.ts';

/** A finding of either half, and how it stands. */
export interface ListedFinding {
  readonly finding: Finding;
  readonly lifecycle: Lifecycle;
  readonly place: FindingPlace;
  /** What was said that covers it, oldest first. */
  readonly judgements: readonly Judgement[];
  /** The newest scan that has it; undefined for findings of telemetry. */
  readonly run: string | undefined;
  /** The episode that it is; undefined for findings of scans. */
  readonly episode: Episode | undefined;
}

/** The same, and when it has to be worked out again. */
export interface WorkedOutFinding extends ListedFinding {
  /** When it stands otherwise for time alone; undefined: never. */
  readonly due: Instant | undefined;
  /** Evaluations of the episode that it was worked out from; 0 for findings of scans. */
  readonly evaluations: number;
}

/** What all findings have in common, as it was read from the store. */
export interface CommonOfFindings {
  readonly runs: readonly AssessedRun[];
  readonly scoped: readonly Judgement[];
  readonly roles: readonly RoleDecisionRow[];
}

/** What that is read from. */
export const COMMON_TABLES: readonly Table[] = [
  scanRun,
  assessmentTable,
  findingJudgementTable,
  roleApprovalTable,
];

/** Identifiers of findings, by half. Undefined: all of it. */
export interface WhichFindings {
  readonly exposure?: readonly string[] | undefined;
  readonly recon?: readonly string[] | undefined;
}

/** Findings in one question about judgements. */
const AT_ONCE = 2000;

/** Works out how findings stand, from everything that is stored: right by construction, whatever a list remembers. */
export class FindingLifecycles {
  readonly #store: QueryRunner;
  readonly #now: Instant;
  readonly #runs: readonly AssessedRun[];
  /** Judgements that reach further than one finding, by half and rule. */
  readonly #scoped: ReadonlyMap<string, readonly Judgement[]>;
  /** Where findings lie. */
  readonly places: FindingPlaces;

  private constructor(
    store: QueryRunner,
    now: Instant,
    runs: readonly AssessedRun[],
    scoped: readonly Judgement[],
    places: FindingPlaces,
  ) {
    this.#store = store;
    this.#now = now;
    this.#runs = runs;
    const byRule = new Map<string, Judgement[]>();
    for (const judgement of scoped) {
      const ofRule = byRule.get(ruleKey(judgement));
      if (ofRule === undefined) byRule.set(ruleKey(judgement), [judgement]);
      else ofRule.push(judgement);
      // A finding may go by another rule by now: what was said of it by name stays said of it.
      const own = byRule.get(judgement.finding);
      if (own === undefined) byRule.set(judgement.finding, [judgement]);
      else own.push(judgement);
    }
    this.#scoped = byRule;
    this.places = places;
  }

  /** Reads what all findings have in common, from the tables of `COMMON_TABLES`. Throws a Fault `store/…`. */
  static async common(store: QueryRunner): Promise<CommonOfFindings> {
    return {
      runs: await assessedRuns(store),
      scoped: await all(store, scopedJudgements, {}),
      roles: await all(store, roleDecisions, {}),
    };
  }

  /** Findings by what they have in common, read now unless it is given. Throws a Fault `store/…`. */
  static async read(
    store: QueryRunner,
    config: Config,
    clock: Clock,
    common?: CommonOfFindings,
  ): Promise<FindingLifecycles> {
    const now = clock();
    const { runs, scoped, roles } = common ?? (await FindingLifecycles.common(store));
    return new FindingLifecycles(store, now, runs, scoped, FindingPlaces.of(roles, config, now));
  }

  /** The present, for all that it works out. */
  get now(): Instant {
    return this.#now;
  }

  /** When each assessed run looked, and its series. */
  get runs(): readonly AssessedRun[] {
    return this.#runs;
  }

  /** Some findings or all, each once, those of a half by identifier; one that was never made is left out. Throws a Fault `store/…`. */
  async *of(which: WhichFindings): AsyncGenerator<WorkedOutFinding> {
    for await (const batch of inBatches(
      sightingsOfFindings(this.#store, which.exposure, this.#runs),
      AT_ONCE,
    )) {
      const own = await this.#own(batch.map(({ finding }) => finding.id));
      for (const { finding, run, happenings } of batch) {
        const hosts = hostsOfFinding(finding);
        const [only] = hosts.length === 1 ? hosts : [];
        const role = only === undefined ? undefined : this.places.roleOf(only);
        const place = { hosts, port: finding.subject.port, role };
        const worked = this.#workOut(finding, place, happenings, own);
        if (worked !== undefined) yield { ...worked, run, episode: undefined, evaluations: 0 };
      }
    }
    for await (const batch of inBatches(episodeSightings(this.#store, which.recon), AT_ONCE)) {
      const own = await this.#own(batch.map(({ episode }) => episode.id));
      for (const { episode, happenings, evaluations } of batch) {
        const worked = this.#workOut(toFinding(episode), placeOfEpisode(episode), happenings, own);
        if (worked !== undefined) yield { ...worked, run: undefined, episode, evaluations };
      }
    }
  }

  async #own(ids: readonly string[]): Promise<ReadonlyMap<string, readonly Judgement[]>> {
    const own = new Map<string, Judgement[]>();
    for (const judgement of await all(this.#store, ownJudgements, { ids })) {
      const of = own.get(judgement.finding);
      if (of === undefined) own.set(judgement.finding, [judgement]);
      else of.push(judgement);
    }
    return own;
  }

  #workOut(
    finding: Finding,
    place: FindingPlace,
    happenings: readonly Happening[],
    own: ReadonlyMap<string, readonly Judgement[]>,
  ): Omit<WorkedOutFinding, 'run' | 'episode' | 'evaluations'> | undefined {
    const now = this.#now;
    const said = new Set([
      ...(own.get(finding.id) ?? []),
      ...(this.#scoped.get(finding.id) ?? []),
      ...(this.#scoped.get(ruleKey(finding)) ?? []),
    ]);
    const judgements = [...said]
      .filter((judgement) => covers(judgement, finding, place))
      .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    const lifecycle = lifecycleOf(
      [
        // A clock that was set back does not take away what was found.
        ...happenings.map((one) => (one.at > now ? { ...one, at: now } : one)),
        ...judgements.map((judgement) => ({
          kind: 'judged' as const,
          at: judgement.at,
          own: judgement.finding === finding.id,
          judgement,
        })),
      ],
      now,
    );
    if (lifecycle === undefined) return undefined;
    const turns = [
      ...(lifecycle.until === undefined ? [] : [lifecycle.until]),
      // What lies ahead of this clock counts from when it has come, or is taken for the present until then.
      ...judgements.filter(({ at }) => at > now).map(({ at }) => at),
      ...(happenings.some(({ at }) => at > now) ? [now] : []),
    ];
    return {
      finding,
      lifecycle,
      place,
      judgements,
      due: turns.length === 0 ? undefined : (Math.min(...turns) as Instant),
    };
  }
}

function ruleKey({ half, rule }: Pick<Finding, 'half' | 'rule'>): string {
  return `${half} ${rule}`;
}

/** Values a number at a time. */
export async function* inBatches<T>(values: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const value of values) {
    batch.push(value);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function placeOfEpisode(episode: Episode): FindingPlace {
  const { ports, topPorts } = episode.targets;
  const [top] = topPorts;
  return {
    hosts: episode.sources,
    port: ports === 1 && top !== undefined ? (top.port as PortKey) : undefined,
    role: episode.role?.role,
  };
}
