import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import { BROWSERS } from './benign-people.ts';
import {
  darkAddress,
  machine,
  neighbour,
  outsider,
  publicServer,
  server,
  workstation,
} from './made-up-network.ts';
import { after, DAY, HOUR, MINUTE, officeMoments, publicMoments, SECOND, steadyMoments } from './rhythm.ts';
import type { Scene } from './traffic.ts';

const BOT = 'Mozilla/5.0 (compatible; Examplebot/2.1; +http://bot.example/about)';

/** Crawlers: eight hosts of one network read the whole site, with old links that are gone (404), and its robots.txt. */
export function crawlers({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (const at of publicMoments(dice, start, day, hosts * 40)) {
      const crawler = neighbour(20 + dice.int(0, 7));
      const site = dice.int(0, 1);
      const gone = dice.chance(0.08);
      const target = dice.chance(0.03)
        ? '/robots.txt'
        : gone
          ? `/old/${dice.int(1, 400)}.html`
          : `/article/${dice.int(1, 2500)}`;
      tape.http(at, crawler, publicServer(site), 80, {
        host: `www${site}.corp.example`,
        target,
        agent: BOT,
        status: gone ? 404 : 200,
      });
      if (dice.chance(0.3))
        tape.tls(
          after(at, 0.5 * SECOND),
          crawler,
          publicServer(site),
          443,
          `www${site}.corp.example`,
          BROWSERS[0] ?? '',
        );
    }
  }
}

/** A content network that fetches from our origin: edges of several networks, one port, now and then a timeout. */
export function originPulls({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (const at of publicMoments(dice, start, day, hosts * 60)) {
      const edge = dice.chance(0.5) ? neighbour(100 + dice.int(0, 60)) : outsider(20_000 + dice.int(0, 200));
      tape.tcp(at, edge, publicServer(0), 443, dice.chance(0.99) ? 'closed' : 'silent', { service: 'tls' });
    }
  }
}

/** Thousands of people behind a few addresses (RFC 6598) who visit us: many sessions, many agents, some broken off. */
export function carrierNat({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (const at of publicMoments(dice, start, day, hosts * 80)) {
      const gateway = neighbour(200 + dice.int(0, 3));
      const site = dice.int(0, 3);
      const what = dice.unit();
      if (what < 0.2) tape.udp(at, gateway, publicServer(site), 443, dice.chance(0.6), { sent: 1200 });
      else if (what < 0.22) tape.tcp(at, gateway, publicServer(site), 443, 'silent');
      else if (what < 0.5)
        tape.http(at, gateway, publicServer(site), 80, {
          host: `www${site}.corp.example`,
          target: `/article/${dice.int(1, 2500)}`,
          agent: `Mozilla/5.0 (phone ${dice.int(1, 300)})`,
        });
      else tape.tls(at, gateway, publicServer(site), 443, `www${site}.corp.example`, dice.pick(BROWSERS));
    }
  }
}

/**
 * Backscatter (Moore et al. 2001): somebody floods a victim in our name, and the victim's SYN-ACKs, RSTs and ICMP
 * errors come to addresses of ours, mostly of no machine.
 */
export function backscatter({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (let victim = 0; victim < 4; victim += 1) {
      const begin = after(start, day * DAY + dice.unit() * 22 * HOUR);
      for (const at of steadyMoments(dice, begin, after(begin, HOUR), HOUR / (hosts * 10), 1)) {
        const target = dice.chance(0.7) ? darkAddress(dice.int(0, 1999)) : publicServer(dice.int(0, 60));
        const address = outsider(100_000 + victim);
        if (victim < 2)
          tape.tcp(at, address, target, dice.int(1024, 65_535), 'syn-ack-first', { sourcePort: 80 });
        else if (victim === 2)
          tape.tcp(at, address, target, dice.int(1024, 65_535), 'reset-first', { sourcePort: 6667 });
        else tape.icmp(at, address, target, 3, dice.pick([1, 3, 13]), 'backscatter');
      }
    }
  }
}

/**
 * What a segment says to itself: mDNS, SSDP, LLMNR, NetBIOS, DHCP, ARP and neighbour discovery, to groups and to
 * everybody. Devices answer to SSDP from their own port. The gateway asks for every lease it still remembers.
 */
export function segmentChatter(scene: Scene): void {
  const { dice, tape, start, days, hosts } = scene;
  const until = after(start, days * DAY);
  const groups: readonly (readonly [string, number])[] = [
    ['224.0.0.251', 5353],
    ['239.255.255.250', 1900],
    ['224.0.0.252', 5355],
    ['10.20.1.255', 137],
    ['10.20.1.255', 138],
    ['239.255.255.250', 3702],
    ['255.255.255.255', 67],
    ['255.255.255.255', 6771],
  ];
  for (let n = 0; n < hosts; n += 1) {
    for (const at of steadyMoments(dice, start, until, 45 * MINUTE, 0.8)) {
      for (const [group, port] of groups) {
        if (dice.chance(0.5))
          tape.udp(after(at, dice.unit() * MINUTE), workstation(n), group as IpAddress, port, false);
      }
      // Neighbours are asked for when they are spoken to: a few, now and then one that left.
      tape.arp(at, workstation(n), machine('gateway'), true);
      const other = dice.int(0, hosts - 1);
      if (other !== n && dice.chance(0.3))
        tape.arp(after(at, SECOND), workstation(n), workstation(other), dice.chance(0.9));
      const link = `fe80::${(n + 16).toString(16)}` as IpAddress;
      tape.icmp(
        at,
        link,
        `ff02::1:ff00:${(1 + dice.int(0, hosts)).toString(16)}` as IpAddress,
        135,
        0,
        'silent',
      );
      tape.icmp(after(at, SECOND), link, 'ff02::2' as IpAddress, 133, 0, 'unknown');
      tape.icmp(after(at, 2 * SECOND), link, 'ff02::16' as IpAddress, 143, 0, 'unknown');
    }
  }
  for (const at of steadyMoments(dice, start, until, 4 * HOUR, 0.2)) {
    // A television that answers a search, to the port that asked, from one of its own.
    for (let n = 0; n < Math.min(6, hosts); n += 1)
      tape.udp(after(at, n * 1000), workstation(190), workstation(n), dice.int(49_152, 65_535), false, {
        sourcePort: 1900,
      });
    // The gateway goes through its table of neighbours; one in six went home.
    for (let n = 0; n < hosts; n += 1)
      tape.arp(after(at, n * 0.5 * SECOND), machine('gateway'), workstation(n), dice.chance(0.83));
  }
}

/**
 * An outage: a server that all desks use is silent for forty minutes of an afternoon, on all of its ports. Those who
 * know it retry; some come to it for the first time then.
 */
export function outage(scene: Scene): void {
  const { dice, tape, start, days, hosts } = scene;
  const ports = [80, 443, 445, 8080, 5432, 25];
  for (let day = 0; day < days; day += 1) {
    const from = after(start, day * DAY + (13 + dice.int(0, 2)) * HOUR);
    const until = after(from, 40 * MINUTE);
    for (let n = 0; n < hosts; n += 1) {
      for (const at of officeMoments(dice, start, day, 40)) {
        const down = at >= from && at < until;
        const port = ports[dice.int(0, n % 3 === 0 ? 5 : 1)] ?? 80;
        const tries = down ? 4 : 1;
        for (let retry = 0; retry < tries; retry += 1)
          tape.tcp(
            after(at, retry * 3 * SECOND),
            workstation(n),
            server(2),
            port,
            down ? 'silent' : 'closed',
          );
        if (dice.chance(0.3))
          tape.tcp(after(at, MINUTE), workstation(n), server(dice.int(3, 9)), 443, 'closed', {
            service: 'tls',
          });
      }
    }
  }
}

/** A sensor that starts in the middle of everything: sessions whose beginning it never saw, both ways round. */
export function midStream(scene: Scene): void {
  const { dice, tape, start, days, hosts } = scene;
  for (let day = 0; day < days; day += 1) {
    const begin = after(start, day * DAY + 9 * HOUR);
    for (let n = 0; n < hosts; n += 1) {
      for (let session = 0; session < 25; session += 1) {
        const at = after(begin, dice.unit() * 60 * SECOND);
        const host = session < 5 ? server(session) : outsider(dice.int(0, 5000));
        const port = session < 5 ? 445 : 443;
        // Who spoke first is a guess: often the wrong way round, towards the client's port.
        if (dice.chance(0.5)) tape.tcp(at, workstation(n), host, port, 'mid-stream');
        else tape.tcp(at, host, workstation(n), dice.int(49_152, 65_535), 'mid-stream', { sourcePort: port });
      }
      for (const at of officeMoments(dice, start, day, 20))
        tape.tls(at, workstation(n), outsider(dice.int(0, 5000)), 443, 'www.example', dice.pick(BROWSERS));
    }
  }
}

/** A sensor on one of two paths: of one half of the sessions it sees only questions, of some only answers. */
export function oneWay({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (let n = 0; n < hosts; n += 1) {
      for (const at of officeMoments(dice, start, day, 60)) {
        const host = outsider(dice.int(0, 3000));
        const way = dice.unit();
        if (way < 0.5) tape.tcp(at, workstation(n), host, 443, 'one-way');
        else if (way < 0.75) tape.tcp(at, workstation(n), host, 443, 'one-way-back');
        else tape.tcp(at, workstation(n), host, 443, 'closed', { service: 'tls' });
      }
    }
  }
}

/** A sensor on a host whose card computes checksums: the host's own packets look broken and are not counted. */
export function badChecksums({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (const at of officeMoments(dice, start, day, hosts * 40)) {
      const host: IpAddress = dice.chance(0.5) ? outsider(dice.int(0, 3000)) : server(dice.int(0, 9));
      tape.tcp(at, workstation(0), host, dice.pick([443, 80, 445]), 'bad-checksums');
    }
    for (const at of officeMoments(dice, start, day, hosts * 5))
      tape.tcp(at, workstation(dice.int(1, hosts)), workstation(0), 445, 'one-way');
  }
}

/** Visitors of a web site: a day of the public, each a few pages, all answered. */
export function visitors({ dice, tape, start, days, hosts }: Scene): void {
  for (let day = 0; day < days; day += 1) {
    for (const at of publicMoments(dice, start, day, hosts * 12)) {
      const visitor = outsider(dice.int(0, 100_000));
      const pages = dice.int(1, 5);
      for (let page = 0; page < pages; page += 1) {
        const moment: Instant = after(at, page * 20 * SECOND);
        tape.tls(moment, visitor, publicServer(0), 443, 'www0.corp.example', dice.pick(BROWSERS));
      }
    }
  }
}
