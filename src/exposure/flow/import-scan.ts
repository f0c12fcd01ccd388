import { createHash, randomUUID } from 'node:crypto';
import { Fault, type Problem } from '../../fault/fault.ts';
import { all, first, type QueryRunner, type Row, type RowWriter } from '../../sql/ports.ts';
import { formatColumnTime, type Clock } from '../../time/instant.ts';
import type { Host } from '../model/host.ts';
import { privilegesOf, seriesOf, type RunFooter, type RunHeader, type RunInfo } from '../model/scan-run.ts';
import type { ScanEvent } from '../model/scan-event.ts';
import { DetectingReader } from '../parse/read-scan.ts';
import { encodeHost } from '../queries/host-row.ts';
import { encodeRun, hostCounts, runIdOf, runsBySha256, type StoredRun } from '../queries/runs.ts';
import { RawPieces, RowBatch } from './row-batch.ts';
import { scanHost, scanLoad, scanProblem, scanRaw, scanRun } from '../queries/tables.ts';

/** Bytes to import: a file, or standard input. */
export interface ScanInput {
  /** As the user named it. Hostile text. */
  readonly name: string;
  /** True when `open` may be called twice: then a file that was imported before costs one read and no write. */
  readonly rereadable: boolean;
  /** The bytes, decompressed. Throws a Fault `source/…`. */
  open(): AsyncIterable<Uint8Array>;
}

/** What an import needs from outside. */
export interface ImportContext {
  readonly store: QueryRunner & RowWriter;
  readonly clock: Clock;
  /** Where the scanner stood. */
  readonly vantage: string;
  /** Name of the series; undefined: named after what was scanned (seriesOf). */
  readonly profile: string | undefined;
  /** Called with the number of uncompressed bytes read so far. */
  readonly onProgress?: (bytes: number) => void;
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
export async function importScan(input: ScanInput, context: ImportContext): Promise<ImportOutcome> {
  const { store, clock } = context;
  if (input.rereadable) {
    const runs = await all(store, runsBySha256, { sha256: await digestOf(input) });
    if (runs.length > 0) return { kind: 'known', runs };
  }
  const load = randomUUID();
  const at = (): string => formatColumnTime(clock());
  await store.insert(scanLoad, [{ load, at: at(), event: 'started', source: input.name }]);
  try {
    return await loadScan(input, load, context);
  } catch (error) {
    // Best effort: the sweep finds the load anyway, and the first error is the one to report.
    await store
      .insert(scanLoad, [{ load, at: at(), event: 'abandoned', source: input.name }])
      .catch(() => undefined);
    throw error;
  }
}

/** SHA-256 of the bytes as far as they can be read; a damaged end is met again, and reported, by the import itself. */
async function digestOf(input: ScanInput): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of input.open()) hash.update(chunk);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
  return hash.digest('hex');
}

async function loadScan(input: ScanInput, load: string, context: ImportContext): Promise<ImportOutcome> {
  const { store } = context;
  const hash = createHash('sha256');
  const hosts = new RowBatch(store, scanHost);
  const raw = new RawPieces(new RowBatch(store, scanRaw), load);
  const collected = new CollectedRuns((header, ordinal, host) =>
    hosts.add(encodeHost(load, ordinal, header, host)),
  );
  const reader = new DetectingReader();
  let bytes = 0;
  const take = async (events: readonly ScanEvent[]): Promise<void> => {
    for (const event of events) {
      const full = collected.take(event);
      if (full !== undefined) await full;
    }
  };

  try {
    for await (const chunk of input.open()) {
      hash.update(chunk);
      bytes += chunk.length;
      await raw.add(chunk);
      await take(reader.push(chunk));
      context.onProgress?.(bytes);
    }
  } catch (error) {
    // A compressed file that ends early, or a disk that fails half-way: what came is good, and the run is marked truncated.
    if (!(error instanceof Fault) || !error.code.startsWith('source/') || bytes === 0) throw error;
    collected.problem({ code: error.code, message: error.message, where: { ...error.where, offset: bytes } });
  }
  await take(reader.end());
  await Promise.all([hosts.flush(), raw.flush()]);

  const sha256 = hash.digest('hex');
  const known = await all(store, runsBySha256, { sha256 });
  if (known.length > 0) return { kind: 'known', runs: known };
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
    const counts = (await first(store, hostCounts, { load, ordinal })) ?? { up: 0, total: 0, openPorts: 0 };
    runs.push({
      info,
      load,
      ordinal,
      imported: context.clock(),
      sha256,
      source: input.name,
      bytes: BigInt(bytes),
      hostsUp: counts.up,
      hostsTotal: Math.max(counts.total, footer.hosts?.total ?? 0),
      openPorts: counts.openPorts,
      problems: collected.problemCount,
    });
  }
  if (collected.problems.length > 0) {
    await store.insert(
      scanProblem,
      collected.problems.map((problem, seq) => encodeProblem(load, seq, problem)),
    );
  }
  // The commit: one block, so all runs of the file become visible together or not at all.
  await store.insert(scanRun, runs.map(encodeRun));
  return { kind: 'imported', runs, problems: collected.problems };
}

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
