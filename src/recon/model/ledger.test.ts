import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Fault } from '../../fault/fault.ts';
import { formatInstant } from '../../time/instant.ts';
import { describeAuthorisedScan, parseLedger } from './ledger.ts';

const scan = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: 'weekly',
  owner: 'security team',
  sources: ['10.0.5.10'],
  targets: ['10.0.0.0/16'],
  windows: [{ from: '2026-03-02T22:00:00Z', to: '2026-03-03T04:00:00Z' }],
  ...more,
});
const read = (more?: Record<string, unknown>) => parseLedger({ version: 1, scans: [scan(more)] }, 'l.yaml');

describe('a ledger that is right', () => {
  test('ports by protocol; a protocol alone is all of its ports', () => {
    const [entry] = read({ ports: ['1-1024/tcp', '3389/tcp', 'udp'] });
    expect([...entry!.ports!]).toEqual([
      [
        6,
        [
          [1, 1024],
          [3389, 3389],
        ],
      ],
      [17, [[0, 65_535]]],
    ]);
    expect(describeAuthorisedScan(entry!)).toBe('10.0.5.10 → 10.0.0.0/16, 1-1024/tcp, 3389/tcp, udp');
  });
  test('without ports all are covered, and logins are not', () => {
    const [entry] = read();
    expect(entry).toMatchObject({ ports: undefined, logins: false, ticket: '', ratePerSecond: undefined });
    expect(describeAuthorisedScan(entry!)).toBe('10.0.5.10 → 10.0.0.0/16, all ports');
  });
  test('a weekly window is there every week, and ends with `until`', () => {
    const [entry] = read({
      windows: [
        {
          from: '2026-03-02T22:00:00Z',
          to: '2026-03-03T04:00:00Z',
          repeat: 'weekly',
          until: '2026-03-17T00:00:00Z',
        },
      ],
    });
    expect(entry!.windows.map(({ from, to }) => [formatInstant(from), formatInstant(to)])).toEqual([
      ['2026-03-02T22:00:00Z', '2026-03-03T04:00:00Z'],
      ['2026-03-09T22:00:00Z', '2026-03-10T04:00:00Z'],
      ['2026-03-16T22:00:00Z', '2026-03-17T00:00:00Z'],
    ]);
  });
  test('the example of docs/ledger.md', () => {
    const document = readFileSync(new URL('../../../docs/ledger.md', import.meta.url), 'utf8');
    const [entry] = parseLedger(parse(/```yaml\n([^`]+)```/.exec(document)![1]!), 'ledger.yaml');
    expect(entry).toMatchObject({ id: 'weekly-vulnerability-scan', ratePerSecond: 500, logins: true });
    expect(entry!.windows).toHaveLength(44);
  });
  test('an empty list is a ledger', () => {
    expect(parseLedger({ version: 1, scans: [] }, 'l.yaml')).toEqual([]);
  });
});

describe('a ledger that is wrong is refused, and says where', () => {
  const fault = (value: unknown): Fault => {
    try {
      parseLedger(value, 'l.yaml');
    } catch (error) {
      if (error instanceof Fault) return error;
    }
    throw new Error('was taken');
  };
  test.each<{ why: string; more: Record<string, unknown>; field: string; message: RegExp }>([
    { why: 'no owner', more: { owner: undefined }, field: 'scans.0.owner', message: /expected string/ },
    { why: 'unknown key', more: { user_agent: 'nessus' }, field: 'scans.0', message: /user_agent/ },
    {
      why: 'everybody as a source',
      more: { sources: ['0.0.0.0/0'] },
      field: 'scans.0.sources.0',
      message: /wider than \/8/,
    },
    {
      why: 'a name instead of an address',
      more: { targets: ['www'] },
      field: 'scans.0.targets.0',
      message: /"www" is not an address/,
    },
    {
      why: 'a port that is none',
      more: { ports: ['70000/tcp'] },
      field: 'scans.0.ports.0',
      message: /443\/tcp/,
    },
    { why: 'no windows', more: { windows: [] }, field: 'scans.0.windows', message: /at least one window/ },
    {
      why: 'a window that ends before it begins',
      more: { windows: [{ from: '2026-03-03T00:00:00Z', to: '2026-03-02T00:00:00Z' }] },
      field: 'scans.0.windows.0.to',
      message: /begin before/,
    },
    {
      why: 'a window without a zone',
      more: { windows: [{ from: '2026-03-03 00:00', to: '2026-03-04T00:00:00Z' }] },
      field: 'scans.0.windows.0.from',
      message: /is not a time/,
    },
    {
      why: 'repetition without an end',
      more: {
        windows: [{ from: '2026-03-02T00:00:00Z', to: '2026-03-03T00:00:00Z', repeat: 'daily' }],
      },
      field: 'scans.0.windows.0.until',
      message: /until when/,
    },
    {
      why: 'repetition for ever',
      more: {
        windows: [
          {
            from: '2026-03-02T00:00:00Z',
            to: '2026-03-02T01:00:00Z',
            repeat: 'daily',
            until: '9999-01-01',
          },
        ],
      },
      field: 'scans.0.windows',
      message: /at most 4000/,
    },
  ])('$why', ({ more, field, message }) => {
    const { code, where, message: said } = fault({ version: 1, scans: [scan(more)] });
    expect(code).toBe('ledger/not-valid');
    expect(where).toEqual({ file: 'l.yaml', field });
    expect(said).toMatch(message);
  });
  test.each([undefined, null, [], 'x', { version: 2, scans: [] }])('%j is no ledger', (value) => {
    expect(fault(value).code).toBe('ledger/not-valid');
  });
  test('the same id twice', () => {
    expect(fault({ version: 1, scans: [scan(), scan()] }).message).toMatch(/"weekly" is there twice/);
  });
  test('all that is wrong is said at once', () => {
    expect(fault({ version: 1, scans: [scan({ owner: '', targets: [] })] }).message).toMatch(
      /scans\.0\.targets: must name/,
    );
  });
});
