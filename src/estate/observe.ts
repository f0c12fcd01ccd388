import type { Extraports, OsMatch, Port, PortState, Service } from '../exposure/model/host.ts';
import { portKey, type TransportProtocol } from '../net/port-key.ts';
import { PortSet } from '../net/port-set.ts';
import type { Instant } from '../time/instant.ts';
import { Dice } from './dice.ts';
import { NOISE } from './history.ts';
import { ROLL, type Machine, type MachineService } from './machine.ts';
import type { PrintedHost } from './nmap-xml.ts';
import { probedService, tableService } from './product-service.ts';
import { productOf } from './products.ts';
import type { Profile } from './profiles.ts';
import { hostScripts, portScripts } from './scripts.ts';
import type { NoiseSink } from './truth.ts';

/** The circumstances of one host's scan. */
export interface Sighting {
  readonly seed: number;
  readonly week: number;
  readonly profile: Profile;
  readonly start: Instant;
  /** Ports that scan loss must leave alone: a planted event is to be seen. */
  readonly spare: ReadonlySet<number>;
  /** Nmap 7.9x lists folded ports by number in `extrareasons`; 7.8x and older only count them. */
  readonly namesFoldedPorts: boolean;
}

/** Folded port lists by what was listed instead; hosts of a role share theirs. */
export type FoldedLists = Map<string, string>;

/**
 * What Nmap reports of a machine that answers. Adds the noise of observation (loss, timeouts,
 * wobbling guesses) to `noise`.
 */
export function observe(
  machine: Machine,
  sighting: Sighting,
  folded: FoldedLists,
  noise: NoiseSink,
): PrintedHost {
  const { profile, week, seed, start } = sighting;
  const { place } = machine;
  const dice = new Dice(seed, ROLL.scan, place.index, week, profile.name.length);
  const hops = place.segment.hops;
  const ttl = machine.system.ttl - hops;
  const ports: Port[] = [];
  const extraports: Extraports[] = [];
  for (const scan of profile.scans) {
    const listed: Port[] = [];
    for (const service of machine.services) {
      if (service.protocol !== scan.protocol || !scan.ports.has(service.port)) continue;
      if (scan.protocol === 'tcp' && machine.allowed !== undefined && !machine.allowed.includes(service.port))
        continue;
      listed.push(observePort(machine, service, sighting, dice, ttl, noise));
    }
    ports.push(...listed);
    extraports.push(...foldRest(machine, scan.protocol, scan.ports, listed, sighting, folded));
  }
  const rtt = 150 + dice.int(0, 400) + hops * 4_000;
  const begun = (start + place.index * 20_000) as Instant;
  const local = hops === 0;
  return {
    address: place.address,
    otherAddresses: [],
    ...(local ? { mac: { address: machine.mac, vendor: machine.vendor } } : {}),
    status: { state: 'up', reason: local ? 'arp-response' : 'echo-reply', reasonTtl: local ? 0 : ttl },
    hostnames: [{ name: machine.name, type: 'PTR' }],
    ports,
    extraports,
    os:
      profile.os && ports.some((port) => port.state === 'open')
        ? guessOs(machine, dice, sighting, noise)
        : [],
    scripts: profile.scripts ? hostScripts(machine, begun, dice) : [],
    ...(profile.os ? { distance: hops + 1 } : {}),
    timedOut: false,
    ...(profile.scans.length === 0
      ? {}
      : { start: seconds(begun), end: seconds((begun + 40e6 + dice.int(0, 20e6)) as Instant) }),
    times: { srtt: rtt, rttvar: Math.floor(rtt / 3), to: 100_000 },
  };
}

function seconds(instant: Instant): Instant {
  return (Math.floor(instant / 1e6) * 1e6) as Instant;
}

function observePort(
  machine: Machine,
  service: MachineService,
  { profile, week, spare }: Sighting,
  dice: Dice,
  ttl: number,
  noise: NoiseSink,
): Port {
  const { port: portid, protocol } = service;
  const lost = dice.chance(NOISE.scanLoss) && !spare.has(portid);
  const wobbles = dice.chance(NOISE.serviceWobble) && !spare.has(portid);
  const say = (kind: 'scan-loss' | 'service-wobble', detail: string): void => {
    noise({
      week,
      host: machine.place.address,
      kind,
      label: 'noise',
      port: portKey(portid, protocol),
      detail,
    });
  };
  const table = tableService(portid);
  if (lost) {
    say('scan-loss', 'The answer was lost; the port looks filtered.');
    const state: PortState = protocol === 'udp' ? 'open|filtered' : 'filtered';
    return { protocol, portid, state, reason: 'no-response', reasonTtl: 0, service: table, scripts: [] };
  }
  let said: Service = table;
  if (profile.versions && service.product !== undefined) {
    const probed = probedService(service.product, service.version, service.tls);
    if (wobbles && probed.method === 'probed') say('service-wobble', 'Version detection ran into a timeout.');
    said = wobbles ? table : probed;
  }
  return {
    protocol,
    portid,
    state: 'open',
    reason: protocol === 'udp' ? 'udp-response' : 'syn-ack',
    reasonTtl: ttl,
    service: said,
    scripts:
      profile.scripts && service.product !== undefined
        ? portScripts(machine, service, productOf(service.product))
        : [],
  };
}

/** How a port without a service answers: by filter, host firewall, reset, or ICMP. */
function foldRest(
  machine: Machine,
  protocol: TransportProtocol,
  asked: PortSet,
  listed: readonly Port[],
  { namesFoldedPorts }: Sighting,
  folded: FoldedLists,
): Extraports[] {
  const count = asked.size - listed.length;
  if (count === 0) return [];
  const silent = machine.allowed !== undefined || machine.drops;
  const [state, reason] =
    protocol === 'udp'
      ? silent
        ? ['open|filtered', 'no-response']
        : ['closed', 'port-unreach']
      : silent
        ? ['filtered', 'no-response']
        : ['closed', 'reset'];
  if (!namesFoldedPorts) return [{ state, count, reasons: [{ reason, count }] }];
  const key = `${asked.size} ${protocol} ${listed.map((port) => port.portid).join(',')}`;
  let ports = folded.get(key);
  if (ports === undefined) {
    ports = asked.subtract(PortSet.of(listed.map((port) => port.portid))).toString();
    // Combinations of noise could make any number of lists; the usual ones come again at once.
    if (folded.size >= 4_096) folded.clear();
    folded.set(key, ports);
  }
  return [{ state, count, reasons: [{ reason, count, protocol, ports }] }];
}

function guessOs(machine: Machine, dice: Dice, { week }: Sighting, noise: NoiseSink): OsMatch[] {
  const [best, ...others] = machine.system.guesses;
  if (best === undefined) return [];
  if (!dice.chance(NOISE.osWobble)) return [best, ...others];
  noise({
    week,
    host: machine.place.address,
    kind: 'os-wobble',
    label: 'noise',
    detail: 'OS guesses came in another order or weight.',
  });
  const less = dice.int(1, 4);
  const weigh = (guess: OsMatch): OsMatch => ({
    ...guess,
    accuracy: guess.accuracy - less,
    classes: guess.classes.map((item) => ({ ...item, accuracy: (item.accuracy ?? guess.accuracy) - less })),
  });
  return [weigh(best), ...others.toReversed().map(weigh)];
}
