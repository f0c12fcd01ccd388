import { z } from 'zod';
import { Fault } from '../../fault/fault.ts';
import { parseIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { parsePortKey, type PortKey } from '../../net/port-key.ts';
import { PortSet } from '../../net/port-set.ts';
import type { Instant } from '../../time/instant.ts';
import { askedCoverage } from '../model/coverage.ts';
import type { Baseline, ExpectedHost, ExpectedPort, Provenance } from '../model/baseline.ts';
import type { RunId } from '../model/scan-run.ts';

const instant = z.int().transform((value) => value as Instant);
const support = z.tuple([z.int().nonnegative(), z.int().nonnegative()]);

/** Learned from the n-th list of `learned`, or approved. */
const ProvenanceDocument = z.union([
  z.strictObject({ learned: z.int().nonnegative() }),
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
  readonly roaming?: z.output<typeof RoamingDocument>[];
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

const RoamingDocument = z.strictObject({
  protocol: z.enum(['tcp', 'udp', 'sctp', 'ip']),
  ports: z.array(z.int().min(0).max(65_535)),
  support,
});

interface StandingDocument {
  readonly presence: 'up' | 'gone';
  readonly hostnames: string[];
  readonly mac?: string;
  readonly os?: string;
  readonly flapping: boolean;
  readonly roaming?: z.output<typeof RoamingDocument>[];
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
  roaming: z.array(RoamingDocument).exactOptional(),
  support,
  provenance: ProvenanceDocument,
};

const StandingDocument: z.ZodType<StandingDocument> = z.strictObject({
  ...standing,
  get before() {
    return StandingDocument.exactOptional();
  },
});

/**
 * An expected host as it is stored, one document per host. Lists of runs are written once and numbered: a
 * version learned from 14 runs would otherwise repeat their names for every port.
 */
const HostDocument = z.strictObject({
  host: z.string().refine((text) => parseIpAddress(text) === text, 'not an address'),
  ...standing,
  before: StandingDocument.exactOptional(),
  ports: z.array(PortDocument),
  /** Absent where it is what the learned runs asked for, as on most hosts: a list of 1,000 ports outweighs the rest. */
  coverage: z
    .record(
      z.string(),
      z.string().refine((text) => PortSet.parse(text) !== undefined, 'not a port list'),
    )
    .exactOptional(),
  learned: z.array(z.array(z.string())),
});

type HostDocument = z.output<typeof HostDocument>;

/** The coverage of a host on which the runs probed what they asked for; one object for all of them. */
const askedRecords = new WeakMap<Asked['scaninfo'], ExpectedHost['coverage']>();

function askedRecord(asked: Asked): ExpectedHost['coverage'] {
  let record = askedRecords.get(asked.scaninfo);
  if (record === undefined) {
    const known = Array.from(askedCoverage(asked)).filter(([, ports]) => ports !== 'unknown');
    record = Object.fromEntries(known.map(([protocol, ports]) => [protocol, ports.toString()]));
    askedRecords.set(asked.scaninfo, record);
  }
  return record;
}

function sameRecord(a: ExpectedHost['coverage'], b: ExpectedHost['coverage']): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** What the baseline's runs asked for: it stands once with the version, not with every host. */
type Asked = Pick<Baseline['asked'], 'scaninfo'>;

/** An expected host as JSON text, for the store; `asked` is its baseline's. */
export function encodeExpectedHost(host: ExpectedHost, asked: Asked): string {
  const learned = new RunLists();
  const document: HostDocument = {
    host: host.host,
    ...encodeStanding(host, learned),
    ports: Array.from(host.ports.values(), (port) => encodePort(port, learned)),
    ...(sameRecord(host.coverage, askedRecord(asked)) ? {} : { coverage: { ...host.coverage } }),
    learned: learned.lists,
  };
  return JSON.stringify(document);
}

/** The inverse of encodeExpectedHost. Throws a Fault `baseline/not-readable`. */
export function decodeExpectedHost(text: string, asked: Asked): ExpectedHost {
  const document = read(text);
  const learned = document.learned.map(provenanceOf);
  const address = document.host as IpAddress;
  return {
    host: address,
    ...decodeStanding(document, learned),
    ports: new Map(document.ports.map((port) => [port.port as PortKey, decodePort(port, learned)])),
    coverage: document.coverage ?? askedRecord(asked),
  };
}

function read(text: string): HostDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw notReadable('it is not JSON', 'host', cause);
  }
  const result = HostDocument.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw notReadable(
    issue?.message ?? 'its shape is unknown',
    ['host', ...(issue?.path ?? [])].join('.'),
    result.error,
  );
}

function notReadable(why: string, field: string, cause: unknown): Fault {
  return new Fault(
    'baseline/not-readable',
    `a stored baseline is not what this version reads: ${why}`,
    'Learn the baseline anew, or use the version of Tidemark that wrote it.',
    { field },
    { cause },
  );
}

/** The lists of runs of one host, each once. */
class RunLists {
  readonly lists: string[][] = [];
  readonly #numbers = new Map<readonly RunId[], number>();

  numberOf(runs: readonly RunId[]): number {
    const known = this.#numbers.get(runs);
    if (known !== undefined) return known;
    const number = this.lists.push([...runs]) - 1;
    this.#numbers.set(runs, number);
    return number;
  }
}

/** Hosts of one baseline have the same few lists; read apart, 65,536 hosts would hold them 65,536 times. */
const provenances = new Map<string, Provenance>();
const PROVENANCES_KEPT = 512;

function provenanceOf(runs: readonly string[]): Provenance {
  const key = runs.join(' ');
  const known = provenances.get(key);
  if (known !== undefined) return known;
  if (provenances.size >= PROVENANCES_KEPT) provenances.clear();
  const made: Provenance = { kind: 'learned', runs: runs.map((run) => run as RunId) };
  provenances.set(key, made);
  return made;
}

function encodeProvenance(provenance: Provenance, learned: RunLists): z.output<typeof ProvenanceDocument> {
  if (provenance.kind === 'learned') return { learned: learned.numberOf(provenance.runs) };
  const { kind: _kind, ...approval } = provenance;
  return approval;
}

function decodeProvenance(
  document: z.output<typeof ProvenanceDocument>,
  learned: readonly Provenance[],
): Provenance {
  if ('learned' in document) return learned[document.learned] ?? { kind: 'learned', runs: [] };
  return { kind: 'approved', ...document };
}

type Standing = NonNullable<ExpectedHost['before']>;

function encodeStanding(host: Standing, learned: RunLists): StandingDocument {
  return {
    presence: host.presence,
    hostnames: [...host.hostnames],
    ...(host.mac === undefined ? {} : { mac: host.mac }),
    ...(host.os === undefined ? {} : { os: host.os }),
    flapping: host.flapping,
    ...(host.roaming === undefined
      ? {}
      : {
          roaming: host.roaming.map((one) => ({
            protocol: one.protocol,
            ports: [...one.ports],
            support: [one.support.seen, one.support.comparable] as [number, number],
          })),
        }),
    support: [host.support.seen, host.support.comparable],
    provenance: encodeProvenance(host.provenance, learned),
    ...(host.before === undefined ? {} : { before: encodeStanding(host.before, learned) }),
  };
}

function decodeStanding(document: StandingDocument, learned: readonly Provenance[]): Standing {
  return {
    presence: document.presence,
    hostnames: document.hostnames,
    ...(document.mac === undefined ? {} : { mac: document.mac }),
    ...(document.os === undefined ? {} : { os: document.os }),
    flapping: document.flapping,
    ...(document.roaming === undefined
      ? {}
      : {
          roaming: document.roaming.map(({ support: [seen, comparable], ...one }) => ({
            ...one,
            support: { seen, comparable },
          })),
        }),
    support: { seen: document.support[0], comparable: document.support[1] },
    provenance: decodeProvenance(document.provenance, learned),
    ...(document.before === undefined ? {} : { before: decodeStanding(document.before, learned) }),
  };
}

function encodePort(port: ExpectedPort, learned: RunLists): PortDocument {
  const { service, before, ...rest } = port;
  return {
    ...rest,
    ...(service === undefined ? {} : { service: encodeService(service) }),
    support: [port.support.seen, port.support.comparable],
    provenance: encodeProvenance(port.provenance, learned),
    ...(before === undefined ? {} : { before: encodePort(before, learned) }),
  };
}

function encodeService(service: NonNullable<ExpectedPort['service']>): z.output<typeof ServiceDocument> {
  const { cpe, ...rest } = service;
  return cpe === undefined ? rest : { ...rest, cpe: [...cpe] };
}

function decodePort(document: PortDocument, learned: readonly Provenance[]): ExpectedPort {
  const { before, support: counts, port, ...rest } = document;
  return {
    ...rest,
    port: port as PortKey,
    support: { seen: counts[0], comparable: counts[1] },
    provenance: decodeProvenance(document.provenance, learned),
    ...(before === undefined ? {} : { before: decodePort(before, learned) }),
  };
}
