import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at } from '../../test/fixtures/summaries.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Instant } from '../time/instant.ts';
import { addressAxes, hostAxis, portAxis, timeAxis } from './plot-axis.ts';

const ip = (text: string) => text as IpAddress;
const tcp = (port: number) => ({ port, protocol: 6 });

describe('time', () => {
  test.each([
    {
      why: 'half a minute',
      from: '2026-11-21T03:12:04Z',
      to: '2026-11-21T03:12:34Z',
      labels: ['03:12:10', '03:12:20', '03:12:30'],
    },
    {
      why: 'less than a second',
      from: '2026-11-21T03:12:04.01Z',
      to: '2026-11-21T03:12:04.81Z',
      labels: ['12:04.00', '12:04.20', '12:04.40', '12:04.60', '12:04.80'],
    },
    {
      why: 'a night over midnight',
      from: '2026-11-21T22:00:00Z',
      to: '2026-11-22T04:00:00Z',
      labels: ['22:00', '00:00', '02:00', '04:00'],
    },
    {
      why: 'nine days',
      from: '2026-11-12T05:40:00Z',
      to: '2026-11-21T07:15:00Z',
      labels: ['11-13', '11-15', '11-17', '11-19', '11-21'],
    },
  ])('round moments: $why', ({ from, to, labels }) => {
    expect(timeAxis(at(from), at(to)).ticks.map(({ label }) => label)).toStrictEqual(labels);
  });

  test('every moment has its place, and at most six are labelled', () => {
    const instant = fc.integer({ min: 0, max: 4e15 }).map((value) => value as Instant);
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 1e14 }), (from, span) => {
        const to = (from + span) as Instant;
        const axis = timeAxis(from, to);
        expect(axis.ticks.length).toBeLessThanOrEqual(6);
        for (const place of [axis.place(from), axis.place(to), ...axis.ticks.map((tick) => tick.place)]) {
          expect(place).toBeGreaterThanOrEqual(0);
          expect(place).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('hosts', () => {
  test('are in address order, and what all begin with is said once', () => {
    const axis = hostAxis([ip('10.20.0.10'), ip('10.20.0.9'), ip('10.20.0.10')]);
    expect(axis.title).toBe('Hosts, 10.20.0.x');
    expect(axis.ticks).toStrictEqual([
      { place: 0.25, label: '9' },
      { place: 0.75, label: '10' },
    ]);
  });

  test('few labels for many, and none is long', () => {
    const axis = hostAxis(
      Array.from({ length: 500 }, (_, index) => ip(`2001:db8:${index.toString(16)}:aaaa:bbbb:cccc:dddd:1`)),
    );
    expect(axis.ticks.length).toBeLessThanOrEqual(8);
    expect(Math.max(...axis.ticks.map(({ label }) => label.length))).toBeLessThanOrEqual(15);
  });
});

describe('ports', () => {
  test('few have a place each, with their protocol where it is not TCP', () => {
    const axis = portAxis([
      tcp(443),
      { port: 53, protocol: 17 },
      tcp(22),
      { port: 2048, protocol: 1 },
      tcp(53),
    ]);
    expect(axis.ticks.map(({ label }) => label)).toStrictEqual(['22', '53', '53/udp', '443', 'icmp']);
  });

  test('many are drawn to scale', () => {
    const axis = portAxis(Array.from({ length: 1_000 }, (_, index) => tcp(index * 65)));
    expect(axis.ticks.map(({ label }) => label)).toContain('20000');
    expect(axis.place(tcp(40_000)) - axis.place(tcp(20_000))).toBeCloseTo(
      axis.place(tcp(60_000)) - axis.place(tcp(40_000)),
    );
  });
});

describe('addresses', () => {
  test('the last octet goes across, the network down', () => {
    const { across, down } = addressAxes([ip('10.20.1.7'), ip('10.20.0.7'), ip('10.20.0.200')]);
    expect(across.place(ip('10.20.1.7'))).toBe(across.place(ip('10.20.0.7')));
    expect(across.place(ip('10.20.0.200'))).toBeGreaterThan(across.place(ip('10.20.0.7')));
    expect(down.place(ip('10.20.1.7'))).toBeGreaterThan(down.place(ip('10.20.0.7')));
  });

  test('IPv6 hosts each have a place of their own', () => {
    const hosts = Array.from({ length: 30 }, (_, index) => ip(`2001:db8::${(index + 1).toString(16)}`));
    const { across, down } = addressAxes(hosts);
    expect(new Set(hosts.map((host) => `${across.place(host)} ${down.place(host)}`)).size).toBe(30);
  });
});
