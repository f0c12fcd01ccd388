import type { Family } from '../../recon/model/episode.ts';
import { outsider, publicServer, server, stranger } from './made-up-network.ts';
import { after, DAY, HOUR, MINUTE, SECOND } from './rhythm.ts';
import {
  ATTACKER,
  network,
  probe,
  shuffled,
  somePorts,
  TAKEN,
  type ScanWriter,
  type Stage,
} from './scan-stage.ts';

/** Scans that try not to be seen: slow, among decoys, in fragments, from many sources, between ordinary sessions. */
export const EVASIVE_SCANS = {
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
} satisfies Readonly<Record<string, ScanWriter>>;

/** Probes of a slow scan: for a month, at least a dozen, at most 300. */
function slowProbes({ interval }: Stage): number {
  return Math.min(300, Math.max(12, Math.floor((25 * DAY) / interval)));
}

/** "Slow" is what lasts for four hours at least; a few probes a minute for less than that are no family of their own. */
function slowFamilies({ interval }: Stage, probes: number): readonly Family[] {
  return (probes - 1) * interval >= 4 * HOUR ? ['slow'] : [];
}
