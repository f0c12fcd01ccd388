import type { IpAddress } from '../../net/ip-address.ts';
import { publicServer, server } from './made-up-network.ts';
import { after, SECOND } from './rhythm.ts';
import {
  ATTACKER,
  fate,
  network,
  probe,
  shuffled,
  somePorts,
  syn,
  TAKEN,
  type Claim,
  type ScanWriter,
  type Stage,
} from './scan-stage.ts';
import type { TcpCourse } from './tape.ts';

/** Scans of ports and sweeps of hosts, as fast as their tools are, by what is sent. */
export const PROBE_SCANS = {
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
} satisfies Readonly<Record<string, ScanWriter>>;

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
