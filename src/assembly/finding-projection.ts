import { createHash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { sameSeries, shortAnswer } from '../exposure/flow/stored-scans.ts';
import { addressFromColumn } from '../exposure/queries/host-row.ts';
import { assessmentsNotTakenIn, findingsConcerned } from '../exposure/queries/findings.ts';
import type { CurrentFinding, FindingChange, Refreshed } from '../findings/current.ts';
import { covers, judgementsNotTakenIn, type FindingPlace, type Judgement } from '../findings/judgement.ts';
import {
  encodeCurrent,
  findingCurrentTable,
  type CurrentRow,
  type EpisodeColumns,
} from '../findings/queries/current.ts';
import { findingsBefore, findingsDue, placesOfAll, placesOfRule } from '../findings/queries/listed.ts';
import {
  currentRows,
  encodeInputs,
  newestVersion,
  nextVersion,
  readModelInputTable,
  rememberedInput,
} from '../findings/queries/read-model.ts';
import type { FindingId } from '../findings/finding.ts';
import type { PortKey } from '../net/port-key.ts';
import { lineOfEpisode, targetsNamed } from '../recon/model/episode-line.ts';
import type { Episode } from '../recon/model/episode.ts';
import { standingOf } from '../recon/model/standing.ts';
import { episodesNotTakenIn, evaluationsTakenIn } from '../recon/queries/episodes.ts';
import { all, first, ndjsonLine, type QueryRunner } from '../sql/ports.ts';
import type { Query } from '../sql/query.ts';
import type { Store } from '../store/store.ts';
import { formatColumnTime, type Clock, type Instant } from '../time/instant.ts';
import { FindingLifecycles, inBatches, type WorkedOutFinding } from './finding-lifecycles.ts';
import type { FindingPlaces } from './finding-places.ts';

/** Rows of one insert, which is atomic on a shard; and findings worked out in memory at once. */
const AT_ONCE = 2000;
/** Changes that a refresh gives in full. */
export const CHANGES_GIVEN = 1000;
/** Of so many written rows and so large a part of all, parts are merged at once: reading goes through all of them. */
const WORTH_MERGING = { rows: 20_000, part: 0.05 };

/** Called with hosts of findings that were worked out again, before the refresh is written down as done. */
export type HostsTouched = (since: bigint, version: bigint) => Promise<void>;

/**
 * Keeps `finding_current` equal to what the history says. What is new is told by name (read_model_input) and by count,
 * not by time; rows are written first, then the names of what they were worked out from. Killed in between, the next
 * refresh works the same findings out again. Whatever it cannot tell apart it works out: never too few, at worst too many.
 */
export class FindingProjection {
  readonly #store: Store;
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #hostsTouched: HostsTouched;

  constructor(store: Store, config: Config, clock: Clock, hostsTouched: HostsTouched) {
    this.#store = store;
    this.#config = config;
    this.#clock = clock;
    this.#hostsTouched = hostsTouched;
  }

  /** Brings the rows up to what is stored by now. Throws a Fault `store/…`. */
  async refresh(): Promise<Refreshed> {
    const store = this.#store;
    const model = 'finding';
    // Before anything is read: of two at once the one that knows more has the higher number.
    const version = await theFirst(store, nextVersion);
    const before = await theFirst(store, newestVersion);
    const through = BigInt((await first(store, rememberedInput, { model, kind: 'through', key: '' })) ?? '0');
    const assessments = await all(store, assessmentsNotTakenIn, { model });
    const judgements = await all(store, judgementsNotTakenIn, { model });
    const lifecycles = await FindingLifecycles.read(store, this.#config, this.#clock);
    const { digest } = lifecycles.places;
    const places = await first(store, rememberedInput, { model, kind: 'places', key: '' });

    const touched = { exposure: new Set<string>(), recon: new Set<string>() };
    await this.#touchedByAssessments(assessments, lifecycles, touched.exposure);
    await this.#touchedByJudgements(judgements, touched);
    for (const { id, half } of await all(store, findingsDue, { now: formatColumnTime(this.#clock()) }))
      touched[half].add(id);
    const evaluations = await theFirst(store, evaluationsTakenIn);
    if (evaluations.evaluations !== evaluations.taken)
      for await (const id of store.run(episodesNotTakenIn, {})) touched.recon.add(id);
    if (places !== undefined && places !== digest) await this.#touchedByPlaces(lifecycles, touched);

    const changes: FindingChange[] = [];
    let worked = 0;
    let changed = 0;
    const which = { exposure: [...touched.exposure], recon: [...touched.recon] };
    for await (const batch of inBatches(lifecycles.of(which), AT_ONCE)) {
      const told = await this.#write(batch, lifecycles.places, version);
      worked += batch.length;
      changed += told.length;
      changes.push(...told.slice(0, CHANGES_GIVEN - changes.length));
    }
    // A refresh that was killed left rows whose hosts nobody has looked at.
    const leftOver = before > through;
    if (worked > 0 || leftOver) await this.#hostsTouched(through, version);
    const inputs = [
      ...encodeInputs(
        model,
        'assessment',
        assessments.flatMap(({ fresh }) => fresh),
        version,
      ),
      ...encodeInputs(
        model,
        'judgement',
        judgements.map(({ id }) => id),
        version,
      ),
      ...(places === digest ? [] : encodeInputs(model, 'places', [''], version, digest)),
      ...(worked > 0 || leftOver ? encodeInputs(model, 'through', [''], version, String(version)) : []),
    ];
    if (inputs.length > 0) await store.insert(readModelInputTable, inputs);
    await this.#mergeParts(worked);
    return { since: String(through), version: String(version), worked, changed, changes };
  }

  /** What new assessments may say of findings: of their own, and of those that other runs of their series have. */
  async #touchedByAssessments(
    assessments: readonly { readonly run: string; readonly before: boolean }[],
    { runs }: FindingLifecycles,
    touched: Set<string>,
  ): Promise<void> {
    let left = assessments;
    while (left.length > 0) {
      const { run } = left[0]!;
      const one = runs.find((each) => each.run.info.id === run);
      const ofSeries = one === undefined ? [] : runs.filter((each) => sameSeries(each.run, one.run));
      const series = new Set(ofSeries.map((each) => each.run.info.id as string));
      const mine = left.filter((each) => each.run === run || series.has(each.run));
      // A run that was assessed before may take back what it said: all of its series are looked at.
      const looked = ofSeries.filter((each) => mine.some(({ run: id }) => id === each.run.info.id));
      const before = mine.some((each) => each.before) ? 0 : Math.min(...looked.map(({ at }) => at), Infinity);
      const asked = {
        runs: mine.map((each) => each.run),
        series: [...series],
        before: formatColumnTime((Number.isFinite(before) ? before : 0) as Instant),
      };
      for await (const id of this.#store.run(findingsConcerned, asked)) touched.add(id);
      left = left.filter((each) => !mine.includes(each));
    }
  }

  async #touchedByJudgements(
    judgements: readonly Judgement[],
    touched: Readonly<Record<Judgement['half'], Set<string>>>,
  ): Promise<void> {
    const byRule = new Map<string, Judgement[]>();
    for (const judgement of judgements) {
      const { half, finding, rule, scope } = judgement;
      touched[half].add(finding);
      if (scope.kind === 'finding') continue;
      const key = `${half} ${rule}`;
      byRule.set(key, [...(byRule.get(key) ?? []), judgement]);
    }
    for (const said of byRule.values()) {
      const { half, rule } = said[0]!;
      for await (const { id, addresses, port, role } of this.#store.run(placesOfRule, { half, rule })) {
        const place: FindingPlace = {
          hosts: addresses.map(addressFromColumn),
          port: port === '' ? undefined : (port as PortKey),
          role: role === '' ? undefined : role,
        };
        if (said.some((judgement) => covers(judgement, { id: id as FindingId, half, rule }, place)))
          touched[half].add(id);
      }
    }
  }

  /** Roles or networks are others than before: findings whose place reads otherwise. */
  async #touchedByPlaces(
    { places }: FindingLifecycles,
    touched: Readonly<Record<Judgement['half'], Set<string>>>,
  ): Promise<void> {
    for await (const { id, half, addresses, role, network } of this.#store.run(placesOfAll, {})) {
      const hosts = addresses.map(addressFromColumn);
      const [only] = hosts.length === 1 ? hosts : [];
      const roleNow = half === 'recon' || only === undefined ? role : (places.roleOf(only) ?? '');
      if (roleNow !== role || (places.networkOf(hosts) ?? '') !== network) touched[half].add(id);
    }
  }

  async #write(
    batch: readonly WorkedOutFinding[],
    places: FindingPlaces,
    version: bigint,
  ): Promise<readonly FindingChange[]> {
    const ids = batch.map(({ finding }) => finding.id);
    const before = new Map(
      (await all(this.#store, findingsBefore, { ids })).map((row) => [`${row.half} ${row.id}`, row]),
    );
    const changes: FindingChange[] = [];
    const lines = batch.map((worked) => {
      const now = currentOf(worked, places);
      const { finding, lifecycle } = now;
      const { id, half } = finding;
      const known = before.get(`${half} ${id}`);
      const digest = digestOf(now);
      const same = known !== undefined && known.digest === digest;
      if (!same) {
        const kind = known === undefined ? 'new' : known.state === lifecycle.state ? 'content' : 'state';
        changes.push({ id, half, kind, from: known?.state, now });
      }
      const { episode, due, evaluations: inputs } = worked;
      const row: CurrentRow = {
        ...now,
        version,
        changed: same ? known.changed : version,
        digest,
        left: (known?.ever ?? []).map(addressFromColumn).filter((host) => !worked.place.hosts.includes(host)),
        due,
        inputs,
        episode: episode === undefined ? undefined : columnsOfEpisode(episode),
      };
      return ndjsonLine(encodeCurrent(row));
    });
    await this.#store.insertLines(findingCurrentTable, lines);
    return changes;
  }

  /** After much was written: the engine merges in its own time, and until then reads every row twice. */
  async #mergeParts(written: number): Promise<void> {
    if (written < WORTH_MERGING.rows) return;
    const { rows } = await theFirst(this.#store, currentRows);
    if (written < rows * WORTH_MERGING.part) return;
    const name =
      this.#store.mode === 'cluster' ? `${findingCurrentTable.name}_local` : findingCurrentTable.name;
    await this.#store.applyDdl(`OPTIMIZE TABLE ${name} FINAL`);
  }
}

function currentOf(
  { finding, lifecycle, run, episode, place }: WorkedOutFinding,
  places: FindingPlaces,
): CurrentFinding {
  return {
    finding,
    lifecycle,
    standing: episode === undefined ? 'review' : standingOf(episode),
    run,
    role: place.role,
    network: finding.subject.network ?? places.networkOf(place.hosts),
  };
}

function columnsOfEpisode(episode: Episode): EpisodeColumns {
  const { families, joinedBy, targets } = episode;
  const named = targetsNamed(episode);
  return {
    families: families.map(({ family }) => family),
    campaign: joinedBy !== undefined,
    targets: named,
    thinned: named.length < targets.hosts,
    networks: targets.networks,
    line: JSON.stringify(lineOfEpisode(episode)),
  };
}

/** Equal for rows that say the same. */
function digestOf(now: CurrentFinding): string {
  return createHash('sha256').update(JSON.stringify(now)).digest('hex').slice(0, 16);
}

async function theFirst<R>(store: QueryRunner, query: Query<unknown, R>): Promise<R> {
  const row = await first(store, query, {});
  if (row === undefined) throw shortAnswer(query.name);
  return row;
}
