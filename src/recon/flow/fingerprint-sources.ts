import { attributeTool } from '../../fingerprint/attribute-tool.ts';
import type { Opening } from '../../fingerprint/opening.ts';
import { attributeSaid, isTelling, type Saying } from '../../fingerprint/said-signatures.ts';
import { muonFp, p0fSignature } from '../../fingerprint/syn.ts';
import type { ToolMatch } from '../../fingerprint/tool-match.ts';
import type { Fault } from '../../fault/fault.ts';
import { isIpv6, type IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import { OPENINGS_PER_SOURCE } from '../model/activity-reader.ts';
import { openingOfFlow } from '../model/opening-of-flow.ts';
import type { AppEvent, Flow, TelemetryRecord } from '../model/telemetry-record.ts';
import { openTelemetry, type TelemetryOptions } from '../source/open-telemetry.ts';
import { readRecords } from './read-records.ts';

/** A value and how many records had it. */
export interface CountedValue {
  readonly value: string;
  readonly count: number;
}

/** The first packets that look the same, in both notations, and how many there were. */
export interface CountedSyn {
  readonly p0f: string;
  readonly muonFp: string;
  readonly count: number;
}

/** Kinds of fingerprint that a client has above the transport. Agents are attacker-written: escape. */
export const CLIENT_KINDS = ['userAgents', 'httpShapes', 'sshClients', 'ja4', 'ja3', 'hassh'] as const;

/** See CLIENT_KINDS. */
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** Everything that tells one source from another. Lists: the most frequent first, then by text. */
export interface SourceFingerprints extends Readonly<Record<ClientKind, readonly CountedValue[]>> {
  readonly source: IpAddress;
  readonly flows: number;
  readonly syn: readonly CountedSyn[];
  /** By its packets first, then by what it said. */
  readonly tools: readonly ToolMatch[];
  /** Values beyond VALUES that were not kept, of all kinds. */
  readonly leftOut: number;
}

/** Distinct values of one kind that are kept of one source: whoever scans decides how many there are. */
const VALUES = 1_000;
/** Sources that are kept: forged ones have no end. */
const SOURCES = 100_000;

interface Tally {
  flows: number;
  leftOut: number;
  readonly openings: Opening[];
  readonly syn: Map<string, { readonly p0f: string; readonly muonFp: string; count: number }>;
  readonly values: Readonly<Record<ClientKind, Map<string, number>>>;
  /** Payloads that tools are known by. */
  readonly payloads: Map<string, Saying>;
}

/** Gathers the fingerprints of records that come in any order. Memory is bounded: VALUES and SOURCES. */
export class FingerprintTally {
  readonly #sources = new Map<IpAddress, Tally>();
  #sourcesLeftOut = 0;

  /** Records of sources beyond SOURCES. */
  get leftOut(): number {
    return this.#sourcesLeftOut;
  }

  add(record: TelemetryRecord): void {
    if (record.kind !== 'flow' && record.kind !== 'app') return;
    const tally = this.#tallyOf(record.source);
    if (tally === undefined) this.#sourcesLeftOut += 1;
    else if (record.kind === 'flow') addFlow(tally, record);
    else addEvent(tally, record);
  }

  /** Sources that have any fingerprint: those that look like a tool first, then by flows, then by text. */
  sources(): readonly SourceFingerprints[] {
    return [...this.#sources]
      .map(([source, tally]) => fingerprintsOf(source, tally))
      .filter(
        ({ syn, tools, ...rest }) =>
          syn.length > 0 || tools.length > 0 || CLIENT_KINDS.some((kind) => rest[kind].length > 0),
      )
      .toSorted(
        (a, b) =>
          Number(b.tools.length > 0) - Number(a.tools.length > 0) ||
          b.flows - a.flows ||
          (a.source < b.source ? -1 : 1),
      );
  }

  #tallyOf(source: IpAddress): Tally | undefined {
    const known = this.#sources.get(source);
    if (known !== undefined || this.#sources.size >= SOURCES) return known;
    const values = {
      userAgents: new Map(),
      httpShapes: new Map(),
      sshClients: new Map(),
      ja4: new Map(),
      ja3: new Map(),
      hassh: new Map(),
    };
    const tally: Tally = { flows: 0, leftOut: 0, openings: [], syn: new Map(), values, payloads: new Map() };
    this.#sources.set(source, tally);
    return tally;
  }
}

function addFlow(tally: Tally, flow: Flow): void {
  tally.flows += 1;
  const syn = openingOfFlow(flow);
  if (syn === undefined) return;
  if (tally.openings.length < OPENINGS_PER_SOURCE) tally.openings.push(syn);
  const p0f = p0fSignature(syn, isIpv6(flow.source));
  const known = tally.syn.get(p0f);
  if (known !== undefined) known.count += 1;
  else if (tally.syn.size < VALUES) tally.syn.set(p0f, { p0f, muonFp: muonFp(syn), count: 1 });
  else tally.leftOut += 1;
}

function addEvent(tally: Tally, event: AppEvent): void {
  const { service, agent, shape, ja3, ja4, hassh } = event;
  note(tally, service === 'ssh' ? 'sshClients' : 'userAgents', agent);
  note(tally, 'httpShapes', shape ?? '');
  note(tally, 'ja4', ja4);
  note(tally, 'ja3', ja3);
  note(tally, 'hassh', hassh);
  for (const field of ['action', 'name', 'target'] as const) {
    const saying = { service, field, value: event[field], count: 1 };
    if (tally.payloads.size < VALUES && isTelling(saying))
      tally.payloads.set(`${service} ${field} ${saying.value}`, saying);
  }
}

function note(tally: Tally, kind: ClientKind, value: string): void {
  if (value === '') return;
  const values = tally.values[kind];
  const count = values.get(value);
  if (count === undefined && values.size >= VALUES) tally.leftOut += 1;
  else values.set(value, (count ?? 0) + 1);
}

function fingerprintsOf(
  source: IpAddress,
  { flows, leftOut, openings, syn, values, payloads }: Tally,
): SourceFingerprints {
  const counted = (kind: ClientKind): readonly CountedValue[] =>
    [...values[kind]]
      .map(([value, count]) => ({ value, count }))
      .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  const lists = {
    userAgents: counted('userAgents'),
    httpShapes: counted('httpShapes'),
    sshClients: counted('sshClients'),
    ja4: counted('ja4'),
    ja3: counted('ja3'),
    hassh: counted('hassh'),
  };
  const sayings = [
    ...lists.userAgents.map(({ value, count }) => ({ service: '', field: 'agent' as const, value, count })),
    ...lists.sshClients.map(({ value, count }) => ({
      service: 'ssh',
      field: 'agent' as const,
      value,
      count,
    })),
    ...(['ja4', 'ja3', 'hassh'] as const).flatMap((field) =>
      lists[field].map(({ value, count }) => ({ service: '', field, value, count })),
    ),
    ...payloads.values(),
  ];
  return {
    source,
    flows,
    syn: [...syn.values()].toSorted((a, b) => b.count - a.count || (a.p0f < b.p0f ? -1 : 1)),
    ...lists,
    tools: [
      ...attributeTool(openings),
      ...attributeSaid(sayings, { agent: 'requests and banners', client: 'fingerprints of hellos' }),
    ],
    leftOut,
  };
}

/** What reading came to. */
export interface FingerprintedFiles {
  readonly tally: FingerprintTally;
  /** Files that were read, as they were named. */
  readonly files: readonly string[];
  /** What could not be opened; the rest was read. */
  readonly faults: readonly Fault[];
  /** What was set aside in files that were read. */
  readonly problems: readonly string[];
}

/** What it may be given: standard input, a signal, and the present, which times without a year are not after. */
export interface FingerprintOptions extends Pick<TelemetryOptions, 'stdin' | 'signal'> {
  readonly now: Instant;
}

/** Problems that are worth their words: a broken file has as many as it has lines. */
const PROBLEMS = 20;

/** Gathers fingerprints from captures, and from logs that carry some. Nothing is stored. */
export async function fingerprintFiles(
  args: readonly string[],
  options: FingerprintOptions,
): Promise<FingerprintedFiles> {
  const tally = new FingerprintTally();
  const files: string[] = [];
  const faults: Fault[] = [];
  const problems: string[] = [];
  for await (const opened of openTelemetry(args, options)) {
    if (opened.kind === 'fault') faults.push(opened.fault);
    if (opened.kind !== 'source') continue;
    files.push(opened.source.name);
    const { source } = opened;
    await readRecords(
      source,
      { sampling: 1, utcOffsetMinutes: 0, now: options.now },
      {
        record: (record) => {
          tally.add(record);
        },
        skip: () => undefined,
        problem: (message, line) => {
          if (problems.length < PROBLEMS) problems.push(`${source.name}:${line}: ${message}`);
        },
      },
    );
  }
  return { tally, files, faults, problems };
}
