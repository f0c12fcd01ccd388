import { createHash, randomUUID } from 'node:crypto';
import { Fault } from '../../fault/fault.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { parsePortKey, type PortKey } from '../../net/port-key.ts';
import { contains, formatPrefix, parsePrefix, segmentOf, type Prefix } from '../../net/prefix.ts';
import { all, type QueryRunner, type RowWriter } from '../../sql/ports.ts';
import { formatColumnTime, type Clock, type Instant } from '../../time/instant.ts';
import type { AnnouncedChange } from '../anomaly/announced.ts';
import type { Stratum } from '../anomaly/feedback.ts';
import { decodeState, encodeState } from '../anomaly/surprise-codec.ts';
import { SurpriseModel } from '../anomaly/surprise-model.ts';
import { SurpriseState } from '../anomaly/surprise-state.ts';
import { placeOf, type Policy } from '../assess/policy.ts';
import { CensusCount, type CensusSetting } from '../model/census-of-run.ts';
import type { Census } from '../model/census.ts';
import type { SurpriseReport, SurpriseVerdict } from '../model/surprise.ts';
import type { StoredRun } from '../queries/runs.ts';
import {
  allAnnouncements,
  allVerdicts,
  snapshotsOf,
  stateOf,
  surpriseSnapshotTable,
  surpriseStateTable,
  type Snapshot,
} from '../queries/surprise.ts';
import { portSeverity } from './port-severity.ts';
import { RowBatch } from './row-batch.ts';
import { hostsOf, runsOf, withoutSuperseded } from './stored-scans.ts';
import type { RowRemover } from './sweep.ts';

/** What judging a stored run needs from outside. */
export interface SurpriseSetting {
  readonly policy: Policy;
  /** Configured networks; a host outside of them belongs to its /24 or /64. */
  readonly networks: readonly Prefix[];
  /** False alerts per 1,000 host-scans that the user allows. */
  readonly budget: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Called before each scan that is learned on the way. */
  readonly onScan?: (done: number, total: number) => void;
}

/** The verdict of the model on a run, and what it rests on. */
export interface JudgedRun {
  readonly report: SurpriseReport;
  /** What was judged. */
  readonly census: Census;
  /** Earlier scans of the vantage that the model had learned. */
  readonly scans: number;
  /** What verdicts change as things stand. */
  readonly effects: readonly Stratum[];
}

/** Snapshots of a vantage that are kept: the newest answers the next scan, the one before it the same scan again. */
const KEPT = 3;
/** Scans after which a snapshot is kept while many are learned: what a kill costs. */
const STRETCH = 10;

/**
 * Judges a stored run by all earlier runs of its vantage. What was learned is kept in snapshots, so that only runs that
 * no snapshot knows are read: for a new scan that is the scan itself. A scan that was imported late changes the order of
 * what was learned; the model then goes back to the last snapshot before it, and learns on from there.
 */
export async function judgeSurprise(
  store: QueryRunner & RowWriter & RowRemover,
  run: StoredRun,
  setting: SurpriseSetting,
): Promise<JudgedRun> {
  const earlier = await runsBefore(store, run);
  const order = [...earlier, run].map(({ info }) => info.id as string);
  const known = await all(store, snapshotsOf, { vantage: run.info.vantage });
  const start = known.find(
    ({ learned, digest }) => learned < order.length && digest === digestOf(order.slice(0, learned)),
  );
  const read = start === undefined ? undefined : await readState(store, start);
  const state = read ?? new SurpriseState();
  const model = new SurpriseModel({ severity: portSeverity(setting.policy), budget: setting.budget }, state);
  const verdicts = await verdictsInForce(store);
  const announced = await announcedChanges(store);
  const learned = read === undefined ? 0 : (start?.learned ?? 0);
  const todo = [...earlier, run].slice(learned);
  const snapshots = new Snapshots(
    store,
    run.info.vantage,
    known,
    setting.clock,
    await orderOf(store, run.info.vantage),
  );
  let judged: { readonly report: SurpriseReport; readonly census: Census } | undefined;
  for (const [done, next] of todo.entries()) {
    setting.signal?.throwIfAborted();
    setting.onScan?.(done, todo.length);
    const census = await censusOfStored(store, next, setting);
    judged = { census, report: model.observe(census, { verdicts, announced }) };
    const count = learned + done + 1;
    // The last but one answers the same scan again; those on the way are what a long first learning is cut into.
    if (count >= order.length - 1 || count % STRETCH === 0)
      await snapshots.keep(order.slice(0, count), model.state);
  }
  if (judged === undefined) throw new RangeError('there is always the run itself to judge');
  return { ...judged, scans: earlier.length, effects: model.effects(verdicts) };
}

/** The runs of the vantage before this one, oldest first; copies of one scan are one. */
export async function runsBefore(store: QueryRunner, run: StoredRun): Promise<readonly StoredRun[]> {
  const runs = withoutSuperseded(await runsOf(store, { vantage: run.info.vantage }));
  const at = runs.findIndex(({ info }) => info.id === run.info.id);
  const before =
    at >= 0 ? runs.slice(0, at) : runs.filter(({ info }) => (info.start ?? 0) < (run.info.start ?? 0));
  return before.filter(({ info }) => info.id !== run.info.id);
}

/** What a stored run counted; its hosts are streamed and not held. */
export async function censusOfStored(
  store: QueryRunner,
  run: StoredRun,
  setting: Pick<SurpriseSetting, 'policy' | 'networks'>,
): Promise<Census> {
  const count = new CensusCount(run.info, censusSetting(setting, run.info.vantage));
  for await (const host of hostsOf(store, run)) count.add(host);
  return count.census;
}

function censusSetting(
  { policy, networks }: Pick<SurpriseSetting, 'policy' | 'networks'>,
  vantage: string,
): CensusSetting {
  const configured = networks.toSorted((a, b) => b.length - a.length);
  const rolesOfHost = (host: { readonly address: IpAddress }): readonly string[] =>
    placeOf(policy, host.address, vantage).roles;
  if (configured.length === 0) return { rolesOf: rolesOfHost };
  return {
    rolesOf: rolesOfHost,
    networkOf: (address) => {
      const network = configured.find((prefix) => contains(prefix, address));
      return network === undefined ? segmentOf(address) : formatPrefix(network);
    },
  };
}

/** Undefined when the parts were removed meanwhile, or are of another version: then everything is learned again. */
async function readState(store: QueryRunner, snapshot: Snapshot): Promise<SurpriseState | undefined> {
  const [network, ...hosts] = await all(store, stateOf, { snapshot: snapshot.id });
  if (network?.identity !== '') return undefined;
  try {
    return decodeState({ network: network.state, hosts });
  } catch (error) {
    if (error instanceof Fault && error.code === 'surprise/state') return undefined;
    throw error;
  }
}

/** All runs of a vantage in the order in which they are learned. */
async function orderOf(store: QueryRunner, vantage: string): Promise<readonly string[]> {
  return withoutSuperseded(await runsOf(store, { vantage })).map(({ info }) => info.id);
}

/** The snapshots of one vantage. */
class Snapshots {
  readonly #store: RowWriter & RowRemover;
  readonly #vantage: string;
  readonly #clock: Clock;
  readonly #order: readonly string[];
  #known: readonly Omit<Snapshot, 'lastRun'>[];

  constructor(
    store: RowWriter & RowRemover,
    vantage: string,
    known: readonly Omit<Snapshot, 'lastRun'>[],
    clock: Clock,
    order: readonly string[],
  ) {
    this.#order = order;
    this.#store = store;
    this.#vantage = vantage;
    this.#known = known;
    this.#clock = clock;
  }

  /** Keeps what was learned from these runs, unless it is kept already, and removes what is no longer of use. */
  async keep(order: readonly string[], state: SurpriseState): Promise<void> {
    const digest = digestOf(order);
    if (this.#known.some((snapshot) => snapshot.digest === digest)) return;
    // Of an older scan that is looked at again nothing is kept: the newest are what the next scan needs.
    const useful = this.#known.filter((each) => this.#isOfUse(each));
    if (useful.filter(({ learned }) => learned > order.length).length >= KEPT) return;
    const id = randomUUID();
    const { network, hosts } = encodeState(state);
    const batch = new RowBatch(this.#store, surpriseStateTable);
    await batch.add({ snapshot: id, identity: '', state: network });
    for (const host of hosts) await batch.add({ snapshot: id, ...host });
    await batch.flush();
    // The commit: a snapshot whose row is missing is none.
    await this.#store.insert(surpriseSnapshotTable, [
      {
        snapshot: id,
        at: formatColumnTime(this.#clock()),
        vantage: this.#vantage,
        learned: order.length,
        last_run: order.at(-1),
        digest,
      },
    ]);
    const every = [{ id, digest, learned: order.length }, ...this.#known];
    this.#known = every
      .filter((each) => this.#isOfUse(each))
      .toSorted((a, b) => b.learned - a.learned)
      .slice(0, KEPT);
    const old = every.filter((each) => !this.#known.includes(each)).map((each) => each.id);
    if (old.length === 0) return;
    await this.#store.removeRows(surpriseSnapshotTable, 'snapshot', old);
    await this.#store.removeRows(surpriseStateTable, 'snapshot', old);
  }

  /** A snapshot from which later scans can be learned: it was learned from a beginning of the history as it is now. */
  #isOfUse({ learned, digest }: Omit<Snapshot, 'lastRun'>): boolean {
    return digest === digestOf(this.#order.slice(0, learned));
  }
}

function digestOf(order: readonly string[]): string {
  return createHash('sha256').update(order.join('\n')).digest('hex');
}

/** Verdicts that hold, as the model takes them. */
async function verdictsInForce(store: QueryRunner): Promise<readonly SurpriseVerdict[]> {
  const given = (await all(store, allVerdicts, {})).filter(({ takenBack }) => takenBack === undefined);
  return given.map(({ run, identity, said }) => ({ census: run, identity, verdict: said }));
}

async function announcedChanges(store: QueryRunner): Promise<readonly AnnouncedChange[]> {
  return (await all(store, allAnnouncements, {}))
    .filter(({ withdrawn }) => !withdrawn)
    .map(({ ticket, hosts, ports, from, to }) => ({
      ticket,
      hosts: hosts.flatMap((text) => parsePrefix(text) ?? []),
      ports: ports.filter((text): text is PortKey => parsePortKey(text) !== undefined),
      from: from satisfies Instant,
      to,
    }));
}
