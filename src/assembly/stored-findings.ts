import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { Fault } from '../fault/fault.ts';
import type {
  CurrentFinding,
  FindingCounts,
  FindingFilter,
  FindingPage,
  FindingPageAsk,
  Refreshed,
  TrendDay,
} from '../findings/current.ts';
import type { Finding } from '../findings/finding.ts';
import {
  covers,
  encodeJudgement,
  findingJudgementTable,
  type FindingState,
  type Judgement,
  type JudgementScope,
  type ScopeKind,
} from '../findings/judgement.ts';
import type { Lifecycle } from '../findings/lifecycle.ts';
import {
  cellsOf,
  facetsOf,
  findingsBeginning,
  findingsChanged,
  trendSteps,
} from '../findings/queries/listed.ts';
import { findingKeyset, findingsSelected } from '../findings/queries/pages.ts';
import { findingCurrentTable } from '../findings/queries/current.ts';
import { SEVERITIES, type Severity } from '../findings/severity.ts';
import { formatPrefix, parsePrefix } from '../net/prefix.ts';
import type { Episode } from '../recon/model/episode.ts';
import { newestEpisodes } from '../recon/queries/episodes.ts';
import { all } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import { formatInstant, type Clock, type Instant } from '../time/instant.ts';
import { appendAudit, type Deed } from './audited.ts';
import {
  COMMON_TABLES,
  FindingLifecycles,
  type CommonOfFindings,
  type ListedFinding,
  type WhichFindings,
} from './finding-lifecycles.ts';
import { FindingPages } from './finding-pages.ts';
import { FindingPlaces } from './finding-places.ts';
import { CHANGES_GIVEN, FindingProjection, type HostsTouched } from './finding-projection.ts';
import { takeEffects, type EffectsContext } from './judge-effects.ts';
import { ReadModelAge, type Patience } from './read-model-age.ts';
import { WhileUnwritten } from './while-unwritten.ts';

export type { ListedFinding };

type ReferredFinding = ReturnType<typeof findingsBeginning.decode>;
type TrendSteps = ReturnType<typeof trendSteps.decode>;

/** What is to be said of findings. */
export interface Verdict {
  readonly state: FindingState;
  /** How far it reaches; without a value the one of the finding. */
  readonly scope: { readonly kind: ScopeKind; readonly value?: string | undefined };
  readonly until?: Instant | undefined;
}

/** A finding that was judged, and what followed. */
export interface JudgedFinding {
  readonly finding: Finding;
  readonly judgement: Judgement;
  /** How it stands now. */
  readonly lifecycle: Lifecycle;
  /** What was not done and could be, in sentences. */
  readonly offers: readonly string[];
}

/** States with an end: they ask for patience. Of the others an end would say nothing. */
const WITH_END: ReadonlySet<FindingState> = new Set(['acknowledged', 'expected', 'noise']);

const NONE: Readonly<Record<Severity, number>> = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
/** The longest trend: a bound for what one question reads. */
const MOST_DAYS = 3_660;
const DAY = 86_400e6;
/** Trends that are kept until the list is written to. */
const KEPT = 4;

/** What the list works with besides the store. */
export interface FindingsContext {
  /** Where effects of judgements go. */
  readonly effects: Pick<EffectsContext, 'anomalies' | 'recon'>;
  readonly hostsTouched: HostsTouched;
  readonly patience: Patience;
}

/** The one list of findings of both halves, and what people say of them, over an open store. */
export class StoredFindings {
  readonly #store: Store;
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #effects: Pick<EffectsContext, 'anomalies' | 'recon'>;
  readonly #age: ReadModelAge<Refreshed>;
  readonly #pages: FindingPages;
  /** By their first day. */
  readonly #trends: WhileUnwritten<readonly TrendSteps[]>;
  readonly #common: WhileUnwritten<CommonOfFindings>;
  /** What refreshes found that nobody was told yet. */
  #untold: Refreshed | undefined;

  constructor(
    store: Store,
    config: Config,
    clock: Clock,
    { effects, hostsTouched, patience }: FindingsContext,
  ) {
    this.#store = store;
    this.#config = config;
    this.#clock = clock;
    this.#effects = effects;
    this.#pages = new FindingPages(store);
    this.#trends = new WhileUnwritten(() => store.written([findingCurrentTable]), KEPT);
    this.#common = new WhileUnwritten(() => store.written(COMMON_TABLES), 1);
    const projection = new FindingProjection(store, config, clock, hostsTouched);
    this.#age = new ReadModelAge(
      clock,
      async () => {
        const refreshed = await projection.refresh();
        this.#untold = this.#untold === undefined ? refreshed : together(this.#untold, refreshed);
        return refreshed;
      },
      patience,
    );
  }

  /**
   * Brings the list of findings up to what is stored by now, and tells what changed. May be called at any time, by
   * several processes at once; killed on the way, the next call mends it. What lists and judgements found on the way
   * is told too. Throws a Fault `store/…`.
   */
  async refresh(): Promise<Refreshed> {
    const refreshed = await this.#age.renew();
    // Somebody else who asked at the same moment was told.
    const untold = this.#untold ?? { ...refreshed, worked: 0, changed: 0, changes: [] };
    this.#untold = undefined;
    return untold;
  }

  /**
   * Brings the list up to date too, and leaves what changed to be told by the next `refresh`. Returns the number of the
   * refresh, for `changedSince`. Throws a Fault `store/…`.
   */
  async catchUp(): Promise<string> {
    return (await this.#age.renew()).version;
  }

  /** To be called when something was assessed or evaluated: the next list is refreshed first. */
  spoil(): void {
    this.#age.spoil();
  }

  /** Waits until the list is fresh enough to be shown. Throws a Fault `store/…`. */
  keepFresh(): Promise<void> {
    return this.#age.wait();
  }

  /**
   * Findings that stand or read otherwise than at the end of a refresh, in the order in which that was found; each as
   * it stands now. What a killed refresh found may come twice. Throws a Fault `store/…`.
   * @param version `version` or `since` of a refresh; 0 gives all.
   */
  changedSince(version: string): AsyncIterable<CurrentFinding> {
    return this.#store.run(findingsChanged, { version: BigInt(version) });
  }

  /** A part of the list, ten seconds old at most, or as fresh as a long refresh leaves it. Throws a Fault `page/cursor`, `finding/filter` or `store/…`. */
  async page(ask: FindingPageAsk = {}): Promise<FindingPage> {
    await this.keepFresh();
    return this.#pages.page(ask);
  }

  /** How many findings stand how. Throws a Fault `store/…`. */
  async counts(filter: FindingFilter = {}): Promise<FindingCounts> {
    await this.keepFresh();
    const rows = await this.#pages.counts(filter);
    const { facets, total } = facetsOf(filter, rows);
    const open = facetsOf({ ...filter, states: ['open'] }, rows).facets;
    return {
      total,
      state: { open: 0, acknowledged: 0, expected: 0, noise: 0, confirmed: 0, resolved: 0, ...facets.state },
      open: { ...NONE, ...open.severity },
      openByHalf: { exposure: 0, recon: 0, ...open.half },
      cells: cellsOf(filter, rows),
    };
  }

  /** The last so many days (UTC), today included, oldest first. Throws a Fault `store/…`. */
  async trend(days: number): Promise<readonly TrendDay[]> {
    await this.keepFresh();
    const count = Math.min(MOST_DAYS, Math.max(1, Math.trunc(days)));
    const last = Math.floor(this.#clock() / DAY);
    const first = last - count + 1;
    const rows = await this.#trends.of(String(first), () =>
      all(this.#store, trendSteps, { first: BigInt(first) }),
    );
    const open: Record<Severity, number> = { ...NONE };
    const trend: TrendDay[] = [];
    for (let day = first - 1; day <= last; day += 1) {
      const ofDay = rows.filter((row) => row.day === day);
      for (const { severity, turned } of ofDay) open[SEVERITIES[severity]!] += turned;
      const sum = (key: 'fresh' | 'resolved' | 'reopened'): number =>
        ofDay.reduce((total, row) => total + row[key], 0);
      if (day >= first)
        trend.push({
          day: (day * DAY) as Instant,
          open: { ...open },
          fresh: sum('fresh'),
          resolved: sum('resolved'),
          reopened: sum('reopened'),
        });
    }
    return trend;
  }

  /**
   * One finding with everything, worked out anew: by its identifier or its beginning. Throws a Fault `finding/unknown`
   * or `finding/ambiguous`.
   */
  async show(reference: string): Promise<ListedFinding> {
    const [found] = await this.find([reference]);
    return found!;
  }

  /**
   * Findings of both halves, in the order in which a person should look, each worked out anew: all of them in memory.
   * Lists show pages. Refreshes first. Throws a Fault `store/…`.
   */
  async list(filter: FindingFilter = {}): Promise<readonly ListedFinding[]> {
    const ids = await this.matching(filter);
    return this.#workOut({ exposure: ids, recon: ids }, ids);
  }

  /** Identifiers of all findings that a filter selects, in the order of `rank`. Refreshes first. Throws a Fault `store/…`. */
  async matching(filter: FindingFilter): Promise<readonly string[]> {
    await this.catchUp();
    const { query, params } = findingsSelected(filter, findingKeyset('rank', false));
    return all(this.#store, query, params);
  }

  /** Findings by identifiers or their beginnings, each once. Throws a Fault `finding/unknown` or `finding/ambiguous`. */
  async find(references: readonly string[]): Promise<readonly ListedFinding[]> {
    if (!references.every((reference) => /^[0-9a-f]{16}$/.test(reference))) await this.catchUp();
    const found = new Map<string, Finding['half']>();
    for (const reference of references) {
      const { id, half } = await this.#referred(reference);
      found.set(id, half);
    }
    const ids = [...found.keys()];
    const of = (half: Finding['half']): readonly string[] => ids.filter((id) => found.get(id) === half);
    return this.#workOut({ exposure: of('exposure'), recon: of('recon') }, ids);
  }

  /**
   * Keeps what a person says of findings, after doing what follows from it. Every scope is told before anything is done.
   * Throws a Fault `finding/…`, `baseline/…` or `store/…`.
   */
  async judge(
    findings: readonly ListedFinding[],
    verdict: Verdict,
    who: Deed,
  ): Promise<readonly JudgedFinding[]> {
    const at = this.#clock();
    const { state, until } = verdict;
    if (until !== undefined && !WITH_END.has(state))
      throw new Fault(
        'finding/no-end',
        `${state} has no end`,
        `Give an end to ${[...WITH_END].join(', ')} only.`,
      );
    if (until !== undefined && until <= at)
      throw new Fault(
        'finding/ended',
        'that would have ended before it was said',
        'Give --until a later time.',
      );
    const places = await FindingPlaces.at(this.#store, this.#config, at);
    const { by, note } = who;
    const asked = findings.map((listed) => ({
      listed,
      judgement: {
        id: randomUUID(),
        at,
        by,
        note,
        half: listed.finding.half,
        finding: listed.finding.id,
        rule: listed.finding.rule,
        severity: listed.finding.severity,
        state,
        scope: this.#scopeOf(listed, verdict.scope, places),
        until,
      },
    }));
    if (asked.length === 0) return [];
    await appendAudit(this.#config, this.#clock, 'finding.judged', who, {
      subject: asked.length === 1 ? asked[0]!.judgement.finding : `${asked.length} findings`,
      details: {
        state,
        until: until === undefined ? null : formatInstant(until),
        judged: asked.map(({ judgement: { id, finding, scope } }) => ({ judgement: id, finding, scope })),
      },
    });
    const context = { store: this.#store, config: this.#config, clock: this.#clock, ...this.#effects };
    const followed = await takeEffects(context, asked);
    const judged = asked.map(({ listed, judgement }, index) => ({
      listed,
      judgement: { ...judgement, effects: followed[index]?.effects ?? [] },
      offers: followed[index]?.offers ?? [],
    }));
    await this.#store.insert(
      findingJudgementTable,
      judged.map(({ judgement }) => encodeJudgement(judgement)),
    );
    await this.catchUp();
    const ids = findings.map(({ finding }) => finding.id);
    const now = new Map(
      (await this.#workOut({ exposure: ids, recon: ids }, ids)).map((one) => [
        one.finding.id as string,
        one.lifecycle,
      ]),
    );
    return judged.map(({ listed: { finding, lifecycle }, judgement, offers }) => ({
      finding,
      judgement,
      lifecycle: now.get(finding.id) ?? lifecycle,
      offers,
    }));
  }

  /** Some findings in full, worked out anew, in the order of identifiers that is given. */
  async #workOut(which: WhichFindings, order: readonly string[]): Promise<readonly ListedFinding[]> {
    const found = new Map<string, ListedFinding>();
    if (order.length > 0) {
      const common = await this.#common.of('', () => FindingLifecycles.common(this.#store));
      const lifecycles = await FindingLifecycles.read(this.#store, this.#config, this.#clock, common);
      for await (const one of lifecycles.of(which)) found.set(one.finding.id, one);
    }
    return order.flatMap((id) => found.get(id) ?? []);
  }

  /** Episodes of findings of telemetry, by identifier. Throws a Fault `store/…`. */
  async episodesOf(ids: readonly string[]): Promise<ReadonlyMap<string, Episode>> {
    const found = ids.length === 0 ? [] : await all(this.#store, newestEpisodes, { ids });
    return new Map(found.map(({ episode }) => [episode.id, episode]));
  }

  async #referred(reference: string): Promise<ReferredFinding> {
    const ask = (): Promise<readonly ReferredFinding[]> =>
      /^[0-9a-f]{1,16}$/.test(reference)
        ? all(this.#store, findingsBeginning, { prefix: reference })
        : Promise.resolve([]);
    let fits = await ask();
    if (fits.length === 0) {
      await this.catchUp();
      fits = await ask();
    }
    const [only] = fits;
    if (only !== undefined && fits.length === 1) return only;
    throw new Fault(
      only === undefined ? 'finding/unknown' : 'finding/ambiguous',
      only === undefined
        ? `there is no finding ${reference.slice(0, 20)}`
        : `${reference} is the beginning of several findings: ${fits.map(({ id }) => id).join(', ')}`,
      only === undefined ? 'List them: tidemark findings --all' : 'Give more of the identifier.',
    );
  }

  #scopeOf(
    { finding, place }: ListedFinding,
    asked: Verdict['scope'],
    places: FindingPlaces,
  ): JudgementScope {
    const { kind } = asked;
    const { hosts, port, role } = place;
    const [host] = hosts.length === 1 ? hosts : [];
    const value = {
      finding: '',
      port: host === undefined || port === undefined ? undefined : `${host} ${port}`,
      host,
      role: asked.value ?? role,
      network: asked.value ?? finding.subject.network ?? places.networkOf(hosts),
    }[kind];
    const prefix = kind === 'network' && value !== undefined ? parsePrefix(value) : undefined;
    const scope = { kind, value: prefix === undefined ? (value ?? '') : formatPrefix(prefix) };
    // A scope that leaves out what it was said of is a slip.
    const other = { ...finding, finding: `not ${finding.id}` as Finding['id'], scope };
    if (value !== undefined && (kind === 'finding' || covers(other, finding, place))) return scope;
    throw new Fault(
      'finding/scope',
      value === undefined
        ? `finding ${finding.id} is not about one ${kind}`
        : `finding ${finding.id} does not lie in ${kind} ${value}`,
      {
        finding: '',
        port: 'Say it of the finding itself, or of a wider scope: host, network.',
        host: 'Say it of the finding itself, or of a network: --scope network:10.0.0.0/24.',
        role: 'Name the role that the host has, or give it one first: tidemark roles approve.',
        network: 'Name a network in which all its hosts lie: --scope network:10.0.0.0/24.',
      }[kind],
    );
  }
}

/** Two refreshes as one. */
function together(a: Refreshed, b: Refreshed): Refreshed {
  return {
    since: a.since,
    version: b.version,
    worked: a.worked + b.worked,
    changed: a.changed + b.changed,
    changes: [...a.changes, ...b.changes].slice(0, CHANGES_GIVEN),
  };
}
