import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { sightingsOfFindings } from '../exposure/flow/finding-sightings.ts';
import { Fault } from '../fault/fault.ts';
import type {
  CurrentFinding,
  FindingChange,
  FindingCounts,
  FindingFilter,
  FindingPage,
  FindingPageAsk,
  TrendDay,
} from '../findings/current.ts';
import type { Finding } from '../findings/finding.ts';
import {
  allJudgements,
  covers,
  encodeJudgement,
  findingJudgementTable,
  hostsOfFinding,
  type FindingPlace,
  type FindingState,
  type Judgement,
  type JudgementScope,
  type ScopeKind,
} from '../findings/judgement.ts';
import { lifecycleOf, type Happening, type Lifecycle } from '../findings/lifecycle.ts';
import { compareFindings } from '../findings/ranking.ts';
import { compareSeverity } from '../findings/severity.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { PortKey } from '../net/port-key.ts';
import { contains, formatPrefix, parsePrefix, segmentOf } from '../net/prefix.ts';
import { episodeSightings } from '../recon/flow/episode-sightings.ts';
import { toFinding } from '../recon/flow/summarise-episodes.ts';
import type { Episode } from '../recon/model/episode.ts';
import { standingOf } from '../recon/model/standing.ts';
import { roleDecisions } from '../recon/queries/decisions.ts';
import { all } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import type { Clock, Instant } from '../time/instant.ts';
import { takeEffects, type EffectsContext } from './judge-effects.ts';
import { configuredSite } from './site.ts';

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

/** The one list of findings of both halves, and what people say of them, over an open store. */
export class StoredFindings {
  readonly #store: Store;
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #effects: Pick<EffectsContext, 'anomalies' | 'recon'>;

  constructor(
    store: Store,
    config: Config,
    clock: Clock,
    effects: Pick<EffectsContext, 'anomalies' | 'recon'>,
  ) {
    this.#store = store;
    this.#config = config;
    this.#clock = clock;
    this.#effects = effects;
  }

  /**
   * Brings the list of findings up to what is stored by now, and tells what changed. May be called at any time, by
   * several processes at once; killed on the way, the next call mends it. Throws a Fault `store/…`.
   */
  async refresh(): Promise<readonly FindingChange[]> {
    return [];
  }

  /** A part of the list as it was last refreshed. Throws a Fault `finding/cursor` or `store/…`. */
  async page(ask: FindingPageAsk = {}): Promise<FindingPage> {
    const { filter = {}, limit = 50, cursor } = ask;
    const listed = (await this.list(filter)).map((each): CurrentFinding => ({
      finding: each.finding,
      lifecycle: each.lifecycle,
      standing: each.episode === undefined ? 'review' : standingOf(each.episode),
      run: each.run,
      role: each.place.role,
      network: each.finding.subject.network ?? this.#networkOf(each.place.hosts),
    }));
    const from = cursor === undefined ? 0 : listed.findIndex(({ finding }) => finding.id === cursor) + 1;
    const items = listed.slice(from, from + limit);
    const count = <K extends string>(keyOf: (one: CurrentFinding) => K) => {
      const counts: Partial<Record<K, number>> = {};
      for (const one of listed) counts[keyOf(one)] = (counts[keyOf(one)] ?? 0) + 1;
      return counts;
    };
    return {
      items,
      next: from + limit < listed.length ? items.at(-1)?.finding.id : undefined,
      total: listed.length,
      facets: {
        state: count(({ lifecycle }) => lifecycle.state),
        severity: count(({ finding }) => finding.severity),
        half: count(({ finding }) => finding.half),
        rule: count(({ finding }) => finding.rule) as Record<string, number>,
      },
    };
  }

  /** How many findings stand how, as last refreshed. Throws a Fault `store/…`. */
  async counts(): Promise<FindingCounts> {
    const { total, facets } = await this.page({ limit: 1 });
    const open = (await this.page({ filter: { states: ['open'] }, limit: 1 })).facets;
    return {
      total,
      state: { open: 0, acknowledged: 0, expected: 0, noise: 0, confirmed: 0, resolved: 0, ...facets.state },
      open: { info: 0, low: 0, medium: 0, high: 0, critical: 0, ...open.severity },
      openByHalf: { exposure: 0, recon: 0, ...open.half },
    };
  }

  /** The last so many days (UTC), today included, oldest first. Throws a Fault `store/…`. */
  async trend(_days: number): Promise<readonly TrendDay[]> {
    return [];
  }

  /** One finding with everything: by its identifier or its beginning. Throws a Fault `finding/unknown` or `finding/ambiguous`. */
  async show(reference: string): Promise<ListedFinding> {
    return (await this.find([reference]))[0]!;
  }

  /** Findings of both halves, in the order in which a person should look. Throws a Fault `store/…`. */
  async list(filter: FindingFilter = {}): Promise<readonly ListedFinding[]> {
    const { half, states, host, severity, from, to } = filter;
    const listed = await this.#read(half, filter.unreviewed === true);
    return listed
      .filter(
        ({ finding, lifecycle, episode }) =>
          (states === undefined || states.includes(lifecycle.state)) &&
          (host === undefined || hostsOfFinding(finding).includes(host)) &&
          (severity === undefined || compareSeverity(finding.severity, severity) <= 0) &&
          (from === undefined || finding.lastSeen >= from) &&
          (to === undefined || finding.firstSeen < to) &&
          (filter.unreviewed === true || episode === undefined || standingOf(episode) === 'review'),
      )
      .toSorted((a, b) => compareFindings(a.finding, b.finding));
  }

  /** Findings by identifiers or their beginnings, each once. Throws a Fault `finding/unknown` or `finding/ambiguous`. */
  async find(references: readonly string[]): Promise<readonly ListedFinding[]> {
    const every = await this.#read(undefined, true);
    const found = references.map((reference) => {
      const fits = every.filter(({ finding }) => reference !== '' && finding.id.startsWith(reference));
      const [first] = fits;
      if (first !== undefined && fits.length === 1) return first;
      throw new Fault(
        first === undefined ? 'finding/unknown' : 'finding/ambiguous',
        first === undefined
          ? `there is no finding ${reference.slice(0, 20)}`
          : `${reference} is the beginning of several findings: ${fits.map(({ finding }) => finding.id).join(', ')}`,
        first === undefined ? 'List them: tidemark findings --all' : 'Give more of the identifier.',
      );
    });
    return [...new Set(found)];
  }

  /**
   * Keeps what a person says of findings, after doing what follows from it. Every scope is told before anything is done.
   * Throws a Fault `finding/…`, `baseline/…` or `store/…`.
   */
  async judge(
    findings: readonly ListedFinding[],
    verdict: Verdict,
    who: { readonly by: string; readonly note: string },
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
    const asked = findings.map((listed) => ({
      listed,
      judgement: {
        id: randomUUID(),
        at,
        ...who,
        half: listed.finding.half,
        finding: listed.finding.id,
        rule: listed.finding.rule,
        severity: listed.finding.severity,
        state,
        scope: this.#scopeOf(listed, verdict.scope),
        until,
      },
    }));
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
    const now = new Map(
      (await this.#read(undefined, true)).map(({ finding, lifecycle }) => [finding.id, lifecycle]),
    );
    return judged.map(({ listed: { finding, lifecycle }, judgement, offers }) => ({
      finding,
      judgement,
      lifecycle: now.get(finding.id) ?? lifecycle,
      offers,
    }));
  }

  async #read(half: Finding['half'] | undefined, noise: boolean): Promise<readonly ListedFinding[]> {
    const now = this.#clock();
    const judgements = await all(this.#store, allJudgements, {});
    const listed: ListedFinding[] = [];
    const add = (
      finding: Finding,
      place: FindingPlace,
      happenings: readonly Happening[],
      origin: Pick<ListedFinding, 'run' | 'episode'>,
    ): void => {
      const said = judgements.filter((judgement) => covers(judgement, finding, place));
      const lifecycle = lifecycleOf(
        [
          // A clock that was set back does not take away what was found.
          ...happenings.map((one) => (one.at > now ? { ...one, at: now } : one)),
          ...said.map((judgement) => ({
            kind: 'judged' as const,
            at: judgement.at,
            own: judgement.finding === finding.id,
            judgement,
          })),
        ],
        now,
      );
      if (lifecycle !== undefined) listed.push({ finding, lifecycle, place, judgements: said, ...origin });
    };
    if (half !== 'recon') {
      const roleOf = await this.#roles(now);
      for (const { finding, run, happenings } of await sightingsOfFindings(this.#store)) {
        const hosts = hostsOfFinding(finding);
        const [only] = hosts.length === 1 ? hosts : [];
        const role = only === undefined ? undefined : roleOf(only);
        add(finding, { hosts, port: finding.subject.port, role }, happenings, { run, episode: undefined });
      }
    }
    if (half !== 'exposure')
      for (const { episode, happenings } of await episodeSightings(this.#store, { noise }))
        add(toFinding(episode), placeOfEpisode(episode), happenings, { run: undefined, episode });
    return listed;
  }

  /** What hosts are, as approved or configured: the longest block decides. */
  async #roles(now: Instant): Promise<(host: IpAddress) => string | undefined> {
    const approved = (await all(this.#store, roleDecisions, {})).filter(
      ({ role, until }) => role !== undefined && (until === undefined || until > now),
    );
    const roles = [
      ...approved.flatMap(({ prefix, role }) => {
        const block = parsePrefix(prefix);
        return block === undefined || role === undefined ? [] : [{ prefix: block, role }];
      }),
      ...configuredSite(this.#config.recon).roles.map(({ prefix, role }) => ({ prefix, role: role.role })),
    ].toSorted((a, b) => b.prefix.length - a.prefix.length);
    return (host) => roles.find(({ prefix }) => contains(prefix, host))?.role;
  }

  #scopeOf({ finding, place }: ListedFinding, asked: Verdict['scope']): JudgementScope {
    const { kind } = asked;
    const { hosts, port, role } = place;
    const [host] = hosts.length === 1 ? hosts : [];
    const value = {
      finding: '',
      port: host === undefined || port === undefined ? undefined : `${host} ${port}`,
      host,
      role: asked.value ?? role,
      network: asked.value ?? finding.subject.network ?? this.#networkOf(hosts),
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

  /** The smallest configured network in which all of some hosts lie, else the block in which networks are dealt out. */
  #networkOf(hosts: readonly IpAddress[]): string | undefined {
    const [first] = hosts;
    if (first === undefined) return undefined;
    const configured = this.#config.exposure.networks
      .map(({ prefix }) => parsePrefix(prefix)!)
      .toSorted((a, b) => b.length - a.length);
    const found = [...configured, parsePrefix(segmentOf(first))!].find((prefix) =>
      hosts.every((host) => contains(prefix, host)),
    );
    return found === undefined ? undefined : formatPrefix(found);
  }
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
