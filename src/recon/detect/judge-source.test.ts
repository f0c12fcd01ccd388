import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import {
  activity,
  at,
  blocks,
  contact,
  history,
  INSIDE,
  OUTSIDE,
  paced,
  said,
  site,
  times,
} from '../../../test/recon/made-activity.ts';
import type { SourceActivity } from '../model/contact.ts';
import { ARP, ICMP, ICMP6, TCP, UDP } from '../model/ip-protocol.ts';
import { outcomeBit, OUTCOMES } from '../model/outcome.ts';
import { TERMS } from './observation.ts';
import { judgeGroup, judgeSource } from './judge-source.ts';

const SITE = site();
const judge = (what: SourceActivity) => judgeSource(what, undefined, SITE);
const both = outcomeBit('answered') | outcomeBit('refused');

/** A day in seconds. */
const DAY = 86_400;

describe('what is found', () => {
  const found: readonly (readonly [what: string, did: SourceActivity, shape: string])[] = [
    ['a port scan', activity(times(100, (n) => contact(n / 100, '10.2.0.1', 1 + n))), 'vertical'],
    ['a port a day, for five days', activity(times(5, (n) => contact(n * DAY, '10.2.0.1', 20 + n))), 'vertical'],
    ['four closed ports', activity(times(4, (n) => contact(n, '10.2.0.1', 20 + n))), 'vertical'],
    ['a sweep', activity(times(60, (n) => contact(n / 10, `10.2.0.${n + 1}`, 445, { outcome: 'silent' }))), 'horizontal'],
    ['a SYN scan of open ports alone', activity(times(6, (n) => contact(n, '10.2.0.1', 20 + n, { outcome: 'half-open' }))), 'vertical'],
    ['UDP without answers', activity(times(20, (n) => contact(n, '10.2.0.1', 100 + n, { protocol: UDP, outcome: 'silent' }))), 'vertical'],
    ['an echo sweep that nobody answers', activity(times(12, (n) => contact(n, `10.2.0.${n + 1}`, 8 << 8, { protocol: ICMP, outcome: 'silent' }))), 'horizontal'],
    ['an echo sweep that everybody answers', activity(times(40, (n) => contact(n / 10, `10.2.0.${n + 1}`, 8 << 8, { protocol: ICMP, outcome: 'answered', sourceBytes: 40, destinationBytes: 40 }))), 'horizontal'],
    ['an ARP sweep', activity(times(250, (n) => contact(n / 500, `10.1.1.${n + 1}`, 0, { protocol: ARP, outcome: 'silent' }))), 'horizontal'],
    ['three XMAS probes and one more', activity(times(4, (n) => contact(n, '10.2.0.1', 20 + n, { outcome: 'unknown', flags: 0x29 }))), 'vertical'],
    ['FIN probes', activity(times(30, (n) => contact(n, '10.2.0.1', 20 + n, { outcome: 'unknown', flags: 1 }))), 'vertical'],
    ['a protocol scan', activity(times(40, (n) => contact(n, '10.2.0.1', 0, { protocol: 200 + n, outcome: 'unknown' }))), 'vertical'],
    ['ssh-keyscan: 32 hosts, briefly, all answer', activity(times(32, (n) => contact(n / 10, `10.2.0.${n + 1}`, 22, { outcome: 'answered', sourceBytes: 1300, destinationBytes: 2400 }))), 'horizontal'],
    ['a connect scan of 20 web servers that says nothing', activity(times(20, (n) => contact(n / 10, `10.2.0.${n + 1}`, 80, { outcome: 'answered', sourceBytes: 0, destinationBytes: 0 }))), 'horizontal'],
    ['RDP sessions with 60 hosts within the hour', activity(times(60, (n) => contact(n * 20, `10.2.0.${n + 1}`, 3389, { outcome: 'answered', sourceBytes: 6000, destinationBytes: 9000 }))), 'horizontal'],
    [
      'paths guessed at one web server',
      activity([contact(0, '10.2.0.1', 80, { outcome: 'answered' })], {
        app: [said('10.2.0.1', 80, 'http', { events: 202, distinctTargets: 202, accepted: 202, denied: 199 })],
      }),
      'single',
    ],
    [
      'names guessed at one server',
      activity([contact(0, '10.2.0.1', 53, { outcome: 'answered', protocol: UDP })], {
        app: [said('10.2.0.1', 53, 'dns', { protocol: UDP, events: 60, names: times(50, (n) => `h${n}`), accepted: 60, denied: 45 })],
      }),
      'single',
    ],
    [
      'ciphers asked for one by one',
      activity([contact(0, '10.2.0.1', 443, { outcome: 'answered', sourceBytes: 1024, destinationBytes: 1400 })], {
        app: [said('10.2.0.1', 443, 'tls', { events: 31, ja4: times(31, (n) => `t12i0${n}`) })],
      }),
      'single',
    ],
    [
      'four SSH clients in a second, which only ask what is there',
      activity([contact(0, '10.2.0.1', 22, { outcome: 'half-open', outcomes: both, sourceBytes: 1500, destinationBytes: 1600 })], {
        app: [said('10.2.0.1', 22, 'ssh', { events: 10, agents: ['a', 'b', 'c', 'd'] })],
      }),
      'single',
    ],
    [
      'three protocols tried on one silent service',
      activity([contact(0, '10.2.0.1', 9999, { outcome: 'half-open' })], {
        app: [said('10.2.0.1', 9999, 'smb'), said('10.2.0.1', 9999, 'http', { targets: ['/', 'sip:nm'] })],
      }),
      'single',
    ],
    [
      'a scan between visits: ten successes for every probe',
      activity(times(400, (n) => (n % 10 === 0 ? contact(n, '10.2.0.1', 1 + n) : contact(n, `203.0.113.${n % 250}`, 443, { outcome: 'answered', port: 443, destination: `198.18.${n % 200}.${n % 250}` as never })))),
      'vertical',
    ],
  ]; // prettier-ignore

  test.each(found)('%s', (_, did, shape) => {
    const episodes = judge(did);
    expect(episodes).toHaveLength(1);
    const [episode] = episodes;
    expect(episode?.shape).toBe(shape);
    expect(episode?.likelihood.score).toBeGreaterThanOrEqual(episode!.likelihood.threshold);
  });
});

describe('what stays silent', () => {
  const answered = (second: number, host: string, port: number, rest: Parameters<typeof contact>[3] = {}) =>
    contact(second, host, port, { outcome: 'answered', ...rest });
  const dead = contact(5, '10.2.0.9', 9100, { outcome: 'silent' });
  const polled = times(30, (n) =>
    answered(n, `10.2.0.${n + 1}`, 22, { sourceBytes: 40, destinationBytes: 80, lastSecond: DAY }),
  );
  const shop = times(10, (n) => contact(n, `10.2.1.${n + 1}`, 443, { outcome: 'silent' }));
  const printers = times(12, (n) => contact(n * 600, `10.2.2.${n + 1}`, 9100, { outcome: 'silent' }));
  const silent: readonly (readonly [what: string, did: SourceActivity])[] = [
    ['nothing at all', activity([])],
    ['three closed ports', activity(times(3, (n) => contact(n, '10.2.0.1', 20 + n)))],
    ['one dropped port that is tried again and again', activity([dead], { paces: [paced(dead, 50, 3600)] })],
    ['a day at a desk', activity([...times(120, (n) => answered(n * 60, `198.18.0.${n + 1}`, 443)), ...times(20, (n) => contact(n * 300 + 7, `198.18.1.${n + 1}`, 443, { outcome: 'silent' }))])],
    ['IPv6 that is broken, beside IPv4 that works', activity(times(200, (n) => (n % 2 === 0 ? contact(n, `2001:db8::${n + 1}`, 443, { outcome: 'silent' }) : answered(n, `198.18.0.${n + 1}`, 443))))],
    ['health checks of thirty hosts', activity(polled, { paces: polled.map((one) => paced(one, 400, DAY)) })],
    ['health checks of which some fail', activity([...polled, dead], { paces: [...polled, dead].map((one) => paced(one, 400, DAY)) })],
    ['pods that refuse while they start', activity(times(40, (n) => contact(n * 50, `10.3.0.${n + 1}`, 8080, { outcomes: both })))],
    ['an outage: services that others used before', activity(shop, { services: shop.map((one) => history(one, { answeredSources: 9, firstAnswered: at(-DAY), lastAnswered: at(-60) })) })],
    ['machines that are gone for everybody', activity(printers, { services: printers.map((one) => history(one, { failedSources: 40 })) })],
    ['a crawler', activity(times(300, (n) => answered(n, `198.18.${n % 200}.${n % 250}`, 443)))],
    ['a client where our blocks are not configured: dead ends, races, forgotten ends', activity(times(90, (n) => contact(n * 60, `198.18.0.${n + 1}`, 443, [{ outcome: 'answered' as const }, { outcome: 'half-open' as const }, { outcome: 'silent' as const, flags: 3 }, { outcome: 'answered' as const }][n % 4])), { source: OUTSIDE })],
    ['mail to hosts that are gone', activity(times(100, (n) => (n % 5 === 0 ? contact(n, `198.18.3.${n + 1}`, 25, { outcome: 'silent' }) : answered(n, `198.18.3.${n + 1}`, 25))))],
    ['a backup of machines of which some are off', activity(times(60, (n) => (n % 10 === 3 ? contact(n * 60, `10.2.0.${n + 1}`, 13_782, { outcome: 'silent' }) : answered(n * 60, `10.2.0.${n + 1}`, 13_782, { sourceBytes: 1e6 }))))],
    ['BitTorrent over both transports', activity(times(60, (n) => contact(n, `198.18.9.${(n >> 1) + 1}`, 20_000 + (n >> 1), { protocol: n % 2 === 0 ? UDP : TCP, outcome: n % 3 === 0 ? 'answered' : 'silent' })))],
    ['peers whose protocol says so', activity(times(40, (n) => contact(n, `10.9.0.${n + 1}`, 30_000 + 7 * n, { service: n % 2 === 0 ? 'bittorrent-dht' : '' })))],
    ['QUIC that is blocked', activity(times(50, (n) => contact(n, `198.18.0.${n + 1}`, 443, { protocol: UDP, outcome: 'unknown' })))],
    ['calls whose peers are out of reach', activity(times(30, (n) => contact(n * 3600, `198.18.0.${n + 1}`, 40_000 + n, { protocol: UDP, outcome: n % 3 === 0 ? 'silent' : 'answered' })))],
    ['backscatter', activity(times(300, (n) => contact(n / 60, `10.2.0.${n % 250}`, 20_000 + n, { outcome: 'backscatter' })))],
    ['answers of a name server of which one direction was seen', activity(times(200, (n) => contact(n, '10.2.0.1', 33_000 + 97 * n, { protocol: UDP, outcome: 'silent' })))],
    ['connections from before the capture', activity(times(120, (n) => contact(n, `10.2.0.${n % 40}`, 443 - Math.floor(n / 40), { outcome: 'unknown', flags: 0x10 })))],
    ['a one-way capture of a domain controller’s client', activity([53, 88, 135, 389, 445].map((port, n) => contact(n, '10.2.0.1', port, { outcome: 'unknown', flags: 0x18 })))],
    ['silence where one packet of a hundred is looked at', activity(times(50, (n) => contact(n, '10.2.0.1', 20 + n, { outcome: 'silent', sampling: 100 })))],
    ['multicast and neighbour discovery', activity([...times(20, (n) => contact(n, `239.1.1.${n}`, 5000 + n, { protocol: UDP, outcome: 'silent' })), ...times(200, (n) => contact(n, `fd00::${n + 1}`, 135 << 8, { protocol: ICMP6, outcome: 'silent' }))])],
    ['ARP for those that it talks to', activity(times(60, (n) => contact(n * 900, `10.1.1.${n + 1}`, 0, { protocol: ARP, outcome: 'silent' })))],
    ['traceroute', activity(times(40, (n) => contact(n / 10, '10.2.0.1', 33_434 + n, { protocol: UDP, outcome: 'silent' })))],
    ['ICMP errors', activity(times(50, (n) => contact(n, `10.2.0.${n + 1}`, 3 << 8, { protocol: ICMP, outcome: 'unknown' })))],
    ['three XMAS probes', activity(times(3, (n) => contact(n, '10.2.0.1', 20 + n, { outcome: 'unknown', flags: 0x29 })))],
    ['one web application, used', activity([answered(0, '10.2.0.1', 80)], { app: [said('10.2.0.1', 80, 'http', { events: 4000, distinctTargets: 900, accepted: 4000, denied: 60 })] })],
    ['one path that is gone, asked for all day', activity([answered(0, '10.2.0.1', 80)], { app: [said('10.2.0.1', 80, 'http', { events: 900, distinctTargets: 1, accepted: 900, denied: 900 })] })],
    ['a proxy’s many browsers at one site', activity([answered(0, '10.2.0.1', 443, { destinationBytes: 4e6 })], { app: [said('10.2.0.1', 443, 'tls', { events: 900, ja4: times(50, (n) => `t13d${n}`) })] })],
    ['a browser that shuffles its extensions, where JA4 is not logged', activity([answered(0, '10.2.0.1', 443, { sourceBytes: 9000, destinationBytes: 9000 })], { app: [said('10.2.0.1', 443, 'tls', { events: 50, ja3: times(50, (n) => `${n}`) })] })],
    ['a bastion with many clients', activity([answered(0, '10.2.0.1', 22, { sourceBytes: 1e6 })], { app: [said('10.2.0.1', 22, 'ssh', { events: 90, agents: times(12, (n) => `OpenSSH_${n}`) })] })],
    ['HTTP inside TLS', activity([answered(0, '10.2.0.1', 443)], { app: [said('10.2.0.1', 443, 'tls'), said('10.2.0.1', 443, 'http')] })],
    ['a secondary that takes its zone', activity([answered(0, '10.2.0.1', 53)], { app: [said('10.2.0.1', 53, 'dns', { events: 48, actions: ['AXFR'], accepted: 48, denied: 0 })] })],
    ['rules of another sensor alone', activity([answered(0, '10.2.0.1', 80)], { alerts: times(9, (n) => ({ destination: '10.2.0.1' as never, port: 80, provider: 'suricata', signature: `ET SCAN ${n}`, signatureId: n, category: 'Detection of a Network Scan', severity: 2, first: at(n), last: at(n), events: 1 })) })],
  ]; // prettier-ignore

  test.each(silent)('%s', (_, did) => {
    expect(judge(did)).toEqual([]);
  });

  test('what was approved as normal', () => {
    const did = activity(times(50, (n) => contact(n, `10.2.0.${n + 1}`, 9100)));
    const expected = {
      sources: blocks(`${INSIDE}/32`), role: undefined, targets: blocks('10.2.0.0/16'), port: 9100, protocol: TCP, why: 'inventory',
    }; // prettier-ignore
    expect(judge(did)).toHaveLength(1);
    expect(judgeSource(did, undefined, site({ expected: [expected] }))).toEqual([]);
    expect(judgeSource(did, undefined, site({ expected: [{ ...expected, port: 515 }] }))).toHaveLength(1);
  });

  test('a router asks for every address that somebody scans behind it', () => {
    const did = activity(
      times(250, (n) => contact(n / 500, `10.1.1.${n + 1}`, 0, { protocol: ARP, outcome: 'silent' })),
    );
    expect(judgeSource(did, { role: 'router', how: 'configured', why: '' }, SITE)).toEqual([]);
  });
});

describe('context never makes three contacts a scan', () => {
  test.each([[3, 0], [4, 1]] as const)('%i contacts with a dark block that nobody else ever asked for: %i', (many, episodes) => {
    const dark = site({ dark: blocks('10.2.0.0/16') });
    const did = activity(times(many, (n) => contact(n, '10.2.0.1', 20 + n)), { source: OUTSIDE });
    expect(judgeSource(did, undefined, dark)).toHaveLength(episodes);
  }); // prettier-ignore
});

describe('an episode', () => {
  const scan = times(50, (n) =>
    contact(n, '10.2.0.1', 20 + n, { outcome: n === 2 ? 'half-open' : 'refused' }),
  );

  test('begins where the statistic last stood at zero, and tells when the evidence sufficed', () => {
    const before = times(5, (n) => contact(n - 100, `10.5.0.${n}`, 5432, { outcome: 'answered' }));
    const [episode] = judge(activity([...before, ...scan]));
    expect(episode).toMatchObject({
      first: at(0), last: at(49), alarm: at(3), internal: true, depth: 'touched', shape: 'vertical', order: 'ports in ascending order',
      likelihood: { contactsToAlarm: 4 },
      targets: { hosts: 1, ports: 50, contacts: 50, networks: ['10.2.0.1/32'], portRanges: '20-69' },
      outcomes: { 'refused': 49, 'half-open': 1 },
      openPorts: [{ destination: '10.2.0.1', port: 22, protocol: TCP, service: '' }],
      pace: { perSecond: 1, medianGapSeconds: 1 },
      joinedBy: undefined, authorised: undefined, noise: false, exposed: [], transition: [], records: [],
    }); // prettier-ignore
    expect(episode?.techniques).toEqual(['tcp-syn']);
    expect(episode?.unusual[0]).toBe('Touched 50 ports of 10.2.0.1: 49 refused, 1 left half-open.');
  });

  test('ends when its source was quiet for long enough; what comes later is another one', () => {
    const later = times(50, (n) => contact(n + 4 * DAY, '10.2.0.2', 20 + n));
    const soon = times(50, (n) => contact(n + 2 * DAY, '10.2.0.2', 20 + n));
    expect(judge(activity([...scan, ...soon])).map(({ targets }) => targets.contacts)).toEqual([100]);
    const two = judge(activity([...scan, ...later]));
    expect(two.map(({ targets }) => targets.contacts)).toEqual([50, 50]);
    expect(new Set(two.map(({ id }) => id)).size).toBe(2);
  });

  test('keeps its identifier while it grows', () => {
    const [short] = judge(activity(scan.slice(0, 10)));
    const [long] = judge(activity(scan));
    expect(long?.id).toBe(short?.id);
  });

  test('leaves out what the machine did besides', () => {
    const visits = times(30, (n) => contact(n + 0.5, `198.18.0.${n + 1}`, 443, { outcome: 'answered' }));
    const [episode] = judge(activity([...scan, ...visits]));
    expect(episode?.targets.hosts).toBe(1);
  });

  test('has at most 400 points, evenly over time', () => {
    const [episode] = judge(activity(times(5000, (n) => contact(n / 100, '10.2.0.1', 1 + n))));
    expect(episode?.points).toHaveLength(400);
    expect(episode?.points.map(({ port }) => port).slice(0, 3)).toEqual([1, 13, 26]);
  });

  test('says what lowers its confidence', () => {
    const [few] = judge(activity(times(4, (n) => contact(n, '10.2.0.1', 20 + n))));
    const [many] = judge(activity(scan));
    const [broad] = judge(activity(times(40, (n) => contact(n, `10.2.0.${n + 1}`, 22, { outcome: 'answered', sourceBytes: 0, destinationBytes: 30 })))); // prettier-ignore
    expect(few?.confidence.lowered.map(({ reason }) => reason)).toEqual(['few contacts']);
    expect(many?.confidence.value).toBe(1);
    expect(broad?.confidence.lowered.map(({ reason }) => reason)).toEqual(['everything answered: told from use by its breadth alone']); // prettier-ignore
  });

  test('names the process that has most of its destinations', () => {
    const one = { host: 'desk7', commandLine: '', parent: '', pid: 1, first: at(0), last: at(9) };
    const [episode] = judge(
      activity(scan, { processes: [
        { ...one, executable: 'C:\\chrome.exe', user: 'ann', destinations: 2 },
        { ...one, executable: 'C:\\Temp\\svc.exe', user: 'bob', destinations: 40 },
      ] }),
    ); // prettier-ignore
    expect(episode?.process).toEqual({ executable: 'C:\\Temp\\svc.exe', user: 'bob', host: 'desk7' });
  });
});

describe('laws', () => {
  const someContact = fc.record({
    second: fc.integer({ min: 0, max: 20 * DAY }),
    host: fc.integer({ min: 1, max: 12 }),
    port: fc.constantFrom(22, 80, 443, 445, 3389, 40_000, 8 << 8),
    protocol: fc.constantFrom(TCP, UDP, ICMP, ARP, 99),
    outcome: fc.constantFrom(...OUTCOMES),
    flags: fc.constantFrom(0, 1, 2, 0x10, 0x1b, 0x29),
  });
  const someActivity = fc
    .uniqueArray(someContact, { maxLength: 80, selector: ({ host, port, protocol }) => `${host} ${port} ${protocol}` })
    .map((all) => activity(all.map(({ second, host, port, ...rest }) => contact(second, `10.2.0.${host}`, port, rest)))); // prettier-ignore

  test('terms sum to the score, which reached the threshold, and have a sentence each', () => {
    fc.assert(
      fc.property(someActivity, (did) => {
        for (const { likelihood } of judge(did)) {
          const sum = likelihood.terms.reduce((total, term) => total + term.total, 0);
          expect(sum).toBeCloseTo(likelihood.score, 6);
          expect(likelihood.score).toBeGreaterThanOrEqual(likelihood.threshold);
          for (const { term } of likelihood.terms) expect(Object.keys(TERMS)).toContain(term);
        }
      }),
    );
  });

  test('episodes follow each other, each with its alarm inside and its counts in accord', () => {
    fc.assert(
      fc.property(someActivity, (did) => {
        let before = 0;
        for (const episode of judgeSource(did, undefined, site({ quiet: 2 * DAY * 1e6 }))) {
          expect(episode.first).toBeGreaterThan(before);
          expect(episode.alarm).toBeGreaterThanOrEqual(episode.first);
          expect(episode.last).toBeGreaterThanOrEqual(episode.alarm);
          const outcomes = Object.values(episode.outcomes).reduce((sum, number) => sum + number, 0);
          expect(outcomes).toBe(episode.targets.contacts);
          before = episode.last;
        }
      }),
    );
  });

  test('the same activity gives the same episodes', () => {
    fc.assert(
      fc.property(someActivity, (did) => {
        expect(judge(structuredClone(did))).toEqual(judge(did));
      }),
    );
  });

  test('backscatter and chatter change nothing', () => {
    fc.assert(
      fc.property(someActivity, (did) => {
        const noise = times(20, (n) => contact(n * DAY, `224.0.0.${n + 1}`, 5353, { protocol: UDP, outcome: 'silent' }));
        const more = activity([...did.contacts, ...noise, contact(1, '10.9.9.9', 50_000, { outcome: 'backscatter' })]);
        expect(judge(more).map(({ id, targets }) => [id, targets])).toEqual(judge(did).map(({ id, targets }) => [id, targets]));
      }),
    ); // prettier-ignore
  });
});

describe('several sources as one', () => {
  const part = (n: number) =>
    activity([contact(n, '10.2.0.1', 20 + n), contact(n + 1000, '10.2.0.1', 120 + n)], {
      source: `198.51.100.${n + 1}` as never,
    });

  test('none of them alone, all of them together', () => {
    const parts = times(20, part);
    expect(parts.flatMap((one) => judge(one))).toEqual([]);
    const [episode] = judgeGroup(parts, SITE);
    expect(episode?.sources).toHaveLength(20);
    expect(episode?.targets.contacts).toBe(40);
    expect(episode?.internal).toBe(false);
  });

  test('decoys are all named, and what they share counts once', () => {
    const targets = times(30, (n) => contact(n, '10.2.0.1', 20 + n));
    const group = times(5, (n) => activity(targets, { source: `198.51.100.${n + 1}` as never }));
    const [episode] = judgeGroup(group, SITE);
    expect(episode?.sources).toHaveLength(5);
    expect(episode?.targets.contacts).toBe(30);
  });

  test('visitors of the same /24 who all get what they want are nobody', () => {
    const visitors = times(30, (n) =>
      activity([contact(n, '10.2.0.1', 443, { outcome: 'answered' })], {
        source: `198.51.100.${n + 1}` as never,
      }),
    );
    expect(judgeGroup(visitors, SITE)).toEqual([]);
    expect(judgeGroup([], SITE)).toEqual([]);
  });
});
