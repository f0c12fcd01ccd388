/**
 * Connections of made-up days, for benches. The same seed gives the same connections.
 *
 * - `ordinary`: one workstation for every 2,000 connections, that resolves names, uses the servers of the site and
 *   comes back to its own sites; servers that outsiders use; a monitor; the background of the internet, as many
 *   strangers as workstations, at the public addresses (one connection of fifty); and 20 sources that scan (another).
 *   One destination of thirty is dead, so that hosts fail at .01 to .09 of their first contacts, as real ones do
 *   (docs/evaluation.md), and strangers at nearly all.
 * - `worst`: 5,000 workstations of which nearly every connection is a first contact and every sixth fails, so that
 *   every source is judged and most are episodes; 20 sources scan with one connection of forty.
 */

/** What a made-up day is like. */
export type BenchDay = 'ordinary' | 'worst';

/** One connection, in Zeek's words. */
export interface Connection {
  /** Since the day began. */
  readonly micros: number;
  readonly uid: string;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly port: number;
  readonly protocol: string;
  readonly service: string;
  readonly state: string;
  readonly history: string;
  readonly duration: string;
  readonly sourceBytes: number;
  readonly destinationBytes: number;
  readonly sourcePackets: number;
  readonly destinationPackets: number;
}

const DAY = 86_400;
const SERVICES = [
  [443, 'ssl'],
  [80, 'http'],
  [53, 'dns'],
  [22, 'ssh'],
  [445, 'smb'],
  [8080, 'http'],
  [123, 'ntp'],
  [25, 'smtp'],
  [3389, 'rdp'],
  [5432, '-'],
  [993, 'ssl'],
  [88, 'krb_tcp'],
  [389, 'ldap_tcp'],
  [139, '-'],
  [8443, 'ssl'],
  [5353, 'dns'],
] as const;
const HORIZONTAL = [445, 22, 3389, 23, 1433, 80, 6379, 5900] as const;
/** Zeek's states with the history that goes with each; the first are the most common. */
const STATES = [
  ['SF', 'ShADadFf'],
  ['S0', 'S'],
  ['REJ', 'Sr'],
  ['RSTO', 'ShADadR'],
  ['RSTR', 'ShADadr'],
  ['OTH', 'Dd'],
  ['S1', 'ShADad'],
  ['SHR', 'h'],
] as const;
const [FINISHED, SILENT, REFUSED, RESET, RESET_BY_PEER] = STATES;
const LEFT_HALF_OPEN = ['RSTO', 'ShR'] as const;
const SCAN_STATES = [SILENT, REFUSED, LEFT_HALF_OPEN, RESET_BY_PEER, FINISHED] as const;
const UDP_ANSWERED = ['SF', 'Dd'] as const;
const UDP_SILENT = ['S0', 'D'] as const;

type State = readonly [state: string, history: string];
type Service = readonly [port: number, service: string];
type Random = () => number;

/** mulberry32: 32 bits of state, good enough for a mix. */
function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A number that belongs to two others, 0 to 2³²: murmur3's last steps. */
function hashed(a: number, b: number): number {
  let mixed = Math.imul(a, 0x9e37_79b1) ^ Math.imul(b + 1, 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function uidOf(next: Random): string {
  let uid = 'C';
  for (let letter = 0; letter < 17; letter += 1) uid += ALPHABET[Math.floor(next() * 62)];
  return uid;
}

/** As long as Zeek's, and faster made. */
function quickUidOf(next: Random): string {
  const [a, b, c] = [next(), next(), next()];
  return `C${((a * 2 ** 31) | 0).toString(36)}${((b * 2 ** 31) | 0).toString(36)}${((c * 2 ** 31) | 0).toString(36)}`;
}

function address(first: number, second: number, rest: number): string {
  return `${first}.${second}.${(rest >> 8) & 255}.${rest & 255}`;
}

function pick<T>(next: Random, from: readonly T[], skew: number): T {
  return from[Math.floor(next() ** skew * from.length)] as T;
}

/** What a source that scans turns to: eight sweep a port, eight count up the ports of a host, four take a block. */
function probe(
  who: number,
  step: number,
  next: Random,
): { readonly port: number; readonly destination: string } {
  if (who < 8) return { port: HORIZONTAL[who] ?? 445, destination: address(10, 2, step % 60_000) };
  if (who < 16) return { port: 1 + (step % 65_535), destination: address(10, 2, who) };
  return { port: 1 + Math.floor(next() * 1024), destination: address(10, 2, Math.floor(next() * 2000)) };
}

/** The connections of a day, in order of time. */
export function connectionsOf(day: BenchDay, rows: number, seed: number): Iterable<Connection> {
  return day === 'ordinary' ? ordinaryDay(rows, seed) : worstDay(rows, seed);
}

function* worstDay(rows: number, seed: number): Generator<Connection> {
  const next = random(seed);
  for (let index = 0; index < rows; index += 1) {
    const scans = index % 40 === 0;
    const turn = Math.floor(index / 40);
    const who = turn % 20;
    const [usual, service] = scans ? ([0, '-'] as const) : pick<Service>(next, SERVICES, 2);
    const state = scans ? pick<State>(next, SCAN_STATES, 3) : pick<State>(next, STATES, 5);
    const { port, destination } = scans
      ? probe(who, Math.floor(turn / 20), next)
      : {
          port: next() < 0.02 ? 1024 + Math.floor(next() * 60_000) : usual,
          destination:
            next() < 0.33
              ? address(10, 2, Math.floor(next() ** 3 * 2000))
              : address(93, 184, Math.floor(next() ** 3 * 60_000)),
        };
    const uid = uidOf(next);
    const micros = Math.floor((index * DAY * 1e6) / rows) + Math.floor(next() * 1000);
    const source = scans ? address(10, 9, 9 * 256 + who) : address(10, 1, Math.floor(next() ** 2 * 5000));
    const protocol = port === 53 || port === 123 || port === 5353 ? 'udp' : 'tcp';
    yield connection({ micros, uid, source, destination, port, protocol, service, state }, next);
  }
}

/** Connections for each workstation, and for each stranger, of an ordinary day. */
const PER_HOST = 2000;
const SERVERS = 200;
const SITES = 100_000;
/** Of a thousand destinations, those that are gone. */
const DEAD = 33;
const RESOLVER: Service = [53, 'dns'];
/** What servers of the site offer. */
const OFFERED: readonly Service[] = [[445, 'smb'], [443, 'ssl'], [88, 'krb_tcp'], [389, 'ldap_tcp'], [80, 'http'], [5432, '-'], [3389, 'rdp'], [8080, 'http']]; // prettier-ignore
/** What sites on the internet offer, most common first. */
const ON_THE_WEB: readonly Service[] = [[443, 'ssl'], [80, 'http'], [443, 'quic'], [993, 'ssl'], [5228, 'ssl'], [8443, 'ssl']]; // prettier-ignore
/** What the background of the internet looks for. */
const WANTED = [23, 22, 445, 80, 443, 8080, 3389, 6379, 5900, 1433, 2323, 8443, 5555, 81, 60_023, 37_215] as const; // prettier-ignore
const PUBLIC_SERVERS = 20;

interface Turn {
  readonly source: string;
  readonly destination: string;
  readonly service: Service;
  readonly protocol: string;
  readonly state: State;
}

function* ordinaryDay(rows: number, seed: number): Generator<Connection> {
  const next = random(seed);
  const hosts = Math.max(200, Math.floor(rows / PER_HOST));
  for (let index = 0; index < rows; index += 1) {
    const { source, destination, service, protocol, state } = ordinaryTurn(index, hosts, next);
    const micros = Math.floor((index * DAY * 1e6) / rows) + Math.floor(next() * 1000);
    yield connection(
      {
        micros,
        uid: quickUidOf(next),
        source,
        destination,
        port: service[0],
        protocol,
        service: service[1],
        state,
      },
      next,
    );
  }
}

function ordinaryTurn(index: number, hosts: number, next: Random): Turn {
  if (index % 50 === 0) {
    const who = Math.floor(index / 50) % 20;
    const { port, destination } = probe(who, Math.floor(index / 1000), next);
    // Every other one is outside.
    const source = who % 2 === 0 ? address(10, 9, 9 * 256 + who) : address(198, 51, 100 * 256 + who);
    return { source, destination, service: [port, '-'], protocol: 'tcp', state: pick(next, SCAN_STATES, 3) };
  }
  if (index % 50 === 1) return strangerTurn(Math.floor(next() * hosts), next);
  const kind = next();
  if (kind < 0.04) {
    const guest = hashed(Math.floor(next() * hosts * 20), 3);
    return tcp(
      outside(guest),
      address(10, 3, Math.floor(next() ** 2 * PUBLIC_SERVERS)),
      [443, 'ssl'],
      answered(next),
    );
  }
  if (kind < 0.05) {
    const server = Math.floor(next() * SERVERS);
    return tcp(address(10, 2, 9), address(10, 2, 256 + server), offeredBy(server), answered(next));
  }
  return workstationTurn(Math.floor(next() ** 1.5 * hosts), next);
}

/** The background: one or two ports of each stranger, at any of 256 public addresses of which few are in use. */
function strangerTurn(stranger: number, next: Random): Turn {
  const turn = Math.floor(next() * (1 + (hashed(stranger, 5) % 2)));
  const wanted = (hashed(stranger, 6 + turn) / 0x1_0000_0000) ** 2;
  const port = WANTED[Math.floor(wanted * WANTED.length)] ?? 23;
  const host = Math.floor(next() * 256);
  const open = host < PUBLIC_SERVERS && port === 443;
  return tcp(outside(hashed(stranger, 4)), address(10, 3, host), [port, '-'], open ? LEFT_HALF_OPEN : host < PUBLIC_SERVERS ? REFUSED : SILENT); // prettier-ignore
}

function workstationTurn(workstation: number, next: Random): Turn {
  const source = address(10, 16 + (workstation >> 16), workstation & 0xffff);
  const kind = next();
  if (kind < 0.3) {
    const destination = address(10, 2, 2 + (workstation & 1));
    return { source, destination, service: RESOLVER, protocol: 'udp', state: next() < 0.998 ? UDP_ANSWERED : UDP_SILENT }; // prettier-ignore
  }
  if (kind < 0.42) {
    const server = hashed(workstation, 100 + Math.floor(next() ** 2 * 8)) % SERVERS;
    return tcp(source, address(10, 2, 256 + server), offeredBy(server), answered(next));
  }
  const habit = next() < 0.93;
  const popular = habit ? hashed(workstation, 200 + Math.floor(next() ** 2 * 60)) / 0x1_0000_0000 : next();
  const site = Math.floor(popular ** 2 * SITES);
  const about = hashed(site, 7);
  const service =
    ON_THE_WEB[Math.floor(((about >>> 16) / 0x1_0000) ** 4 * ON_THE_WEB.length)] ?? ON_THE_WEB[0]!;
  const dead = about % 1000 < DEAD;
  const destination = address(93, 184 + (site >> 16), site & 0xffff);
  if (service[1] === 'quic')
    return { source, destination, service, protocol: 'udp', state: dead ? UDP_SILENT : UDP_ANSWERED };
  if (dead) return tcp(source, destination, service, about % 3 === 0 ? REFUSED : SILENT);
  return tcp(source, destination, service, answered(next));
}

function tcp(source: string, destination: string, service: Service, state: State): Turn {
  return {
    source,
    destination,
    service: state[1].includes('D') ? service : [service[0], '-'],
    protocol: 'tcp',
    state,
  };
}

function offeredBy(server: number): Service {
  return OFFERED[hashed(server, 1) % OFFERED.length] ?? OFFERED[0]!;
}

/** How a connection ends that was answered; three of a thousand meet a host that is just away. */
function answered(next: Random): State {
  const how = next();
  return how < 0.003 ? SILENT : how < 0.06 ? RESET : how < 0.1 ? RESET_BY_PEER : FINISHED;
}

function outside(number: number): string {
  return `${45 + ((number >>> 24) % 40)}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
}

interface Told {
  readonly micros: number;
  readonly uid: string;
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly protocol: string;
  readonly service: string;
  readonly state: State;
}

/** With times and sizes as they come. */
function connection(told: Told, next: Random): Connection {
  const [state, history] = told.state;
  const silent = state === 'S0' || state === 'REJ';
  return {
    micros: told.micros,
    uid: told.uid,
    source: told.source,
    sourcePort: 1024 + Math.floor(next() * 60_000),
    destination: told.destination,
    port: told.port,
    protocol: told.protocol,
    service: told.service,
    state,
    history,
    duration: silent ? '' : (next() ** 4 * 300).toFixed(6),
    sourceBytes: silent ? 0 : Math.floor(next() * 5000),
    destinationBytes: silent ? 0 : Math.floor(next() ** 6 * 5_000_000),
    sourcePackets: 1 + Math.floor(next() * 40),
    destinationPackets: state === 'S0' ? 0 : 1 + Math.floor(next() * 60),
  };
}
