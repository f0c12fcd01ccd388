import * as z from 'zod';
import { TOP_1000_TCP, TOP_100_UDP } from '../../estate/top-ports.ts';
import type { Census, CensusHost } from '../../exposure/model/census.ts';
import { parsePortList, type Coverage } from '../../exposure/model/coverage.ts';
import { Fault } from '../../fault/fault.ts';
import { compareIpAddresses, parseIpAddress, parseIpv4, type IpAddress } from '../../net/ip-address.ts';
import {
  parsePortKey,
  portKey,
  TRANSPORT_PROTOCOLS,
  type PortKey,
  type TransportProtocol,
} from '../../net/port-key.ts';
import { segmentOf } from '../../net/prefix.ts';
import { PortSet } from '../../net/port-set.ts';
import type { Instant } from '../../time/instant.ts';
import type { WorldEvent, WorldScan } from './world.ts';

const protocol = z.enum(TRANSPORT_PROTOCOLS as [TransportProtocol, ...TransportProtocol[]]);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

/** Null, as the files write what is not known, is left out. */
const optional = <T>(type: z.ZodType<T>): z.ZodType<T | undefined> =>
  type.nullish().transform((value) => value ?? undefined);

/** `[protocol, port, state, service, product, version, confidence]` */
const port = z.tuple([protocol, z.int().min(0).max(65_535), z.string(), text, text, text, z.number()]);

/** Strict about what detectors see. Keys that begin with `_` are the truth's: only the host's number is read. */
const host = z.looseObject({
  _hid: z.int(),
  ip: z.string(),
  mac: optional(z.string()),
  vendor: optional(z.string()),
  hostname: optional(z.string()),
  os: optional(z.tuple([z.string(), z.string(), z.number()])),
  ports: z.array(port),
  /** `[state, how many]` ports that were not listed one by one. */
  extra: optional(z.tuple([z.string(), z.number()])),
});

const scan = z.looseObject({
  id: z.int().min(0),
  day: z.number(),
  profile: z.string().min(1),
  /** What was asked, per protocol, in Nmap's port list syntax; known profiles need not say it. */
  coverage: z.partialRecord(protocol, z.string()).optional(),
  hosts: z.array(host),
});

/** Day 0 of a world: 2025-01-06T02:00:00Z, a Monday; the same world as Nmap XML begins then. */
const DAY_0_US = Date.UTC(2025, 0, 6, 2) * 1e3;
const DAY_US = 86_400e6;

const known = (tcp: PortSet | undefined, udp: PortSet | undefined): Coverage =>
  new Map<TransportProtocol, PortSet>([
    ...(tcp === undefined ? [] : [['tcp', tcp] as const]),
    ...(udp === undefined ? [] : [['udp', udp] as const]),
  ]);

/** What the profiles of the published worlds ask, where a line does not say it. */
const PROFILES: Readonly<Record<string, Coverage>> = {
  quick: known(parsePortList(TOP_1000_TCP), undefined),
  full: known(PortSet.all, undefined),
  udp: known(undefined, parsePortList(TOP_100_UDP)),
};

/** When the scan of a day began. */
export function startOfDay(day: number): Instant {
  return (DAY_0_US + Math.round(day * DAY_US)) as Instant;
}

/** One line of a world: a scan. Throws Fault `evaluate/world` with the line. */
export function readWorldLine(line: string, file: string, number: number): WorldScan {
  const fault = (why: string): Fault =>
    new Fault(
      'evaluate/world',
      `line ${number} is no scan of a world: ${why}`,
      'docs/evaluation-assess.md describes the form.',
      { file, line: number },
    );
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw fault((cause as Error).message);
  }
  const read = scan.safeParse(json);
  if (!read.success) throw fault(z.prettifyError(read.error));
  const { id, day, profile, coverage, hosts } = read.data;
  const asked = coverage === undefined ? PROFILES[profile] : coverageOf(coverage);
  if (asked === undefined) throw fault(`profile ${profile} is not known and no coverage is given`);
  const rows = hosts.map((item) => {
    const address = parseIpAddress(item.ip);
    if (address === undefined) throw fault(`${item.ip} is no address`);
    return { number: item._hid, host: censusHost(item, address, profile) };
  });
  rows.sort((a, b) => compareIpAddresses(a.host.address, b.host.address));
  const census: Census = {
    id: String(id),
    at: startOfDay(day),
    profile,
    vantage: 'default',
    coverage: asked,
    partial: false,
    hosts: rows.map((row) => row.host),
  };
  return { census, numbers: rows.map((row) => row.number) };
}

function coverageOf(given: Partial<Record<TransportProtocol, string>>): Coverage | undefined {
  const coverage = new Map<TransportProtocol, PortSet>();
  for (const name of TRANSPORT_PROTOCOLS) {
    const list = given[name];
    if (list === undefined) continue;
    const ports = parsePortList(list);
    if (ports === undefined) return undefined;
    coverage.set(name, ports);
  }
  return coverage;
}

function censusHost(item: z.output<typeof host>, address: IpAddress, profile: string): CensusHost {
  const { mac, vendor, hostname, os, extra } = item;
  return {
    address,
    ...(mac === undefined ? {} : { mac: mac.toUpperCase() }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(hostname === undefined ? {} : { hostname: hostname.toLowerCase() }),
    roles: [],
    network: segmentOf(address),
    ...(os === undefined ? {} : { os: { family: os[0], generation: os[1], accuracy: os[2] } }),
    ports: item.ports
      .map(([transport, portid, state, service, product, version, confidence]) => ({
        key: portKey(portid, transport),
        state,
        service,
        product,
        version,
        confidence,
      }))
      .toSorted((a, b) => byPort(a.key, b.key)),
    folded: extra === undefined ? {} : { [extra[0]]: extra[1] },
    profiles: [profile],
    contradictions: [],
    partial: false,
  };
}

function byPort(a: PortKey, b: PortKey): number {
  const numbers = Number.parseInt(a, 10) - Number.parseInt(b, 10);
  if (numbers !== 0) return numbers;
  const order = (key: PortKey): number => TRANSPORT_PROTOCOLS.indexOf(key.split('/')[1] as TransportProtocol);
  return order(a) - order(b);
}

const truth = z.looseObject({
  events: z.array(
    z.looseObject({
      id: z.int(),
      kind: z.string().min(1),
      tokens: z.array(z.string()),
      drift: z.boolean().optional(),
      ended: z.int().optional(),
      rows: z.array(z.tuple([z.int(), z.union([z.int(), z.string()])])),
    }),
  ),
});

/** What was planted into a world, out of its truth.json. Throws Fault `evaluate/truth`. */
export function readWorldTruth(content: string, file: string): readonly WorldEvent[] {
  const fault = (why: string): Fault =>
    new Fault(
      'evaluate/truth',
      `${file} cannot be understood: ${why}`,
      'docs/evaluation-assess.md describes the form.',
      {
        file,
      },
    );
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (cause) {
    throw fault((cause as Error).message);
  }
  const read = truth.safeParse(json);
  if (!read.success) throw fault(z.prettifyError(read.error));
  return read.data.events.map(({ id, kind, tokens, drift, ended, rows }) => ({
    id,
    kind,
    ports: tokens.flatMap((token) => tokenPort(token) ?? []),
    drift: drift ?? false,
    ended,
    rows: rows
      .map(([scanNumber, item]) => {
        const number = typeof item === 'number' ? item : numberOfAddress(item);
        if (number === undefined) throw fault(`${item} is neither a host's number nor an IPv4 address`);
        return [scanNumber, number] as const;
      })
      .toSorted((a, b) => a[0] - b[0]),
  }));
}

/** A truth may name hosts by address instead of by number: then the address is the number. Undefined for IPv6. */
export function numberOfAddress(address: string): number | undefined {
  return parseIpv4(address);
}

/** `tcp/23`, as the truth writes a port; undefined for `os` and the like. */
function tokenPort(token: string): PortKey | undefined {
  const [transport = '', portid = ''] = token.split('/');
  const parsed = parsePortKey(`${portid}/${transport}`);
  return parsed === undefined ? undefined : portKey(parsed.portid, parsed.protocol);
}
