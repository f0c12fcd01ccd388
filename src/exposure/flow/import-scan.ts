import { randomUUID } from 'node:crypto';
import { Fault, type Problem } from '../../fault/fault.ts';
import { all, first, type QueryRunner, type Row, type RowWriter } from '../../sql/ports.ts';
import { formatColumnTime, type Clock } from '../../time/instant.ts';
import type { Host } from '../model/host.ts';
import { privilegesOf, seriesOf, type RunFooter, type RunHeader, type RunInfo } from '../model/scan-run.ts';
import type { ScanEvent } from '../model/scan-event.ts';
import { DetectingReader } from '../parse/read-scan.ts';
import type { Source } from '../model/source.ts';
import { encodeHost } from '../queries/host-row.ts';
import { encodeRun, hostCounts, runIdOf, runsBySha256, type StoredRun } from '../queries/runs.ts';
import { RawPieces, RowBatch } from './row-batch.ts';
import { scanHost, scanLoad, scanProblem, scanRaw, scanRun } from '../queries/tables.ts';

/** What an import needs from outside. */
export interface ImportContext {
  readonly store: QueryRunner & RowWriter;
  readonly clock: Clock;
  /** Where the scanner stood. */
  readonly vantage: string;
  /** Name of the series; undefined: named after what was scanned (seriesOf). */
  readonly profile: string | undefined;
  /** Called after every chunk; the source knows how far it is. */
  readonly onProgress?: () => void;
}

/** How the import of one input ended. */
export type ImportOutcome =
  | { readonly kind: 'imported'; readonly runs: readonly StoredRun[]; readonly problems: readonly Problem[] }
  /** The same bytes were imported before; nothing was written. */
  | { readonly kind: 'known'; readonly runs: readonly StoredRun[] };

/** Problems kept per file; further ones are counted only. */
const PROBLEMS_KEPT = 10_000;

/**
 * Imports one input: every run in it, its hosts, its raw bytes and its problems. Nothing is visible
 * until the last insert, which is atomic; an import that dies leaves invisible rows that the next
 * one sweeps. Memory is bounded by a few batches, whatever the size of the input.
 * Throws a Fault when the input is not a scan, or the store fails.
 */
export async function importScan(source: Source, context: ImportContext): Promise<ImportOutcome> {
  const { store, clock } = context;
  if (source.rereadable) {
    // A file that was imported before costs one read and no write.
    const runs = await all(store, runsBySha256, { sha256: await digestOf(source) });
    if (runs.length > 0) return { kind: 'known', runs };
  }
  const load = new Load(store, randomUUID(), source.name, clock);
  await load.note('started');
  try {
    const outcome = await loadScan(source, load, context);
    if (outcome.kind === 'known') await load.giveUp();
    return outcome;
  } catch (error) {
    // The sweep finds a load without an end too; the first error is the one to report.
    await load.giveUp().catch(() => undefined);
    throw error;
  }
}

/** One import in the store: its identifier, and the record of how it goes. */
class Load {
  readonly id: string;
  readonly #store: RowWriter;
  readonly #source: string;
  readonly #clock: Clock;
  /** Whether rows may have been written that no run will ever make visible. */
  wrote = false;

  constructor(store: RowWriter, id: string, source: string, clock: Clock) {
    this.#store = store;
    this.id = id;
    this.#source = source;
    this.#clock = clock;
  }

  note(event: 'started' | 'abandoned' | 'swept'): Promise<void> {
    return this.#store.insert(scanLoad, [
      { load: this.id, at: formatColumnTime(this.#clock()), event, source: this.#source },
    ]);
  }

  /** Most files that are no scans fail at their first bytes, and leave nothing to sweep. */
  giveUp(): Promise<void> {
    return this.note(this.wrote ? 'abandoned' : 'swept');
  }
}

/** SHA-256 of the bytes as far as they can be read; a damaged file is met again, and reported, by the import itself. */
async function digestOf(source: Source): Promise<string> {
  try {
    for await (const _ of source.chunks()) continue;
    return source.summary().sha256;
  } catch (error) {
    if (error instanceof Fault) return '';
    throw error;
  }
}

async function loadScan(source: Source, load: Load, context: ImportContext): Promise<ImportOutcome> {
  const { store } = context;
  const onSend = (): void => void (load.wrote = true);
  const hosts = new RowBatch(store, scanHost, onSend);
  const raw = new RawPieces(new RowBatch(store, scanRaw, onSend), load.id);
  const collected = new CollectedRuns((header, ordinal, host) =>
    hosts.add(encodeHost(load.id, ordinal, header, host)),
  );
  const reader = new DetectingReader();
  const take = async (events: readonly ScanEvent[]): Promise<void> => {
    for (const event of events) {
      const full = collected.take(event);
      if (full !== undefined) await full;
    }
  };
  for await (const chunk of source.chunks()) {
    await raw.add(chunk);
    await take(reader.push(chunk));
    context.onProgress?.();
  }
  await take(reader.end());
  const { sha256, bytes, problems } = source.summary();
  // A compressed file that breaks off: what came before is good, and the reader has marked the run.
  for (const problem of problems) collected.problem(problem);
  // Identifiers come from the bytes, so bytes that came by two ways at once are one scan.
  const known = await all(store, runsBySha256, { sha256 });
  if (known.length > 0) return { kind: 'known', runs: known };
  await Promise.all([hosts.flush(), raw.flush()]);

  const runs: StoredRun[] = [];
  for (const [ordinal, { header, footer }] of collected.runs.entries()) {
    const info: RunInfo = {
      ...header,
      ...footer,
      id: runIdOf(sha256, ordinal),
      vantage: context.vantage,
      profile: context.profile ?? seriesOf(header),
      privileges: privilegesOf(header),
    };
    const counts = (await first(store, hostCounts, { load: load.id, ordinal })) ?? NO_HOSTS;
    runs.push({
      info,
      load: load.id,
      ordinal,
      imported: context.clock(),
      sha256,
      source: source.name,
      bytes: BigInt(bytes),
      hostsUp: counts.up,
      hostsTotal: Math.max(counts.total, footer.hosts?.total ?? 0),
      openPorts: counts.openPorts,
      problems: collected.problemCount,
    });
  }
  if (collected.problems.length > 0) {
    const rows = collected.problems.map((problem, seq) => encodeProblem(load.id, seq, problem));
    await store.insert(scanProblem, rows);
  }
  // The commit: one block, so all runs of the file become visible together or not at all.
  await store.insert(scanRun, runs.map(encodeRun));
  return { kind: 'imported', runs, problems: collected.problems };
}

const NO_HOSTS = { up: 0, total: 0, openPorts: 0 } as const;

/** Gathers headers, footers and problems of a file, and passes its hosts on with the run they belong to. */
class CollectedRuns {
  readonly runs: { readonly header: RunHeader; readonly footer: RunFooter }[] = [];
  readonly problems: Problem[] = [];
  problemCount = 0;
  #header: RunHeader | undefined;
  readonly #onHost: (header: RunHeader, ordinal: number, host: Host) => Promise<void> | undefined;

  constructor(onHost: (header: RunHeader, ordinal: number, host: Host) => Promise<void> | undefined) {
    this.#onHost = onHost;
  }

  problem(problem: Problem): void {
    this.problemCount += 1;
    if (this.problems.length < PROBLEMS_KEPT) this.problems.push(problem);
  }

  /** A promise only when the caller must wait: one per host would cost more than the host. */
  take(event: ScanEvent): Promise<void> | undefined {
    switch (event.kind) {
      case 'run':
        this.#header = event.header;
        return undefined;
      case 'host':
        return this.#header === undefined
          ? undefined
          : this.#onHost(this.#header, this.runs.length, event.host);
      case 'problem':
        this.problem(event.problem);
        return undefined;
      case 'end':
        if (this.#header !== undefined) this.runs.push({ header: this.#header, footer: event.footer });
        this.#header = undefined;
        return undefined;
      default:
        return event satisfies never;
    }
  }
}

function encodeProblem(load: string, seq: number, problem: Problem): Row {
  return {
    load,
    seq,
    code: problem.code,
    message: problem.message,
    offset: problem.where.offset ?? null,
    line: problem.where.line ?? null,
    field: problem.where.field ?? '',
  };
}
