import { describe, expect, test } from 'vitest';
import { findRoaming } from './roaming.ts';

/** Six runs saw the host; `seen` says in which of them the port was open, the first run on the right. */
const UP = 0b111111n;
const port = (portid: number, seen: bigint, service?: { name: string; method: string }) => ({
  protocol: 'tcp' as const,
  portid,
  seen,
  service: service ?? { name: 'unknown', method: 'table' },
});

describe('findRoaming', () => {
  test.each([
    {
      why: 'another port after every restart, one at a time',
      ports: [port(32_765, 0b000011n), port(32_767, 0b001100n), port(32_769, 0b110000n)],
      want: [{ protocol: 'tcp', ports: [32_765, 32_767, 32_769], support: { seen: 6, comparable: 6 } }],
    },
    { why: 'two ports may be a move', ports: [port(32_765, 0b000111n), port(32_767, 0b111000n)], want: [] },
    {
      why: 'two of them at once are two services',
      ports: [port(32_765, 0b000011n), port(32_767, 0b001110n), port(32_769, 0b110000n)],
      want: [],
    },
    {
      why: 'one that lasts is an ordinary service',
      ports: [port(32_765, 0b001111n), port(32_767, 0b010000n), port(32_769, 0b100000n)],
      want: [],
    },
    {
      why: 'a service that was recognised has a name to be known by',
      ports: [
        port(32_765, 0b000011n, { name: 'http', method: 'probed' }),
        port(32_767, 0b001100n),
        port(32_769, 0b110000n),
      ],
      want: [],
    },
    {
      why: 'low ports are dealt out by nobody',
      ports: [port(1_001, 0b000011n), port(1_002, 0b001100n), port(1_003, 0b110000n)],
      want: [],
    },
    {
      why: 'seldom is no habit',
      ports: [port(32_765, 0b000001n), port(32_767, 0b000010n), port(32_769, 0b000100n)],
      want: [],
    },
    { why: 'nothing', ports: [], want: [] },
  ])('$why', ({ ports, want }) => {
    expect(findRoaming(ports, UP)).toEqual(want);
  });
});
