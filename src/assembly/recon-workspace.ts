import type { Readable } from 'node:stream';
import type { Fault, Problem } from '../fault/fault.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Standing } from '../recon/model/standing.ts';
import type { Episode, Role, SourceRole } from '../recon/model/episode.ts';
import type { TelemetryFormat } from '../recon/model/reader.ts';
import type { ReconSummary } from '../recon/model/recon-summary.ts';
import type { TelemetryRecord } from '../recon/model/telemetry-record.ts';
import type { Instant } from '../time/instant.ts';

/** How telemetry is read where its records do not say. Undefined: as the configuration says. */
export interface TelemetryOptions {
  readonly sensor?: string | undefined;
  /** One of how many packets. */
  readonly sampling?: number | undefined;
  readonly utcOffsetMinutes?: number | undefined;
  /** Standard input, for a path of `-`. */
  readonly stdin: Readable;
  readonly signal: AbortSignal;
  /** Called often while a file is read: bytes of it. */
  readonly onProgress?: (step: {
    readonly name: string;
    readonly read: number;
    readonly size: number | undefined;
  }) => void;
}

/** One file of telemetry in the store. */
export interface TelemetryFile {
  /** As the user named it; `-` for standard input. */
  readonly name: string;
  readonly sensor: string;
  readonly format: TelemetryFormat;
  readonly imported: Instant;
  readonly bytes: number;
  readonly lines: number;
  readonly records: Readonly<Record<TelemetryRecord['kind'], number>>;
  readonly problems: number;
  /** Lines that are fine and say nothing for us, or flows of a capture. */
  readonly skipped: number;
  /** What they were, the most frequent first. */
  readonly skippedBy: readonly { readonly what: string; readonly count: number }[];
  /** Times of its oldest and newest record; undefined without records. */
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
}

/** What became of one file. */
export type ImportedTelemetry =
  | {
      readonly name: string;
      readonly outcome: 'imported';
      readonly file: TelemetryFile;
      readonly problems: readonly Problem[];
    }
  | { readonly name: string; readonly outcome: 'known'; readonly file: TelemetryFile }
  | { readonly name: string; readonly outcome: 'skipped'; readonly why: string }
  | { readonly name: string; readonly outcome: 'refused'; readonly fault: Fault };

/** What part of the store is judged. */
export interface DetectScope {
  /** Undefined: the configured horizon before `to`. */
  readonly from?: Instant | undefined;
  /** Undefined: just after the newest record. */
  readonly to?: Instant | undefined;
  /** Times that are judged at least, where `from` and `to` are not given: those of files that were just imported. */
  readonly cover?: { readonly from: Instant; readonly to: Instant } | undefined;
}

/** How far a judgement has come: sources, of those that are candidates. */
export interface JudgedSources {
  readonly done: number;
  readonly total: number | undefined;
}

/** What `watch` reports. */
export type WatchEvent =
  /** An episode that was not there before, or that grew or changed its verdict. */
  | { readonly kind: 'episode'; readonly change: 'new' | 'changed'; readonly episode: Episode }
  /** Figures, at least once a second while something is read. */
  | { readonly kind: 'metrics'; readonly metrics: WatchMetrics }
  /** A line or file that could not be read; the rest goes on. */
  | { readonly kind: 'problem'; readonly problem: Problem };

/** How a watch is doing, since it began. */
export interface WatchMetrics {
  readonly at: Instant;
  /** Files that are followed. */
  readonly files: number;
  readonly records: number;
  readonly problems: number;
  /** Records per second, over the last ten seconds. */
  readonly perSecond: number;
  /** Seconds between the newest record and the present; undefined before the first. */
  readonly lagSeconds: number | undefined;
  /** Bytes that are written to the followed files and not read yet. */
  readonly behindBytes: number;
  /** Sources whose state is held. */
  readonly sources: number;
  /** Episodes to review that are open. */
  readonly episodes: number;
}

/** Which episodes are listed; undefined: all but noise, newest first. */
export interface EpisodeFilter {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly source?: IpAddress | undefined;
  readonly standing?: Standing | undefined;
  readonly limit?: number | undefined;
}

/** One record of telemetry as it is shown: a flat object, whatever its kind. Texts are foreign: escape. */
export interface EvidenceRow {
  readonly kind: TelemetryRecord['kind'];
  readonly at: Instant;
  readonly sensor: string;
  readonly file: string;
  readonly line: number;
  /** The other fields of the record by name, without those that are empty. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** A role in force, or one that waits for a word: what a machine is, and how that is known. */
export interface ListedRole extends SourceRole {
  /** Address block in CIDR notation; `10.0.0.5/32` for one host. */
  readonly network: string;
  /** Undefined for roles from the configuration. */
  readonly since: Instant | undefined;
  /** Who approved it; empty for others. */
  readonly by: string;
  /** A learned role that somebody refused: it is not used, and not learned again. */
  readonly rejected: boolean;
}

/** What was approved as normal. */
export interface ListedExpectation {
  readonly sources: readonly string[];
  readonly role: Role | undefined;
  readonly targets: readonly string[];
  /** `443/tcp`; undefined covers every port. */
  readonly port: string | undefined;
  readonly why: string;
  readonly by: string;
  readonly since: Instant | undefined;
}

/** Contacts to be approved as normal, or no longer. */
export type ExpectedContacts = Omit<ListedExpectation, 'by' | 'since' | 'why'>;

/** Who acts, and why. */
export interface Deed {
  readonly by: string;
  readonly note: string;
  /** When what is approved ends by itself; absent: never. */
  readonly until?: Instant;
  /** Called once nothing refuses it any more, before anything is kept; when it throws, nothing is. */
  readonly before?: () => Promise<void>;
}

/** The operations on telemetry that faces offer. Everything throws Faults. */
export interface ReconWorkspace {
  /** Imports files, folders, patterns and `-`: one outcome each, in order. The same bytes again change nothing. */
  importTelemetry(paths: readonly string[], options: TelemetryOptions): AsyncIterable<ImportedTelemetry>;
  /** Judges what is stored and keeps the episodes. */
  detect(
    scope: DetectScope,
    options: { readonly signal: AbortSignal; readonly onProgress?: (step: JudgedSources) => void },
  ): Promise<ReconSummary>;
  /** Follows files, folders and `-` until the signal; with `once`, until everything that is there was read. */
  watchTelemetry(
    paths: readonly string[],
    options: TelemetryOptions & { readonly once: boolean },
  ): AsyncIterable<WatchEvent>;
  /** Stored episodes, newest first; `total` counts those that the limit leaves out too. */
  listEpisodes(
    filter: EpisodeFilter,
  ): Promise<{ readonly total: number; readonly episodes: readonly Episode[] }>;
  /** An episode by its identifier or its beginning, or `latest`. Throws a Fault `recon/no-such-episode` or `recon/ambiguous-episode`. */
  findEpisode(reference: string): Promise<Episode>;
  /** The records behind an episode, oldest first. */
  evidenceOf(episode: Episode, limit: number): AsyncIterable<EvidenceRow>;
  /** Files whose records are stored, newest import first. */
  telemetryFiles(): Promise<readonly TelemetryFile[]>;
  /** What was set aside of a file, by its name or the end of it. Throws a Fault `recon/no-such-file`. */
  telemetryProblems(file: string): Promise<readonly Problem[]>;
  /** Roles in force and roles that were learned, by network. */
  listRoles(): Promise<readonly ListedRole[]>;
  /** Puts a role in force for an address block, until another is approved. */
  approveRole(network: string, role: Role, deed: Deed): Promise<ListedRole>;
  /** Takes an approved role back, or refuses a learned one. Throws a Fault `recon/no-such-role`. */
  rejectRole(network: string, deed: Deed): Promise<ListedRole>;
  /** What was approved as normal, newest first. */
  listExpected(): Promise<readonly ListedExpectation[]>;
  /** Approves contacts as normal from now on. */
  expect(contacts: ExpectedContacts, deed: Deed): Promise<ListedExpectation>;
  /** Takes an approval back, named by what it covers. Throws a Fault `recon/no-such-expectation`. */
  noLongerExpect(contacts: ExpectedContacts, deed: Deed): Promise<ListedExpectation>;
}
