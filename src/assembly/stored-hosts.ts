import type { Host } from '../exposure/model/host.ts';
import type { FindingPage } from '../findings/current.ts';
import type { Severity } from '../findings/severity.ts';
import { historyOfHost, runsOf } from '../exposure/flow/stored-scans.ts';
import { listHosts } from '../exposure/queries/hosts.ts';
import { Fault } from '../fault/fault.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { PortKey } from '../net/port-key.ts';
import type { Instant } from '../time/instant.ts';
import { all } from '../sql/ports.ts';
import type { Store } from '../store/store.ts';
import { portMatrix, type PortMatrix } from '../exposure/model/port-matrix.ts';
import type { ListedEpisode, StoredEpisodes } from './stored-episodes.ts';
import type { StoredFindings } from './stored-findings.ts';

/** Which hosts. Undefined: does not matter. All that are given must fit. Texts are hostile: escape. */
export interface HostFilter {
  /** Words that all stand in the address, a name, the vendor of the network card or the operating system; case does not matter. */
  readonly text?: string | undefined;
  /** In this block in CIDR notation. */
  readonly within?: string | undefined;
  /** This port was open in the newest scan that tried ports. */
  readonly port?: PortKey | undefined;
  /** With an open finding this severe or worse. */
  readonly severity?: Severity | undefined;
}

/** In which order: by address (IPv4 first); the highest risk first; the newest seen first. */
export const HOST_SORTS = ['address', 'risk', 'last-seen'] as const;

/** See HOST_SORTS. */
export type HostSort = (typeof HOST_SORTS)[number];

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
export interface CurrentHost {
  readonly address: IpAddress;
  /** Its names in the latest run that gave any. */
  readonly names: readonly string[];
  readonly vendor: string;
  readonly os: string;
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
  readonly runs: number;
  readonly lastRun: string;
  /** Ports that were open in the newest run that tried ports, by number. */
  readonly openPorts: readonly PortKey[];
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

/** Hosts as they stand now, over an open store. */
export class StoredHosts {
  readonly #store: Store;
  readonly #findings: Pick<StoredFindings, 'page'>;
  readonly #episodes: Pick<StoredEpisodes, 'page'>;

  constructor(store: Store, findings: Pick<StoredFindings, 'page'>, episodes: Pick<StoredEpisodes, 'page'>) {
    this.#store = store;
    this.#findings = findings;
    this.#episodes = episodes;
  }

  /** A part of the list as it was last refreshed. Throws a Fault `host/cursor` or `store/…`. */
  async page(ask: HostPageAsk = {}): Promise<HostPage> {
    const { limit = 50, cursor } = ask;
    const hosts = (await all(this.#store, listHosts, {})).map((host): CurrentHost => ({
      address: host.address,
      names: host.names,
      vendor: '',
      os: '',
      firstSeen: host.firstSeen,
      lastSeen: host.lastSeen,
      runs: host.runs,
      lastRun: host.lastRun,
      openPorts: [],
      risk: 0,
      worst: undefined,
      openFindings: 0,
    }));
    const from = cursor === undefined ? 0 : hosts.findIndex(({ address }) => address === cursor) + 1;
    const items = hosts.slice(from, from + limit);
    return {
      items,
      next: from + limit < hosts.length ? items.at(-1)?.address : undefined,
      total: hosts.length,
      worst: {},
    };
  }

  /** Everything about one host. Throws a Fault `host/unknown` when no scan has seen it. */
  async detail(address: IpAddress): Promise<HostDetail> {
    const { items } = await this.page({ limit: 500 });
    const host = items.find((each) => each.address === address);
    const sightings = await historyOfHost(this.#store, address);
    const newest = sightings.at(-1);
    if (host === undefined || newest === undefined)
      throw new Fault('host/unknown', `no scan has seen ${address}`, 'List the hosts: tidemark hosts');
    const runs = new Map((await runsOf(this.#store)).map(({ info }) => [info.id as string, info]));
    const episodes = await this.#episodes.page({ filter: { target: address }, limit: 50 });
    return {
      host,
      newest,
      ports: portMatrix(
        sightings.flatMap((each) => {
          const info = runs.get(each.run);
          return info === undefined ? [] : [{ info, host: each.host }];
        }),
      ),
      findings: await this.#findings.page({ filter: { host: address, unreviewed: true } }),
      touchedBy: episodes.items,
      touchedByTotal: episodes.total,
    };
  }
}
