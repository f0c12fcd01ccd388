import type { Extraports, OsMatch, Port, Service } from '../../exposure/model/host.ts';
import { comparePorts, type TransportProtocol } from '../../net/port-key.ts';
import type { PortSet } from '../../net/port-set.ts';
import type { Instant } from '../../time/instant.ts';
import { Dice } from '../dice.ts';
import type { MachineService } from '../machine.ts';
import type { PrintedHost } from '../nmap-xml.ts';
import { probedService, tableService } from '../product-service.ts';
import type { Profile } from '../profiles.ts';
import { SYSTEMS } from '../systems.ts';
import type { DailyNoise } from './noise.ts';
import { addressOf, type Resident } from './resident.ts';
import { DAILY_ROLL } from './rolls.ts';

/** The circumstances of one scan. */
export interface DailySighting {
  readonly seed: number;
  readonly day: number;
  readonly profile: Profile;
  readonly start: Instant;
  readonly noise: DailyNoise;
}

/** Part of the machines that are left on at the weekend, of those that people take home. */
const WEEKEND = 0.32;
/** What version detection takes services for when it errs. */
const MISTAKEN: readonly Service[] = [
  { name: 'tcpwrapped', method: 'probed', conf: 8 },
  { name: 'http', method: 'probed', conf: 10 },
  { name: 'unknown', method: 'table', conf: 3 },
];
/** Systems that a wrong guess of the OS names. */
const WRONG_SYSTEMS = [SYSTEMS.linux, SYSTEMS.embedded, SYSTEMS.windows10, SYSTEMS.freebsd, SYSTEMS.vxworks];

/** What a scan reports of a machine; undefined when it does not answer. */
export function sight(resident: Resident, sighting: DailySighting): PrintedHost | undefined {
  const { seed, day, profile, start, noise } = sighting;
  const { role, subnet, system } = resident;
  const dice = new Dice(seed, DAILY_ROLL.sight, resident.number, day);
  const weekend = day % 7 >= 5 && (role.habit === 'laptop' || role.habit === 'developer');
  if (!dice.chance((1 - role.down) * (weekend ? WEEKEND : 1))) return undefined;
  const congested = new Dice(seed, DAILY_ROLL.subnet, subnet.network, day).chance(noise.congested);
  const missed = congested ? noise.congestedMiss : noise.miss;
  const ports: Port[] = [];
  const extraports: Extraports[] = [];
  for (const scan of profile.scans) {
    const listed: Port[] = [];
    for (const service of resident.services.values())
      if (service.protocol === scan.protocol && scan.ports.has(service.port) && !dice.chance(missed))
        listed.push(seePort(resident, service, sighting, dice));
    listed.sort(comparePorts);
    ports.push(...listed);
    extraports.push(...fold(resident, scan.protocol, scan.ports, listed));
  }
  const accuracy = dice.int(88, 100);
  const wrong = dice.chance(noise.osWrong);
  const guess = wrong ? dice.pick(WRONG_SYSTEMS).guesses[0] : system.guesses[resident.guess];
  const tells = profile.os && ports.some((port) => port.state === 'open' && port.protocol === 'tcp');
  const ttl = system.ttl - (subnet.routed ? 1 : 0);
  return {
    address: addressOf(resident),
    otherAddresses: [],
    ...(subnet.routed ? {} : { mac: { address: resident.mac, vendor: resident.vendor } }),
    status: subnet.routed
      ? { state: 'up', reason: 'echo-reply', reasonTtl: ttl }
      : { state: 'up', reason: 'arp-response', reasonTtl: 0 },
    hostnames: resident.name === undefined ? [] : [{ name: resident.name, type: 'PTR' }],
    ports,
    extraports,
    os: tells && guess !== undefined ? [withAccuracy(guess, accuracy)] : [],
    scripts: [],
    timedOut: false,
    start,
    end: start,
  };
}

function withAccuracy(guess: OsMatch, accuracy: number): OsMatch {
  return { ...guess, accuracy, classes: guess.classes.map((one) => ({ ...one, accuracy })) };
}

function seePort(
  { limited, system, subnet }: Resident,
  { port: portid, protocol, product, version, tls }: MachineService,
  { profile, noise }: DailySighting,
  dice: Dice,
): Port {
  const table = tableService(portid);
  if (limited && dice.chance(noise.limitedRate)) {
    const state = protocol === 'udp' ? 'open|filtered' : 'filtered';
    return { protocol, portid, state, reason: 'no-response', reasonTtl: 0, service: table, scripts: [] };
  }
  const silent = dice.chance(noise.versionNull);
  const mistaken = dice.chance(noise.misdetect);
  let service: Service = table;
  if (mistaken) service = dice.pick(MISTAKEN);
  else if (profile.versions && !silent && product !== undefined)
    service = probedService(product, version, tls);
  return {
    protocol,
    portid,
    state: 'open',
    reason: protocol === 'udp' ? 'udp-response' : 'syn-ack',
    reasonTtl: system.ttl - (subnet.routed ? 1 : 0),
    service,
    scripts: [],
  };
}

function fold(
  resident: Resident,
  protocol: TransportProtocol,
  asked: PortSet,
  listed: readonly Port[],
): Extraports[] {
  const count = asked.size - listed.length;
  if (count === 0) return [];
  const [state, reason] =
    protocol === 'udp'
      ? ['open|filtered', 'no-response']
      : resident.silent
        ? ['filtered', 'no-response']
        : ['closed', 'reset'];
  return [{ state, count, reasons: [{ reason, count }] }];
}
