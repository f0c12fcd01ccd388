import { describe, expect, test } from 'vitest';
import type { PortKey } from '../../net/port-key.ts';
import { PortSet } from '../../net/port-set.ts';
import { coverageText, parseCoverageText, ScopeTable, TokenTable } from './token.ts';

describe('what a port counts as', () => {
  test.each([
    ['22/tcp', 'ssh', 'tcp/22'],
    ['29999/tcp', 'x', 'tcp/29999'],
    ['30000/tcp', 'http', 'tcp/http/30000-32767'],
    ['32767/tcp', 'ssl/http', 'tcp/http/30000-32767'],
    ['32768/udp', '', 'udp//32768-49151'],
    ['49152/tcp', 'msrpc', 'tcp/msrpc/49152-65535'],
    ['65535/tcp', 'msrpc', 'tcp/msrpc/49152-65535'],
    ['49152/tcp', 'x'.repeat(99), `tcp/${'x'.repeat(40)}/49152-65535`],
  ])('%s %s', (key, service, expected) => {
    const table = new TokenTable();
    const id = table.of({ key: key as PortKey, service });
    expect(table.token(id).key).toBe(expected);
    expect(table.ofKey(expected)).toBe(id);
  });

  test('a key is read back to the same ports', () => {
    const [one, other] = [new TokenTable(), new TokenTable()];
    const token = one.token(one.of({ key: '50000/tcp', service: 'a/b-7' }));
    expect(other.token(other.ofKey(token.key)!)).toEqual(token);
    expect(other.ofKey('nonsense')).toBeUndefined();
  });
});

describe('which scans cover it', () => {
  const tokens = new TokenTable();
  const ssh = tokens.token(tokens.of({ key: '22/tcp', service: 'ssh' }));
  const rpc = tokens.token(tokens.of({ key: '49152/tcp', service: 'msrpc' }));
  const scopes = new ScopeTable();
  const quick = scopes.of(new Map([['tcp', PortSet.of([22, 49_152])]]));
  const full = scopes.of(new Map([['tcp', PortSet.all]]));
  const unknown = scopes.of(new Map([['tcp', 'unknown']]));

  test('equal coverages are one scope', () => {
    expect(scopes.of(new Map([['tcp', PortSet.of([49_152, 22])]]))).toBe(quick);
    expect(new Set([quick, full, unknown]).size).toBe(3);
  });

  test('a port, where it was asked for', () => {
    expect(scopes.covering(ssh)).toBe((1 << quick) | (1 << full));
  });

  test('a range, where half of it was; one of its ports, where that was', () => {
    expect(scopes.covering(rpc)).toBe(1 << full);
    expect(scopes.coveringPort(rpc, 49_152)).toBe((1 << quick) | (1 << full));
    expect(scopes.coveringPort(rpc, 49_153)).toBe(1 << full);
  });

  test('past thirty, scopes share what they have in common', () => {
    const many = new ScopeTable();
    const ids = Array.from({ length: 40 }, (_, n) =>
      many.of(new Map([['tcp', PortSet.of([22, 1_000 + n])]])),
    );
    expect(Math.max(...ids)).toBe(29);
    expect(coverageText(many.all[29]!)).toBe('tcp:22');
    expect(many.covering(ssh)).toBe(2 ** 30 - 1);
  });

  test.each(['tcp:1-65535 udp:53,67', 'udp:unknown', ''])('%s is read back', (text) => {
    expect(coverageText(parseCoverageText(text)!)).toBe(text);
  });

  test('other text is no coverage', () => {
    expect(parseCoverageText('tcp:x')).toBeUndefined();
  });
});
