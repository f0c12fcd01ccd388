import { z } from 'zod';
import { Fault } from '../../fault/fault.ts';
import { parseIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { parsePortKey, type PortKey } from '../../net/port-key.ts';
import { PortSet } from '../../net/port-set.ts';
import type { Instant } from '../../time/instant.ts';
import type { Baseline, ExpectedHost, ExpectedPort, Provenance } from '../model/baseline.ts';
import type { RunId } from '../model/scan-run.ts';

/**
 * A baseline as JSON: one header and one document per host, so that 65,536 hosts are written and read one at a
 * time. Runs of a provenance are numbers into the header's list, written as ranges (`0-13`): a version learned
 * from 14 runs would otherwise repeat their names for every port.
 */
export const BASELINE_FORMAT = 'tidemark/baseline/1';

const instant = z.int().transform((value) => value as Instant);
const runId = z.string().transform((value) => value as RunId);
const support = z.tuple([z.int().nonnegative(), z.int().nonnegative()]);
const protocol = z.enum(['tcp', 'udp', 'sctp', 'ip']);

const HeaderDocument = z.strictObject({
  format: z.literal(BASELINE_FORMAT),
  version: z.int().positive(),
  parent: z.int().positive().nullable(),
  created: instant,
  by: z.string(),
  note: z.string(),
  how: z.enum(['learned', 'approved', 'rolled-back']),
  runs: z.array(runId),
  vantage: z.string(),
  privileges: z.enum(['raw', 'connect', 'unknown']),
  profile: z.string(),
  asked: z.strictObject({
    scanner: z.string(),
    version: z.string(),
    args: z.string(),
    scaninfo: z.array(
      z.strictObject({
        type: z.string(),
        protocol,
        services: z.string().exactOptional(),
        numservices: z.number().exactOptional(),
      }),
    ),
    hosts: z.strictObject({ up: z.number(), down: z.number(), total: z.number() }).exactOptional(),
  }),
});

const ProvenanceDocument = z.union([
  z.strictObject({ learned: z.string() }),
  z.strictObject({ by: z.string(), note: z.string(), at: instant, until: instant.exactOptional() }),
]);

const ServiceDocument = z.strictObject({
  name: z.string(),
  product: z.string().exactOptional(),
  version: z.string().exactOptional(),
  extrainfo: z.string().exactOptional(),
  tunnel: z.string().exactOptional(),
  method: z.string().exactOptional(),
  conf: z.number().exactOptional(),
  ostype: z.string().exactOptional(),
  devicetype: z.string().exactOptional(),
  hostname: z.string().exactOptional(),
  servicefp: z.string().exactOptional(),
  cpe: z.array(z.string()).exactOptional(),
});

/** What stood before an approval that ends can itself have had something before it; as deep as people stack approvals. */
interface PortDocument {
  readonly port: string;
  readonly state: string;
  readonly service?: z.output<typeof ServiceDocument>;
  readonly flapping: boolean;
  readonly support: [number, number];
  readonly provenance: z.output<typeof ProvenanceDocument>;
  readonly before?: PortDocument;
}

const PortDocument: z.ZodType<PortDocument> = z.strictObject({
  port: z.string().refine((key) => parsePortKey(key) !== undefined, 'not a port'),
  state: z.string(),
  service: ServiceDocument.exactOptional(),
  flapping: z.boolean(),
  support,
  provenance: ProvenanceDocument,
  get before() {
    return PortDocument.exactOptional();
  },
});

interface StandingDocument {
  readonly presence: 'up' | 'gone';
  readonly hostnames: string[];
  readonly mac?: string;
  readonly os?: string;
  readonly flapping: boolean;
  readonly support: [number, number];
  readonly provenance: z.output<typeof ProvenanceDocument>;
  readonly before?: StandingDocument;
}

const standing = {
  presence: z.enum(['up', 'gone']),
  hostnames: z.array(z.string()),
  mac: z.string().exactOptional(),
  os: z.string().exactOptional(),
  flapping: z.boolean(),
  support,
  provenance: ProvenanceDocument,
};

const StandingDocument: z.ZodType<StandingDocument> = z.strictObject({
  ...standing,
  get before() {
    return StandingDocument.exactOptional();
  },
});

const HostDocument = z.strictObject({
  host: z.string().refine((text) => parseIpAddress(text) === text, 'not an address'),
  ...standing,
  before: StandingDocument.exactOptional(),
  ports: z.array(PortDocument),
  coverage: z.record(
    z.string(),
    z.string().refine((text) => PortSet.parse(text) !== undefined, 'not a port list'),
  ),
});

/** The header as JSON. */
export type BaselineHeaderDocument = z.input<typeof HeaderDocument>;
/** One host as JSON. */
export type BaselineHostDocument = z.input<typeof HostDocument>;

/** A baseline as JSON values; `hosts` can be gone through again and again, each time making one document at a time. */
export interface EncodedBaseline {
  readonly header: BaselineHeaderDocument;
  readonly hosts: Iterable<BaselineHostDocument>;
}

/** Writes a baseline. */
export function encodeBaseline(baseline: Baseline): EncodedBaseline {
  const { hosts, parent, ...rest } = baseline;
  const runs = new RunNumbers(baseline.runs);
  const asked = { ...rest.asked, scaninfo: rest.asked.scaninfo.map((info) => ({ ...info })) };
  return {
    header: { format: BASELINE_FORMAT, ...rest, asked, runs: [...rest.runs], parent: parent ?? null },
    hosts: {
      *[Symbol.iterator]() {
        for (const host of hosts.values()) yield encodeHost(host, runs);
      },
    },
  };
}

/** Reads a baseline whose hosts are at hand. Throws a Fault `baseline/not-readable`. */
export function decodeBaseline(header: unknown, hosts: Iterable<unknown>): Baseline {
  const decoder = new BaselineDecoder(header);
  for (const host of hosts) decoder.add(host);
  return decoder.finish();
}

/** Reads a baseline host by host, for hosts that come from a stream. Throws a Fault `baseline/not-readable`. */
export class BaselineDecoder {
  readonly #header: z.output<typeof HeaderDocument>;
  readonly #runs: RunNumbers;
  readonly #hosts = new Map<IpAddress, ExpectedHost>();

  constructor(header: unknown) {
    this.#header = read(HeaderDocument, header, 'header');
    this.#runs = new RunNumbers(this.#header.runs);
  }

  /** Takes in one host; a later document of the same host replaces an earlier one. */
  add(document: unknown): void {
    const host = read(HostDocument, document, 'host');
    const address = host.host as IpAddress;
    this.#hosts.set(address, {
      host: address,
      ...decodeStanding(host, this.#runs),
      ports: new Map(host.ports.map((port) => [port.port as PortKey, decodePort(port, this.#runs)])),
      coverage: host.coverage,
    });
  }

  /** The baseline with the hosts so far. */
  finish(): Baseline {
    const { format: _format, parent, ...header } = this.#header;
    return { ...header, parent: parent ?? undefined, hosts: new Map(this.#hosts) };
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = [what, ...(issue?.path ?? [])].join('.');
  throw new Fault(
    'baseline/not-readable',
    `a stored baseline is not what this version reads: ${issue?.message ?? 'unknown reason'}`,
    'Learn the baseline anew, or use the version of Tidemark that wrote it.',
    { field },
    { cause: result.error },
  );
}

/** Run names to numbers and back, each list of numbers read once. */
class RunNumbers {
  readonly #runs: readonly RunId[];
  readonly #numbers: ReadonlyMap<RunId, number>;
  readonly #lists = new Map<string, Provenance>();
  readonly #texts = new WeakMap<Provenance, string>();

  constructor(runs: readonly RunId[]) {
    this.#runs = runs;
    this.#numbers = new Map(runs.map((run, index) => [run, index]));
  }

  encode(provenance: Provenance): z.input<typeof ProvenanceDocument> {
    if (provenance.kind === 'approved') {
      const { kind: _kind, ...approval } = provenance;
      return approval;
    }
    const known = this.#texts.get(provenance);
    if (known !== undefined) return { learned: known };
    const numbers = provenance.runs
      .map((run) => this.#numbers.get(run))
      .filter((number) => number !== undefined);
    const text = PortSet.of(numbers).toString();
    this.#texts.set(provenance, text);
    return { learned: text };
  }

  decode(document: z.output<typeof ProvenanceDocument>): Provenance {
    if (!('learned' in document)) return { kind: 'approved', ...document };
    const known = this.#lists.get(document.learned);
    if (known !== undefined) return known;
    const numbers = PortSet.parse(document.learned) ?? PortSet.empty;
    const runs = Array.from(numbers, (number) => this.#runs[number]).filter((run) => run !== undefined);
    const provenance: Provenance = { kind: 'learned', runs };
    this.#lists.set(document.learned, provenance);
    return provenance;
  }
}

type Standing = NonNullable<ExpectedHost['before']>;

function encodeHost(host: ExpectedHost, runs: RunNumbers): BaselineHostDocument {
  return {
    host: host.host,
    ...encodeStanding(host, runs),
    ports: Array.from(host.ports.values(), (port) => encodePort(port, runs)),
    coverage: { ...host.coverage },
  };
}

function encodeStanding(host: Standing, runs: RunNumbers): StandingDocument {
  return {
    presence: host.presence,
    hostnames: [...host.hostnames],
    ...(host.mac === undefined ? {} : { mac: host.mac }),
    ...(host.os === undefined ? {} : { os: host.os }),
    flapping: host.flapping,
    support: [host.support.seen, host.support.comparable],
    provenance: runs.encode(host.provenance) as StandingDocument['provenance'],
    ...(host.before === undefined ? {} : { before: encodeStanding(host.before, runs) }),
  };
}

function decodeStanding(document: StandingDocument, runs: RunNumbers): Standing {
  const { support: counts, provenance, before, presence, hostnames, mac, os, flapping } = document;
  return {
    presence,
    hostnames,
    ...(mac === undefined ? {} : { mac }),
    ...(os === undefined ? {} : { os }),
    flapping,
    support: { seen: counts[0], comparable: counts[1] },
    provenance: runs.decode(provenance),
    ...(before === undefined ? {} : { before: decodeStanding(before, runs) }),
  };
}

function encodePort(port: ExpectedPort, runs: RunNumbers): PortDocument {
  const { service } = port;
  return {
    port: port.port,
    state: port.state,
    ...(service === undefined
      ? {}
      : { service: { ...service, ...(service.cpe === undefined ? {} : { cpe: [...service.cpe] }) } }),
    flapping: port.flapping,
    support: [port.support.seen, port.support.comparable],
    provenance: runs.encode(port.provenance) as PortDocument['provenance'],
    ...(port.before === undefined ? {} : { before: encodePort(port.before, runs) }),
  } as PortDocument;
}

function decodePort(document: PortDocument, runs: RunNumbers): ExpectedPort {
  return {
    port: document.port as PortKey,
    state: document.state,
    ...(document.service === undefined ? {} : { service: document.service }),
    flapping: document.flapping,
    support: { seen: document.support[0], comparable: document.support[1] },
    provenance: runs.decode(document.provenance),
    ...(document.before === undefined ? {} : { before: decodePort(document.before, runs) }),
  };
}
