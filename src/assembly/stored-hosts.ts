import type { Host } from '../exposure/model/host.ts';
import { historyOfHost, runsOf } from '../exposure/flow/stored-scans.ts';
import { portMatrix, type PortMatrix } from '../exposure/model/port-matrix.ts';
import {
  hostBounds,
  hostsListed,
  listHosts,
  runsNotTakenIn,
  workOutHosts,
  type ListedHost,
} from '../exposure/queries/host-list.ts';
import {
  hostKeyset,
  hostPlaces,
  hostsByWorst,
  type HostFilter,
  type HostSort,
} from '../exposure/queries/host-pages.ts';
import type { StoredRun } from '../exposure/queries/runs.ts';
import { scanRun } from '../exposure/queries/tables.ts';
import { addressFromColumn } from '../exposure/queries/host-row.ts';
import { Fault } from '../fault/fault.ts';
import type { FindingPage } from '../findings/current.ts';
import { risksOfHosts } from '../findings/queries/host-risk.ts';
import { encodeInputs, nextVersion, readModelInputTable } from '../findings/queries/read-model.ts';
import { SEVERITIES, type Severity } from '../findings/severity.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { all, first } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../time/instant.ts';
import { WhileUnwritten } from './while-unwritten.ts';
import { ReadModelAge, type Patience } from './read-model-age.ts';
import type { ListedEpisode, StoredEpisodes } from './stored-episodes.ts';
import type { StoredFindings } from './stored-findings.ts';

/** Which part of the list. */
export interface HostPageAsk {
  readonly filter?: HostFilter | undefined;
  /** Default: address. */
  readonly sort?: HostSort | undefined;
  readonly reverse?: boolean | undefined;
  /** `next` of the page before, with the same sort. */
  readonly cursor?: string | undefined;
  /** Default 50, at most 500. */
  readonly limit?: number | undefined;
}

/** A host as it stands now. Texts are hostile: escape. */
export interface CurrentHost extends ListedHost {
  /** Posture, 0–100, of its open findings (see riskOf). */
  readonly risk: number;
  /** Of its open findings; undefined without any. */
  readonly worst: Severity | undefined;
  readonly openFindings: number;
}

/** A part of the list. */
export interface HostPage {
  readonly items: readonly CurrentHost[];
  readonly next: string | undefined;
  readonly total: number;
  /** How many hosts have which worst severity of an open finding; `none` for those without. Without the part of the filter on it. */
  readonly worst: Readonly<Partial<Record<Severity | 'none', number>>>;
}

/** Everything about one host. */
export interface HostDetail {
  readonly host: CurrentHost;
  /** As the newest run saw it. */
  readonly newest: { readonly run: string; readonly host: Host };
  readonly ports: PortMatrix;
  /** Its findings, the first page, whatever their state. */
  readonly findings: FindingPage;
  /** Episodes that touched it, newest first, at most 50. */
  readonly touchedBy: readonly ListedEpisode[];
  readonly touchedByTotal: number;
}

/** Hosts of one page. */
const PAGE = { usual: 50, most: 500 };
/** Hosts worked out in one statement: it holds all runs of them in memory. */
const AT_ONCE = 5000;
/** Before every address. */
const LEAST = '::';

/** Hosts as they stand now, over an open store. */
export class StoredHosts {
  readonly #store: Store;
  readonly #findings: Pick<StoredFindings, 'page' | 'keepFresh'>;
  readonly #episodes: Pick<StoredEpisodes, 'page'>;
  readonly #age: ReadModelAge<void>;
  readonly #runs: WhileUnwritten<readonly StoredRun[]>;

  constructor(
    store: Store,
    clock: Clock,
    findings: Pick<StoredFindings, 'page' | 'keepFresh'>,
    episodes: Pick<StoredEpisodes, 'page'>,
    patience: Patience,
  ) {
    this.#store = store;
    this.#findings = findings;
    this.#episodes = episodes;
    this.#runs = new WhileUnwritten(() => store.written([scanRun]), 1);
    this.#age = new ReadModelAge(clock, () => this.#refresh(), patience);
  }

  /**
   * Brings the list of hosts up to the scans that are stored by now. May be called at any time; killed on the way, the
   * next call mends it. Throws a Fault `store/…`.
   */
  refresh(): Promise<void> {
    return this.#age.renew();
  }

  /** To be called when scans were imported: the next list is refreshed first. */
  spoil(): void {
    this.#age.spoil();
  }

  /** Waits until the list is fresh enough to be shown. Throws a Fault `store/…`. */
  async keepFresh(): Promise<void> {
    await Promise.all([this.#age.wait(), this.#findings.keepFresh()]);
  }

  /** Every host, in address order. Refreshes first. Throws a Fault `store/…`. */
  async *list(): AsyncGenerator<ListedHost> {
    await this.refresh();
    yield* this.#store.run(listHosts, {});
  }

  /**
   * A part of the list, ten seconds old at most. Throws a Fault `page/cursor`, `finding/filter` or `store/…`.
   */
  async page(ask: HostPageAsk = {}): Promise<HostPage> {
    await this.keepFresh();
    const { filter = {}, sort = 'address', reverse = false, cursor } = ask;
    const limit = Math.min(PAGE.most, Math.max(1, Math.trunc(ask.limit ?? PAGE.usual)));
    const keyset = hostKeyset(sort, reverse);
    const asked = hostPlaces(filter, keyset, cursor, limit + 1);
    const counted = hostsByWorst(filter);
    const [places, counts] = await Promise.all([
      all(this.#store, asked.query, asked.params),
      all(this.#store, counted.query, counted.params),
    ]);
    const shown = places.slice(0, limit);
    const last = shown.at(-1);
    const least = filter.severity === undefined ? -1 : SEVERITIES.indexOf(filter.severity);
    const fits = (worst: Severity | 'none'): boolean =>
      worst === 'none' ? least < 0 : SEVERITIES.indexOf(worst) >= least;
    return {
      items: await this.#shown(shown.map(({ address }) => address)),
      next: places.length > limit && last !== undefined ? keyset.cursor(last.place) : undefined,
      total: counts.reduce((sum, { worst, hosts }) => sum + (fits(worst) ? hosts : 0), 0),
      worst: Object.fromEntries(counts.map(({ worst, hosts }) => [worst, hosts])),
    };
  }

  /** Everything about one host. Throws a Fault `host/unknown` when no scan has seen it. */
  async detail(address: IpAddress): Promise<HostDetail> {
    await this.keepFresh();
    const every = this.#runs.of('', () => runsOf(this.#store));
    const [[host], sightings, runs, findings, episodes] = await Promise.all([
      this.#shown([address]),
      historyOfHost(this.#store, address, every),
      every,
      this.#findings.page({ filter: { host: address, unreviewed: true } }),
      this.#episodes.page({ filter: { target: address }, limit: PAGE.usual }),
    ]);
    const newest = sightings.at(-1);
    if (host === undefined || newest === undefined)
      throw new Fault('host/unknown', `no scan has seen ${address}`, 'List the hosts: tidemark hosts');
    const byId = new Map(runs.map(({ info }) => [info.id as string, info]));
    return {
      host,
      newest,
      ports: portMatrix(
        sightings.flatMap((each) => {
          const info = byId.get(each.run);
          return info === undefined ? [] : [{ info, host: each.host }];
        }),
      ),
      findings,
      touchedBy: episodes.items,
      touchedByTotal: episodes.total,
    };
  }

  async #shown(addresses: readonly IpAddress[]): Promise<readonly CurrentHost[]> {
    if (addresses.length === 0) return [];
    const [hosts, risks] = await Promise.all([
      all(this.#store, hostsListed, { addresses }),
      all(this.#store, risksOfHosts, { addresses }),
    ]);
    const byAddress = new Map(hosts.map((host) => [host.address, host]));
    const riskOf = new Map(risks.map(({ host, ...risk }) => [addressFromColumn(host), risk]));
    return addresses.flatMap((address) => {
      const host = byAddress.get(address);
      const { risk = 0, worst, open = 0 } = riskOf.get(address) ?? {};
      return host === undefined ? [] : [{ ...host, risk, worst, openFindings: open }];
    });
  }

  async #refresh(): Promise<void> {
    const store = this.#store;
    // Before anything is read: of two at once the one that knows more has the higher number.
    const version = await first(store, nextVersion, {});
    const runs = await all(store, runsNotTakenIn, {});
    if (version === undefined || runs.length === 0) return;
    let after = LEAST;
    for (const last of await all(store, hostBounds, { runs, every: AT_ONCE })) {
      await store.execute(workOutHosts, { version, runs, after, last });
      after = last;
    }
    await store.insert(readModelInputTable, encodeInputs('host', 'run', runs, version));
  }
}
