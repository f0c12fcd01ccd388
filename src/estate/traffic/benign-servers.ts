import type { IpAddress } from '../../net/ip-address.ts';
import { parsePrefix } from '../../net/prefix.ts';
import { TCP } from '../../recon/model/ip-protocol.ts';
import type { AuthorisedScan } from '../../recon/model/site.ts';
import type { Instant } from '../../time/instant.ts';
import { BROWSERS } from './benign-people.ts';
import {
  machine,
  node,
  outsider,
  outsider6,
  pod,
  publicServer,
  server,
  workstation,
} from './made-up-network.ts';
import {
  after,
  DAY,
  HOUR,
  isWeekend,
  MINUTE,
  officeMoments,
  publicMoments,
  SECOND,
  steadyMoments,
} from './rhythm.ts';
import type { Scene } from './traffic.ts';

const end = ({ start, days }: Scene): Instant => after(start, days * DAY);

/** A recursive resolver: thousands of authoritative servers over UDP, one in sixteen lame; TCP after truncation. */
export function dnsResolver(scene: Scene): void {
  const { dice, tape, start, days, hosts } = scene;
  const resolver = machine('resolver');
  for (let day = 0; day < days; day += 1) {
    for (const at of officeMoments(dice, start, day, hosts * 60)) {
      const zone = dice.int(0, 4000);
      const name = `www.site${zone}.example`;
      tape.dns(
        at,
        workstation(dice.int(0, hosts - 1)),
        resolver,
        name,
        dice.chance(0.04) ? 'NXDOMAIN' : 'NOERROR',
      );
      if (dice.chance(0.4)) continue;
      // Which servers are lame is a matter of the zone; whoever is, stays so.
      const lame = zone % 16 === 3;
      const asked = after(at, 2000);
      if (dice.chance(0.15))
        tape.udp(asked, '2001:db8:20:10::2' as IpAddress, outsider6(zone), 53, !lame, { service: 'dns' });
      else tape.udp(asked, resolver, outsider(zone), 53, !lame, { service: 'dns' });
      if (lame)
        tape.udp(after(asked, 0.8 * SECOND), resolver, outsider(zone + 5000), 53, true, { service: 'dns' });
      else if (dice.chance(0.03))
        tape.tcp(
          after(asked, 30_000),
          resolver,
          outsider(zone),
          53,
          dice.chance(0.85) ? 'closed' : 'refused',
          { service: 'dns' },
        );
    }
  }
}

/** A forward proxy, or the outside address of a NAT: everybody's web through one source, one host in twenty-five down. */
export function proxy({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (const at of officeMoments(dice, start, day, hosts * 80)) {
      const site = dice.int(0, 8000);
      const client = workstation(dice.int(0, hosts - 1));
      tape.http(at, client, machine('proxy'), 3128, {
        host: `www.site${site}.example`,
        method: 'CONNECT',
        target: `www.site${site}.example:443`,
      });
      const down = site % 25 === 4;
      const port = dice.chance(0.92) ? 443 : 80;
      const moment = after(at, 3000);
      if (down)
        tape.tcp(moment, machine('proxy'), outsider(site), port, site % 2 === 0 ? 'silent' : 'refused');
      else if (port === 443)
        tape.tls(
          moment,
          machine('proxy'),
          outsider(site),
          443,
          `www.site${site}.example`,
          dice.pick(BROWSERS),
        );
      else tape.http(moment, machine('proxy'), outsider(site), 80, { host: `www.site${site}.example` });
    }
  }
}

/** A vulnerability scanner with a ticket: every night from 22:00 a hundred ports of the desks, as the ledger allows. */
export function ticketedScanner(scene: Scene): readonly AuthorisedScan[] {
  const { dice, tape, start, days, hosts } = scene;
  const scanner = machine('vulnerabilityScanner');
  const ports = Array.from(
    { length: 100 },
    (_, n) => [21, 22, 23, 25, 53, 80, 110, 135, 139, 443, 445, 3389, 5900, 8080][n] ?? 1000 + n * 37,
  );
  const windows: { from: Instant; to: Instant }[] = [];
  for (let day = 0; day < days; day += 1) {
    const from = after(start, day * DAY + 22 * HOUR);
    windows.push({ from, to: after(from, 2 * HOUR) });
    let at = after(from, 30 * SECOND);
    for (let n = 0; n < hosts; n += 1) {
      for (const port of ports) {
        const open = port === 135 || port === 445 || (port === 3389 && n % 3 === 0);
        tape.tcp(at, scanner, workstation(n), port, open ? 'half-open' : n % 5 === 0 ? 'silent' : 'refused');
        if (open) tape.tcp(after(at, 5 * SECOND), scanner, workstation(n), port, 'closed');
        at = after(at, dice.int(20, 60) * 1e3);
      }
    }
  }
  return [
    {
      id: 'nightly-desks',
      owner: 'security@corp.example',
      ticket: 'CHG-1042',
      sources: prefixesOf(`${scanner}/32`),
      targets: prefixesOf('10.20.1.0/24'),
      ports: new Map([[TCP, [[1, 65_535]]]]),
      windows,
      ratePerSecond: undefined,
    },
  ];
}

function prefixesOf(...texts: readonly string[]): AuthorisedScan['sources'] {
  return texts.map((text) => parsePrefix(text)).filter((prefix) => prefix !== undefined);
}

/** Monitoring: every server, the same checks, every five minutes; two checks have failed for a year. */
export function monitoring(scene: Scene): void {
  const { dice, tape, start, hosts } = scene;
  const poller = machine('monitor');
  for (const at of steadyMoments(dice, start, end(scene), 5 * MINUTE, 0.02)) {
    for (let n = 0; n < Math.min(60, hosts); n += 1) {
      const moment = after(at, n * 0.7 * SECOND);
      tape.icmp(moment, poller, server(n), 8, 0, n === 18 ? 'silent' : 'answered');
      if (n === 18) continue;
      tape.tcp(
        after(moment, 0.1 * SECOND),
        poller,
        server(n),
        [22, 80, 443, 5432, 3306][n % 5] ?? 22,
        n === 11 ? 'refused' : 'touched',
      );
      if (n % 2 === 0)
        tape.udp(after(moment, 0.2 * SECOND), poller, server(n), 161, true, { service: 'snmp' });
      tape.tcp(after(moment, 0.3 * SECOND), poller, server(n), 9100, 'closed', { service: 'http' });
    }
  }
}

/** Two load balancers that check each backend's health every ten seconds, through two rolling deployments a day. */
export function loadBalancer(scene: Scene): void {
  const { dice, tape, start, days, hosts } = scene;
  const backends = Math.min(24, hosts);
  const deployments = Array.from({ length: days * 2 }, (_, n) => after(start, n * (DAY / 2) + 10 * HOUR));
  // Each fifth check is written down: the others look the same.
  for (const at of steadyMoments(dice, start, end(scene), 50 * SECOND, 0.05)) {
    for (let n = 0; n < backends; n += 1) {
      const away = deployments.some(
        (begin) => at >= after(begin, n * 3 * MINUTE) && at < after(begin, n * 3 * MINUTE + 2 * MINUTE),
      );
      tape.tcp(
        after(at, n * 3000),
        machine('loadBalancer'),
        server(40 + n),
        8443,
        away ? 'refused' : 'touched',
      );
    }
  }
  for (let day = 0; day < days; day += 1) {
    for (const at of publicMoments(dice, start, day, hosts * 20)) {
      tape.tcp(at, machine('loadBalancer'), server(40 + dice.int(0, backends - 1)), 8443, 'closed', {
        service: 'tls',
      });
    }
  }
}

/** Backup: each night the server calls its agents one by one; one laptop in twenty is not there. */
export function backup({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (let n = 0; n < hosts; n += 1) {
      const at = after(start, day * DAY + HOUR + n * 2 * MINUTE);
      const away = dice.chance(0.05);
      tape.tcp(at, machine('backup'), workstation(n), 13_782, away ? 'silent' : 'closed', {
        sent: 60_000,
        received: 90_000_000,
        duration: 60,
      });
      if (away) {
        for (let retry = 1; retry < 4; retry += 1)
          tape.tcp(after(at, retry * 10 * MINUTE), machine('backup'), workstation(n), 13_782, 'silent');
      } else
        tape.tcp(after(at, SECOND), workstation(n), machine('backup'), 1556, 'closed', { service: 'tls' });
    }
  }
}

/**
 * Patch day: all desks to the update server, the server to the vendor's network, and desks to one another for pieces
 * (peers that a directory named a moment ago, so nine in ten are there).
 */
export function patching({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    const waves = officeMoments(dice, start, day, hosts);
    for (const [n, at] of waves.entries()) {
      const desk = workstation(n);
      tape.http(at, desk, machine('patchServer'), 8530, {
        host: 'wsus.corp.example:8530',
        target: '/ClientWebService/client.asmx',
        method: 'POST',
        agent: 'Windows-Update-Agent/10.0',
      });
      const peers = dice.int(2, 6);
      for (let peer = 0; peer < peers; peer += 1) {
        const other = dice.int(0, hosts - 1);
        if (other === n) continue;
        tape.tcp(
          after(at, (10 + peer) * SECOND),
          desk,
          workstation(other),
          7680,
          dice.chance(0.92) ? 'closed' : 'silent',
          { received: 4_000_000 },
        );
      }
    }
    for (const at of officeMoments(dice, start, day, 60))
      tape.http(at, machine('patchServer'), outsider(60_000 + dice.int(0, 80)), 80, {
        host: 'download.vendor.example',
        target: `/update/${dice.int(1, 40)}.cab`,
        agent: 'Microsoft BITS/7.8',
      });
  }
}

/**
 * A Kubernetes cluster: nodes check their pods, Prometheus scrapes them, a registry tells them of each other. Pods
 * come and go several times a day; one that is starting may refuse, one that went is silent until the list is read again.
 */
export function kubernetes(scene: Scene): void {
  const { dice, tape, start, hosts } = scene;
  const nodes = Math.max(2, Math.ceil(hosts / 20));
  const pods = hosts * 2;
  const generation = Array.from({ length: pods }, () => 0);
  for (const at of steadyMoments(dice, start, end(scene), 10 * MINUTE, 0.05)) {
    for (let n = 0; n < pods; n += 1) {
      // A new pod has a new address: each slot has twelve, used in turn.
      const replaced = dice.chance(0.01);
      const before = pod(n * 12 + ((generation[n] ?? 0) % 12));
      if (replaced) generation[n] = (generation[n] ?? 0) + 1;
      const address = pod(n * 12 + ((generation[n] ?? 0) % 12));
      const home = node(n % nodes);
      const moment = after(at, n * 0.2 * SECOND);
      const port = [8080, 8081, 9090, 15_021][n % 4] ?? 8080;
      if (replaced && dice.chance(0.4)) tape.tcp(moment, home, address, port, 'refused');
      tape.http(after(moment, 5 * SECOND), home, address, port, {
        host: `${address}:${port}`,
        target: '/healthz',
        agent: 'kube-probe/1.34',
      });
      const scraped = replaced && dice.chance(0.5) ? before : address;
      if (scraped === address)
        tape.http(after(moment, 9 * SECOND), machine('prometheus'), address, 9102, {
          host: `${address}:9102`,
          target: '/metrics',
          agent: 'Prometheus/3.5.0',
        });
      else tape.tcp(after(moment, 9 * SECOND), machine('prometheus'), scraped, 9102, 'silent');
      const peer = pod(dice.int(0, pods - 1) * 12);
      if (peer !== address && dice.chance(0.1))
        tape.tcp(after(moment, 12 * SECOND), address, peer, 8080, 'closed', {
          service: 'http',
        });
    }
  }
}

/** Windows RPC: the endpoint mapper, then a port that was dealt out at the last start; file transfer and portmapper do alike. */
export function ephemeralRpc({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    // Servers start anew once a day here: more often than any do.
    const dealt = Array.from({ length: 5 }, (_, s) => 49_664 + ((day * 31 + s * 7) % 400));
    for (let n = 0; n < hosts; n += 1) {
      for (const at of officeMoments(dice, start, day, 6)) {
        const s = dice.int(0, 4);
        tape.tcp(at, workstation(n), server(s), 135, 'closed', { service: 'dce_rpc' });
        tape.tcp(after(at, 0.2 * SECOND), workstation(n), server(s), dealt[s] ?? 49_664, 'closed', {
          service: 'dce_rpc',
        });
      }
      // Passive FTP (RFC 959): one control connection, a port for every file.
      if (n % 4 === 0) {
        for (const at of officeMoments(dice, start, day, 8)) {
          tape.tcp(at, workstation(n), server(6), 21, 'closed', { service: 'ftp' });
          tape.tcp(after(at, SECOND), workstation(n), server(6), dice.int(50_000, 51_000), 'closed', {
            service: 'ftp-data',
          });
        }
      }
    }
  }
}

/** Telephony: media on a new pair of ports for every call (RFC 3550), of which one in twenty never gets a packet back. */
export function media({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (let n = 0; n < hosts; n += 1) {
      for (const at of officeMoments(dice, start, day, 12)) {
        tape.udp(at, workstation(n), machine('mediaServer'), 5060, true, { service: 'sip' });
        const port = 16_384 + 2 * dice.int(0, 8000);
        tape.udp(after(at, 3 * SECOND), workstation(n), machine('mediaServer'), port, dice.chance(0.95), {
          duration: dice.int(20, 900),
          sent: 160_000,
          received: 160_000,
        });
        tape.udp(after(at, 4 * SECOND), workstation(n), machine('mediaServer'), port + 1, dice.chance(0.95));
      }
    }
  }
}

/** A mail server: hundreds of exchangers on port 25; one in sixteen is gone and is tried again for days (RFC 5321, 4.5.4). */
export function mail({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (const at of officeMoments(dice, start, day, hosts * 25)) {
      const domain = dice.int(0, 1200);
      tape.dns(at, machine('mailServer'), machine('resolver'), `dom${domain}.example`, 'NOERROR', 'MX');
      const gone = domain % 16 === 5;
      const how = gone ? (domain % 3 === 0 ? 'refused' : 'silent') : 'closed';
      const tries = gone ? 3 : 1;
      for (let retry = 0; retry < tries; retry += 1)
        tape.tcp(
          after(at, SECOND + retry * 30 * MINUTE),
          machine('mailServer'),
          outsider(40_000 + domain),
          25,
          how,
          { service: gone ? '' : 'smtp' },
        );
      if (gone)
        tape.tcp(after(at, 31 * SECOND), machine('mailServer'), outsider(42_000 + domain), 25, 'closed', {
          service: 'smtp',
        });
    }
    for (const at of publicMoments(dice, start, day, hosts * 10))
      tape.tcp(at, outsider(40_000 + dice.int(0, 1200)), publicServer(2), 25, 'closed', { service: 'smtp' });
  }
}

/** Federation (Matrix, ActivityPub): each post goes to hundreds of small servers, of which one in ten is gone for good. */
export function federation({ dice, tape, start, days, hosts }: Scene): void {
  const instances = hosts * 30;
  for (let day = 0; day < days; day += 1) {
    for (const at of publicMoments(dice, start, day, hosts * 60)) {
      const instance = dice.int(0, instances - 1);
      const gone = instance % 10 === 6;
      const port = instance % 4 === 0 ? 8448 : 443;
      if (gone)
        tape.tcp(
          at,
          machine('federation'),
          outsider(50_000 + instance),
          port,
          instance % 3 === 0 ? 'refused' : 'silent',
        );
      else
        tape.tls(
          at,
          machine('federation'),
          outsider(50_000 + instance),
          port,
          `social${instance}.example`,
          't13d311100_e8f1e7e78f70_d339722ba4af',
        );
    }
  }
}

/** A build runner: registries, mirrors, its own throw-away services; nearly all answers. */
export function buildRunner({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (const at of officeMoments(dice, start, day, isWeekend(day) ? 5 : hosts * 8)) {
      tape.tls(
        at,
        machine('buildRunner'),
        outsider(80_000 + dice.int(0, 60)),
        443,
        'registry.example',
        't13d190900_9dc949149365_97f8aa674fd9',
      );
      // A service that is waited for refuses until it listens; it is the same port of the same host each time.
      const service = dice.pick([5432, 6379, 9200, 8080]);
      tape.tcp(after(at, MINUTE), machine('buildRunner'), server(70 + dice.int(0, 2)), service, 'refused');
      tape.tcp(
        after(at, MINUTE + 5 * SECOND),
        machine('buildRunner'),
        server(70 + dice.int(0, 2)),
        service,
        'closed',
      );
    }
  }
}
