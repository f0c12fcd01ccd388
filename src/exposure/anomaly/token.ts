import { PortSet } from '../../net/port-set.ts';
import {
  parsePortKey,
  TRANSPORT_PROTOCOLS,
  type PortKey,
  type TransportProtocol,
} from '../../net/port-key.ts';
import type { CensusPort } from '../model/census.ts';
import type { Coverage } from '../model/coverage.ts';

/**
 * Ranges in which operating systems and orchestrators hand out ports as they please: what is remembered is
 * the service and the range, not the number. IANA's dynamic range (RFC 6335, 6), Linux's
 * `ip_local_port_range`, Kubernetes' NodePort range; `assessment.md`, "Token".
 */
const RANGES: readonly (readonly [low: number, high: number])[] = [
  [49_152, 65_535],
  [32_768, 49_151],
  [30_000, 32_767],
];

/** Service names are the scanned host's words; longer ones are cut. Nmap's longest is 32. */
const SERVICE_LENGTH = 40;

/** What a port counts as: (protocol, port), or (protocol, service, range) where ports are handed out. */
export interface Token {
  readonly id: number;
  /** `tcp/22`, `tcp/msrpc/49152-65535`. */
  readonly key: string;
  readonly protocol: TransportProtocol;
  readonly low: number;
  readonly high: number;
}

/** Tokens by small whole numbers, so that counting is cheap. Numbers hold for one table only; keys for ever. */
export class TokenTable {
  readonly #tokens: Token[] = [];
  readonly #byKey = new Map<string, number>();
  /** Of ports outside the ranges: most questions end here. */
  readonly #byPort = new Map<PortKey, number>();

  get size(): number {
    return this.#tokens.length;
  }

  token(id: number): Token {
    return this.#tokens[id]!;
  }

  /** The token of a listed port. A port key that is none (never made by a reader) counts as 0/ip. */
  of(port: Pick<CensusPort, 'key' | 'service'>): number {
    const known = this.#byPort.get(port.key);
    if (known !== undefined) return known;
    const { portid, protocol } = parsePortKey(port.key) ?? { portid: 0, protocol: 'ip' as const };
    const range = RANGES.find(([low, high]) => portid >= low && portid <= high);
    if (range === undefined) {
      const id = this.#intern(`${protocol}/${portid}`, protocol, portid, portid);
      this.#byPort.set(port.key, id);
      return id;
    }
    const [low, high] = range;
    const service = port.service.replace(/^ssl\//, '').slice(0, SERVICE_LENGTH);
    return this.#intern(`${protocol}/${service}/${low}-${high}`, protocol, low, high);
  }

  /** The token of a key that `Token.key` gave; undefined when the text is none. */
  ofKey(key: string): number | undefined {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const protocol = TRANSPORT_PROTOCOLS.find((name) => key.startsWith(`${name}/`));
    const match = /\/(\d{1,5})(?:-(\d{1,5}))?$/.exec(key);
    if (protocol === undefined || match === null) return undefined;
    return this.#intern(key, protocol, Number(match[1]), Number(match[2] ?? match[1]));
  }

  #intern(key: string, protocol: TransportProtocol, low: number, high: number): number {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const id = this.#tokens.length;
    this.#tokens.push({ id, key, protocol, low, high });
    this.#byKey.set(key, id);
    return id;
  }
}

/** The number of a port key; 0 for text that is none. */
export function portidOf(key: PortKey): number {
  return Number.parseInt(key, 10) || 0;
}

/** How many different coverages are told apart: they are bits of a whole number. */
const SCOPES_KEPT = 30;

/**
 * Coverages by small whole numbers. A network is scanned by a few profiles, so that "which of the earlier
 * scans covered this port" is a question about a handful of bits. Coverages past the thirtieth share the last
 * number, which stands for what the first of them had in common: too little rather than too much.
 */
export class ScopeTable {
  readonly #scopes: Coverage[] = [];
  readonly #byText = new Map<string, number>();
  readonly #bySet = new WeakMap<Coverage, number>();
  /** Per token id, the bits of the scopes that cover it; made anew when a scope is added. */
  #covering: number[] = [];

  get all(): readonly Coverage[] {
    return this.#scopes;
  }

  of(coverage: Coverage): number {
    const remembered = this.#bySet.get(coverage);
    if (remembered !== undefined) return remembered;
    const text = coverageText(coverage);
    let id = this.#byText.get(text);
    if (id === undefined) {
      if (this.#scopes.length < SCOPES_KEPT) {
        id = this.#scopes.length;
        this.#scopes.push(coverage);
      } else {
        id = SCOPES_KEPT - 1;
        this.#scopes[id] = intersection(this.#scopes[id]!, coverage);
      }
      this.#byText.set(text, id);
      this.#covering = [];
    }
    this.#bySet.set(coverage, id);
    return id;
  }

  /** Bits of the scopes whose silence about a token means that it is not open. */
  covering(token: Token): number {
    const known = this.#covering[token.id];
    if (known !== undefined) return known;
    let bits = 0;
    for (const [id, scope] of this.#scopes.entries()) if (covers(scope, token)) bits |= 1 << id;
    this.#covering[token.id] = bits;
    return bits;
  }

  /** The same for one port: of a range, a scan may cover a few ports only. */
  coveringPort(token: Token, portid: number): number {
    if (token.low === token.high) return this.covering(token);
    let bits = 0;
    for (const [id, scope] of this.#scopes.entries()) {
      const ports = scope.get(token.protocol);
      if (ports instanceof PortSet && ports.has(portid)) bits |= 1 << id;
    }
    return bits;
  }
}

/** Whether a scan covers a token: its port, or at least half of its range. */
function covers(scope: Coverage, token: Token): boolean {
  const ports = scope.get(token.protocol);
  if (!(ports instanceof PortSet)) return false;
  if (token.low === token.high) return ports.has(token.low);
  const range = PortSet.fromRanges([[token.low, token.high]]);
  return ports.intersect(range).size * 2 >= range.size;
}

function intersection(a: Coverage, b: Coverage): Coverage {
  const both = new Map<TransportProtocol, PortSet | 'unknown'>();
  for (const [protocol, ports] of a) {
    const other = b.get(protocol);
    if (ports instanceof PortSet && other instanceof PortSet) both.set(protocol, ports.intersect(other));
  }
  return both;
}

/** A coverage as text: `tcp:1-65535 udp:53`; `parseCoverageText` reads it back. */
export function coverageText(coverage: Coverage): string {
  return TRANSPORT_PROTOCOLS.filter((protocol) => coverage.has(protocol))
    .map((protocol) => `${protocol}:${coverage.get(protocol)!.toString()}`)
    .join(' ');
}

/** Reads what coverageText wrote; undefined when the text is anything else. */
export function parseCoverageText(text: string): Coverage | undefined {
  const coverage = new Map<TransportProtocol, PortSet | 'unknown'>();
  for (const part of text === '' ? [] : text.split(' ')) {
    const colon = part.indexOf(':');
    const protocol = TRANSPORT_PROTOCOLS.find((name) => name === part.slice(0, colon));
    const ports = part.slice(colon + 1);
    const set = ports === 'unknown' ? 'unknown' : PortSet.parse(ports);
    if (protocol === undefined || set === undefined) return undefined;
    coverage.set(protocol, set);
  }
  return coverage;
}
