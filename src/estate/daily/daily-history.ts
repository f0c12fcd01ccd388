import { censusOf } from '../../exposure/model/census-of-run.ts';
import type { Census } from '../../exposure/model/census.ts';
import type { RunFooter, RunHeader, RunId } from '../../exposure/model/scan-run.ts';
import { compareIpAddresses } from '../../net/ip-address.ts';
import { type PortKey } from '../../net/port-key.ts';
import { PortSet } from '../../net/port-set.ts';
import type { Instant } from '../../time/instant.ts';
import { Dice } from '../dice.ts';
import { printRun, type PrintedHost } from '../nmap-xml.ts';
import type { Profile } from '../profiles.ts';
import { TOP_1000_TCP, TOP_100_UDP } from '../top-ports.ts';
import { DailyChange } from './change.ts';
import { DAILY_NOISE, type DailyNoise } from './noise.ts';
import { DAILY_EVENT_KINDS, plantOn, suits, type Asked, type DailyEventKind, type Plant } from './plants.ts';
import { makeResident, type Resident } from './resident.ts';
import { DAILY_ROLL } from './rolls.ts';
import { ROSTER_KEYS, rosterRole, type RosterKey } from './roster.ts';
import { sight } from './sight.ts';
import { NetworkPlan } from './subnets.ts';

/** What to make. The same options give the same history, on every machine. */
export interface DailyHistoryOptions {
  readonly seed: number;
  /** 100–5,000 when it begins; default 1,500. */
  readonly hosts?: number;
  /** One scan a day; 2–400, default 75. */
  readonly scans?: number;
  /** Days without an event, from the first; default 20. */
  readonly quietDays?: number;
  /** Events of each kind; default 8. Of exposed subnets, a quarter of it. */
  readonly eventsPerKind?: number;
  readonly noise?: Partial<DailyNoise>;
}

/** One scan of a daily history. */
export interface DailyScan {
  readonly day: number;
  readonly census: Census;
  /** Truth: the number of the machine behind each host of the census. */
  readonly numbers: readonly number[];
  /** The same run as Nmap XML, in chunks. */
  readonly xml: () => Iterable<string>;
}

/** One planted event, with where the scans show it. */
export interface DailyEvent {
  readonly id: number;
  readonly kind: DailyEventKind;
  readonly day: number;
  readonly hosts: readonly number[];
  readonly ports: readonly PortKey[];
  readonly drift: boolean;
  /** The day it was undone; undefined: it lasts. */
  readonly ended: number | undefined;
  readonly rows: readonly (readonly [scan: number, host: number])[];
}

/** A history with its truth, whole in memory. */
export interface DailyHistory {
  readonly scans: readonly DailyScan[];
  readonly events: readonly DailyEvent[];
}

const ports = (text: string): PortSet => PortSet.parse(text) ?? PortSet.empty;
const profile = (name: string, args: string, protocol: 'tcp' | 'udp', asked: PortSet): Profile => ({
  name,
  args,
  scans: [{ type: protocol === 'tcp' ? 'syn' : 'udp', protocol, ports: asked }],
  versions: true,
  os: protocol === 'tcp',
  scripts: false,
});
/** A quick scan a day, instead of it a full one on the first day of each week and one of UDP on the fourth. */
const QUICK = profile('quick', '-sS -sV -O --top-ports 1000', 'tcp', ports(TOP_1000_TCP));
const FULL = profile('full', '-sS -sV -O -p-', 'tcp', PortSet.all);
const UDP = profile('udp', '-sU -sV --top-ports 100', 'udp', ports(TOP_100_UDP));
const profileOfDay = (day: number): Profile => (day % 7 === 0 ? FULL : day % 7 === 3 ? UDP : QUICK);

/** Monday 2025-01-06T02:00:00Z, when the published worlds begin too. */
const DAY_0_US = Date.UTC(2025, 0, 6, 2) * 1e3;
const DAY_US = 86_400e6;
/** How long events last, in days, by weight; the last one stays. */
const DURATIONS = [6, 12, 25, undefined] as const;
const DURATION_WEIGHTS = [0.3, 0.17, 0.17, 0.36];
/** Machines of a subnet that are exposed at once. */
const EXPOSED = { least: 15, most: 35 } as const;
const EXPOSED_DAYS = [3, 6, 12] as const;
/** Days before the end in which nothing more is planted: an event needs scans to be seen in. */
const LAST_DAYS = 6;
const TRIES = 400;

/** An event under way. */
interface Running {
  readonly id: number;
  readonly kind: DailyEventKind;
  readonly day: number;
  readonly ended: number | undefined;
  readonly on: readonly { readonly resident: Resident; readonly plant: Plant }[];
  readonly rows: (readonly [number, number])[];
}

/**
 * Makes months of daily scans of a network that changes harmlessly, and in which events were planted. Throws a
 * RangeError for sizes it cannot make.
 */
export function makeDailyHistory(options: DailyHistoryOptions): DailyHistory {
  const { seed, hosts = 1500, scans = 75, quietDays = 20, eventsPerKind = 8 } = options;
  if (!Number.isInteger(hosts) || hosts < 100 || hosts > 5000)
    throw new RangeError(`hosts must be a whole number from 100 to 5,000, not ${hosts}`);
  if (!Number.isInteger(scans) || scans < 2 || scans > 400)
    throw new RangeError(`scans must be a whole number from 2 to 400, not ${scans}`);
  const noise = { ...DAILY_NOISE, ...options.noise };
  const life = new DailyLife(seed, hosts, scans, noise, { quietDays, eventsPerKind });
  const made = Array.from({ length: scans }, (_, day) => life.scan(day));
  return { scans: made, events: life.events() };
}

class DailyLife {
  readonly #plan: NetworkPlan;
  readonly #change: DailyChange;
  readonly #residents: Resident[] = [];
  readonly #events: Running[] = [];
  /** What is planted on which day. */
  readonly #order = new Map<number, DailyEventKind[]>();
  /** Ports that belong to an event, by machine: chance leaves them alone. */
  readonly #spared = new Map<number, Set<PortKey>>();

  constructor(
    seed: number,
    hosts: number,
    scans: number,
    noise: DailyNoise,
    events: { readonly quietDays: number; readonly eventsPerKind: number },
  ) {
    this.#plan = new NetworkPlan(seed, hosts, noise);
    this.#change = new DailyChange(this.#plan, scans);
    const total = ROSTER_KEYS.reduce((sum, key) => sum + rosterRole(key).count, 0);
    let reached = 0;
    for (const key of ROSTER_KEYS) {
      reached += rosterRole(key).count;
      while (this.#residents.length < Math.round((reached * hosts) / total)) this.#add(key);
    }
    const dice = new Dice(seed, DAILY_ROLL.plant);
    const last = scans - LAST_DAYS;
    for (const kind of DAILY_EVENT_KINDS) {
      const count = kind === 'mass_exposure' ? Math.round(events.eventsPerKind / 4) : events.eventsPerKind;
      for (let n = 0; n < count && events.quietDays <= last; n += 1) {
        const day = dice.int(events.quietDays, last);
        this.#order.set(day, [...(this.#order.get(day) ?? []), kind]);
      }
    }
  }

  scan(day: number): DailyScan {
    if (day > 0) this.#live(day);
    for (const kind of this.#order.get(day) ?? []) this.#plant(kind, day);
    for (const event of this.#events) this.#act(event, day);
    return this.#look(day);
  }

  events(): DailyEvent[] {
    return this.#events.map(({ id, kind, day, ended, on, rows }) => ({
      id,
      kind,
      day,
      hosts: on.map(({ resident }) => resident.number),
      ports: kind === 'mass_exposure' ? [] : (on[0]?.plant.ports ?? []),
      drift: on.some(({ plant }) => plant.drift === true),
      ended,
      rows,
    }));
  }

  #add(key: RosterKey): Resident {
    const resident = makeResident(this.#plan, this.#residents.length, key);
    this.#residents.push(resident);
    return resident;
  }

  #live(day: number): void {
    const none = new Set<PortKey>();
    for (const resident of this.#residents) {
      if (!resident.present) continue;
      const spared = this.#spared.get(resident.number);
      // Whoever has an event is not switched off: the event is to be seen.
      if (!this.#change.live(resident, day, spared ?? none) && spared === undefined) {
        resident.present = false;
        this.#plan.release(resident.address);
      }
    }
    const { seed, noise } = this.#plan;
    const dice = new Dice(seed, DAILY_ROLL.plan, day);
    const weights = ROSTER_KEYS.map((key) => rosterRole(key).count);
    const standing = this.#residents.length;
    for (let n = 0; n < standing; n += 1)
      if (dice.chance(noise.commission)) this.#add(ROSTER_KEYS[dice.weighted(weights)] ?? 'web-linux');
  }

  #plant(kind: DailyEventKind, day: number): void {
    const id = this.#events.length;
    const dice = new Dice(this.#plan.seed, DAILY_ROLL.plant, day, id);
    const on =
      kind === 'mass_exposure'
        ? this.#exposeSubnet(dice)
        : kind === 'rogue_device'
          ? this.#bringRogue(dice)
          : this.#findHost(kind, dice);
    if (on.length === 0) return;
    const duration =
      kind === 'mass_exposure'
        ? dice.pick(EXPOSED_DAYS)
        : kind === 'hardening_drift'
          ? undefined
          : DURATIONS[dice.weighted(DURATION_WEIGHTS)];
    for (const { resident, plant } of on) {
      const spared = this.#spared.get(resident.number) ?? new Set();
      for (const key of plant.ports) spared.add(key);
      this.#spared.set(resident.number, spared);
    }
    this.#events.push({
      id,
      kind,
      day,
      ended: duration === undefined ? undefined : day + duration,
      on,
      rows: [],
    });
  }

  #findHost(kind: DailyEventKind, dice: Dice): Running['on'] {
    const fitting = this.#residents.filter(
      (resident) => resident.present && !this.#spared.has(resident.number) && suits(kind, resident),
    );
    for (let attempt = 0; attempt < TRIES && fitting.length > 0; attempt += 1) {
      const resident = dice.pick(fitting);
      const plant = plantOn(kind, resident, dice);
      if (plant !== undefined) return [{ resident, plant }];
    }
    return [];
  }

  /** Somebody opens a subnet: what many of its machines have behind their filter is there at once. */
  #exposeSubnet(dice: Dice): Running['on'] {
    const subnet = dice.pick(this.#plan.subnets.filter(({ environment }) => environment !== 'office'));
    const there = this.#residents.filter(
      (one) => one.present && one.subnet === subnet && !this.#spared.has(one.number),
    );
    const wanted = Math.min(there.length, dice.int(EXPOSED.least, EXPOSED.most));
    const chosen = new Set<Resident>();
    for (let attempt = 0; attempt < TRIES && chosen.size < wanted; attempt += 1) chosen.add(dice.pick(there));
    return [...chosen].flatMap((resident) => {
      const plant = plantOn('mass_exposure', resident, dice);
      return plant === undefined ? [] : [{ resident, plant }];
    });
  }

  #bringRogue(dice: Dice): Running['on'] {
    const resident = this.#add('board');
    const plant = plantOn('rogue_device', resident, dice);
    return plant === undefined ? [] : [{ resident, plant }];
  }

  #act({ day: first, ended, on }: Running, day: number): void {
    for (const { resident, plant } of on) {
      if (day === ended) plant.undo(resident);
      else if (ended === undefined || day < ended) plant.act(resident, day - first);
    }
  }

  #look(day: number): DailyScan {
    const { seed, noise } = this.#plan;
    const asked = profileOfDay(day);
    const start = (DAY_0_US + day * DAY_US) as Instant;
    const seen: { host: PrintedHost; number: number }[] = [];
    for (const resident of this.#residents) {
      const host = resident.present
        ? sight(resident, { seed, day, profile: asked, start, noise })
        : undefined;
      if (host !== undefined) seen.push({ host, number: resident.number });
    }
    seen.sort((a, b) => compareIpAddresses(a.host.address, b.host.address));
    this.#witness(day, asked, new Map(seen.map(({ host, number }) => [number, host])));
    const { header, footer } = runOf(asked, start, seen.length);
    const hosts = seen.map(({ host }) => host);
    const info = { ...header, ...footer, id: String(day) as RunId, profile: asked.name, vantage: 'default' };
    return {
      day,
      census: censusOf(info, hosts),
      numbers: seen.map(({ number }) => number),
      xml: () => printRun(header, hosts, footer),
    };
  }

  #witness(day: number, asked: Profile, seen: ReadonlyMap<number, PrintedHost>): void {
    const tcp = asked.scans.find(({ protocol }) => protocol === 'tcp')?.ports;
    const what: Asked = { tcp, os: asked.os };
    for (const { day: first, ended, on, rows } of this.#events) {
      if (day < first || (ended !== undefined && day >= ended)) continue;
      for (const { resident, plant } of on) {
        const host = seen.get(resident.number);
        if (host !== undefined && plant.shows(host, what)) rows.push([day, resident.number]);
      }
    }
  }
}

function runOf(asked: Profile, start: Instant, up: number): { header: RunHeader; footer: RunFooter } {
  const header: RunHeader = {
    scanner: 'nmap',
    version: '7.93',
    xmlOutputVersion: '1.05',
    args: `nmap ${asked.args} -oX - 10.20.0.0/16`,
    start,
    scaninfo: asked.scans.map((scan) => ({
      type: scan.type,
      protocol: scan.protocol,
      services: scan.ports.toString(),
      numservices: scan.ports.size,
    })),
    verbose: 0,
    debugging: 0,
    preScripts: [],
    format: 'nmap-xml',
  };
  const footer: RunFooter = {
    status: 'complete',
    end: (start + 3600e6) as Instant,
    exit: 'success',
    postScripts: [],
    hosts: { up, down: 65_536 - up, total: 65_536 },
  };
  return { header, footer };
}
