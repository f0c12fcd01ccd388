import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import {
  machine,
  outsider,
  outsider6,
  printer,
  server,
  workstation,
  workstation6,
} from './made-up-network.ts';
import { after, DAY, HOUR, isWeekend, MINUTE, officeMoments, SECOND, steadyMoments } from './rhythm.ts';
import type { Scene } from './traffic.ts';

/** JA4 of a few browsers: form of the fingerprint, not of anybody's product. */
export const BROWSERS = ['t13d1516h2_8daaf6152771_d8a2da3f94cd', 't13d1715h2_5b57614c22b0_3d5424432f57'];

/** Machines asleep in the office of the night, or that were carried home. */
function isIn(dice: Scene['dice'], day: number): boolean {
  return dice.chance(isWeekend(day) ? 0.12 : 0.94);
}

/**
 * A day at the desk: logon at the domain controller, name resolution, mail, files, intranet, much web, a printer,
 * a call. Of first contacts about one in twenty fails: retired servers, blocked trackers, sites that are down.
 */
export function officeDay(scene: Scene): void {
  const { dice, start, days, hosts } = scene;
  for (let n = 0; n < hosts; n += 1) {
    const favourites = Array.from({ length: 12 }, () => dice.int(0, 3000));
    for (let day = 0; day < days; day += 1) {
      if (!isIn(dice, day)) continue;
      deskDay(scene, workstation(n), favourites, officeMoments(dice, start, day, 90));
    }
  }
}

function deskDay(
  { dice, tape }: Scene,
  desk: IpAddress,
  favourites: readonly number[],
  moments: readonly Instant[],
): void {
  const [morning] = moments;
  if (morning === undefined) return;
  const logon = after(morning, -5 * MINUTE);
  const controller = machine('domainController');
  tape.dns(logon, desk, machine('resolver'), '_ldap._tcp.dc._msdcs.corp.example', 'NOERROR', 'SRV');
  for (const [port, service] of [
    [88, 'krb_tcp'],
    [389, 'ldap_tcp'],
    [445, 'smb,gssapi'],
    [135, 'dce_rpc'],
    [49_670, 'dce_rpc'],
  ] as const) {
    tape.tcp(after(logon, dice.int(1, 60) * SECOND), desk, controller, port, 'closed', { service });
  }
  // The search for a proxy configuration that is not there (WPAD): seen on every network.
  tape.dns(after(logon, 2 * SECOND), desk, machine('resolver'), 'wpad.corp.example', 'NXDOMAIN');
  if (dice.chance(0.3)) tape.tcp(after(logon, 70 * SECOND), desk, server(18), 445, 'silent');
  tape.tcp(after(logon, 90 * SECOND), desk, machine('mailServer'), 993, 'open', { service: 'tls' });
  for (const at of moments) {
    const what = dice.weighted([70, 10, 8, 5, 4, 2, 1]);
    if (what === 0) browse(desk, at);
    else if (what === 1)
      tape.http(at, desk, server(dice.int(0, 5)), 80, {
        host: `app${dice.int(0, 5)}.corp.example`,
        target: `/page/${dice.int(1, 60)}`,
      });
    else if (what === 2) {
      const flow = tape.tcp(at, desk, machine('fileServer'), 445, 'closed', { service: 'smb,gssapi' });
      tape.app(flow, {
        service: 'smb',
        action: 'TREE_CONNECT',
        name: `\\\\files\\${dice.pick(['public', 'home', 'projects'])}`,
        accepted: true,
      });
    } else if (what === 3)
      tape.tcp(at, desk, printer(dice.int(0, 2)), 9100, dice.chance(0.95) ? 'closed' : 'silent');
    else if (what === 4) call(desk, at);
    else if (what === 5) tape.tcp(at, desk, server(dice.int(6, 9)), dice.pick([22, 3389, 1433]), 'closed');
    else tape.tcp(at, desk, server(19), dice.pick([80, 8080]), 'refused');
  }

  function browse(client: IpAddress, at: Instant): void {
    const site = dice.chance(0.7) ? dice.pick(favourites) : dice.int(0, 60_000);
    const name = `www.site${site}.example`;
    tape.dns(at, client, machine('resolver'), name);
    const pages = dice.int(1, 3);
    for (let page = 0; page < pages; page += 1) {
      // Page, then what it pulls in from elsewhere; about one host in twenty-five is a blocked tracker or down.
      const host = outsider(site + page * 977);
      const moment = after(at, (0.05 + page * 0.3) * SECOND);
      const fate = dice.unit();
      if (fate < 0.02) tape.tcp(moment, client, host, 443, 'silent');
      else if (fate < 0.035) tape.tcp(moment, client, host, 443, 'refused');
      else
        tape.tls(
          moment,
          client,
          host,
          443,
          `${page === 0 ? 'www' : 'static'}.site${site}.example`,
          dice.pick(BROWSERS),
        );
    }
  }

  function call(client: IpAddress, at: Instant): void {
    // STUN to a few servers (RFC 8489), then media through one relay or straight to the peer's home.
    for (let n = 0; n < 3; n += 1)
      tape.udp(after(at, n * 20_000), client, outsider(70_000 + n), 3478, dice.chance(0.95));
    tape.udp(after(at, SECOND), client, outsider(dice.int(70_010, 70_040)), dice.int(50_000, 50_059), true, {
      duration: dice.int(60, 3000),
      sent: 400_000,
      received: 400_000,
    });
  }
}

/** Browsers over QUIC (RFC 9000): many hosts on UDP/443, one in six never answers, then TCP does. */
export function quic({ dice, tape, start, days, hosts }: Scene): void {
  for (let n = 0; n < hosts; n += 1) {
    for (let day = 0; day < days; day += 1) {
      for (const at of officeMoments(dice, start, day, 80)) {
        const host = outsider(dice.int(0, 9000));
        const blocked = dice.chance(0.17);
        tape.udp(at, workstation(n), host, 443, !blocked, { sent: 1200 });
        if (blocked || dice.chance(0.3))
          tape.tls(after(at, 0.3 * SECOND), workstation(n), host, 443, 'www.example', dice.pick(BROWSERS));
      }
    }
  }
}

/**
 * Happy eyeballs (RFC 8305) on a network whose IPv6 is broken half of the time: each new site is tried over IPv6
 * first, in vain, and answers over IPv4.
 */
export function happyEyeballs({ dice, tape, start, days, hosts }: Scene): void {
  for (let n = 0; n < hosts; n += 1) {
    for (let day = 0; day < days; day += 1) {
      for (const at of officeMoments(dice, start, day, 60)) {
        const site = dice.int(0, 400);
        // Whether a site's IPv6 works is a matter of the site: of most, it does.
        const works = site % 12 !== 0;
        tape.tcp(at, workstation6(n), outsider6(site), 443, works ? 'closed' : 'silent', {
          service: works ? 'tls' : '',
        });
        if (!works)
          tape.tls(
            after(at, 0.25 * SECOND),
            workstation(n),
            outsider(site),
            443,
            `www.site${site}.example`,
            dice.pick(BROWSERS),
          );
      }
    }
  }
}

/** A desk that fetches from content networks: hundreds of edge hosts, all of which answer on one port. */
export function contentNetworks({ dice, tape, start, days, hosts }: Scene): void {
  for (let n = 0; n < hosts; n += 1) {
    for (let day = 0; day < days; day += 1) {
      for (const at of officeMoments(dice, start, day, 150)) {
        const edge = outsider(20_000 + dice.int(0, 1500));
        if (dice.chance(0.015)) tape.tcp(at, workstation(n), edge, 443, 'silent');
        else tape.tls(at, workstation(n), edge, 443, `cdn${dice.int(0, 40)}.example`, dice.pick(BROWSERS));
      }
    }
  }
}

/**
 * File sharing (BitTorrent, BEP 3, 5): one desk tries hundreds of peers at high ports that trackers and the DHT
 * named; six in ten are gone. One fixed port of its own, payload with those who answer.
 */
export function peerToPeer({ dice, tape, start, days, hosts }: Scene): void {
  const peer = workstation(77);
  const peers = Array.from({ length: hosts * 15 }, (_, n) => ({
    address: outsider(30_000 + n),
    // Old defaults are still about; most clients choose a port once, at random.
    port: dice.chance(0.1) ? 6881 : dice.chance(0.06) ? 51_413 : dice.int(10_000, 65_000),
    fate: dice.unit(),
  }));
  for (let day = 0; day < days; day += 1) {
    for (const at of officeMoments(dice, start, day, hosts * 20)) {
      const { address, port, fate } = dice.pick(peers);
      if (dice.chance(0.6)) tape.udp(at, peer, address, port, fate < 0.55, { sourcePort: 6881 });
      else if (fate < 0.4) tape.tcp(at, peer, address, port, 'closed', { sent: 16_000, received: 600_000 });
      else tape.tcp(at, peer, address, port, fate < 0.8 ? 'silent' : 'refused');
    }
    // And others try it: incoming, mostly answered.
    for (const at of officeMoments(dice, start, day, hosts * 3))
      tape.udp(at, dice.pick(peers).address, peer, 6881, true);
  }
}

/**
 * Printers, and hosts that are dead: the print server asks every printer by SNMP and speaks to its port; two in
 * thirty were thrown away last year. Desks have three mapped drives, one of a server that is gone, and retry it daily.
 */
export function printersAndDeadHosts({ dice, tape, start, days, hosts }: Scene): void {
  const until = after(start, days * DAY);
  const dead = new Set([7, 19]);
  for (const at of steadyMoments(dice, start, until, 30 * MINUTE)) {
    for (let n = 0; n < 30; n += 1) {
      const moment = after(at, n * 0.4 * SECOND);
      tape.udp(moment, machine('printServer'), printer(n), 161, !dead.has(n), { service: 'snmp' });
      if (dice.chance(0.1))
        tape.tcp(
          after(moment, SECOND),
          machine('printServer'),
          printer(n),
          9100,
          dead.has(n) ? 'silent' : 'closed',
        );
    }
  }
  for (let n = 0; n < hosts; n += 1) {
    for (let day = 0; day < days; day += 1) {
      if (!isIn(dice, day)) continue;
      const [morning] = officeMoments(dice, start, day, 20);
      if (morning === undefined) continue;
      tape.tcp(morning, workstation(n), machine('fileServer'), 445, 'closed', { service: 'smb,gssapi' });
      for (let retry = 0; retry < 6; retry += 1) {
        const at = after(morning, 10 * SECOND + retry * HOUR);
        tape.tcp(at, workstation(n), server(18), 445, 'silent');
        tape.tcp(after(at, 21 * SECOND), workstation(n), server(18), 139, 'silent');
        tape.icmp(after(at, 40 * SECOND), workstation(n), server(18), 8, 0, 'silent');
      }
      tape.tcp(
        after(morning, HOUR),
        workstation(n),
        printer(n % 30),
        9100,
        dead.has(n % 30) ? 'silent' : 'closed',
      );
      tape.udp(after(morning, HOUR), workstation(n), printer(n % 30), 161, !dead.has(n % 30), {
        service: 'snmp',
      });
    }
  }
}

/** Adding a printer: a browse by multicast, then SNMP, IPP and the raw port of the eight on the floor. */
export function printerDiscovery({ dice, tape, start, days, hosts }: Scene): void {
  for (let n = 0; n < Math.ceil(hosts / 4); n += 1) {
    for (let day = 0; day < days; day += 1) {
      if (isWeekend(day)) continue;
      const [at] = officeMoments(dice, start, day, 1);
      if (at === undefined) continue;
      const desk = workstation(n);
      tape.udp(at, desk, '239.255.255.250' as IpAddress, 3702, false);
      tape.udp(after(at, 0.1 * SECOND), desk, '224.0.0.251' as IpAddress, 5353, false, { service: 'dns' });
      tape.udp(after(at, 0.2 * SECOND), desk, '10.20.30.255' as IpAddress, 161, false, { service: 'snmp' });
      for (let found = 0; found < 8; found += 1) {
        const moment = after(at, SECOND + found * 0.2 * SECOND);
        tape.udp(moment, desk, printer(found), 161, true, { service: 'snmp' });
        tape.tcp(
          after(moment, 0.1 * SECOND),
          desk,
          printer(found),
          631,
          dice.chance(0.93) ? 'closed' : 'refused',
        );
      }
      tape.tcp(after(at, 9 * SECOND), desk, printer(dice.int(0, 7)), 9100, 'closed');
    }
  }
}

/** Clocks: each host asks a few of a pool of volunteers, of which one in fifteen is gone (RFC 8633, 3.2). */
export function timeService({ dice, tape, start, days, hosts }: Scene): void {
  const until = after(start, days * DAY);
  for (let n = 0; n < hosts; n += 1) {
    const chosen = Array.from({ length: 4 }, () => dice.int(0, 44));
    for (const at of steadyMoments(dice, start, until, 17 * MINUTE, 0.1)) {
      for (const one of chosen)
        tape.udp(at, workstation(n), outsider(90_000 + one), 123, one % 15 !== 7, {
          service: 'ntp',
          sent: 48,
          received: 48,
        });
    }
  }
}
