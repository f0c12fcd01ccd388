import { describe, expect, test } from 'vitest';
import { Fault } from '../fault/fault.ts';
import { engineCode, toFault } from './faults.ts';

const embedded = (code: number, words = 'x'): Error =>
  new Error(`Query failed: Code: ${code}. DB::Exception: ${words}. (NAME) (version 26.7.2.1)`);
const http = (code: number, words = 'x'): Error =>
  Object.assign(new Error(words), { code: String(code), type: 'NAME' });
const network = (code: string, words = `connect ${code} 127.0.0.1:1`): Error =>
  Object.assign(new Error(words), { code });

describe('toFault', () => {
  test.each([
    { why: 'a wrong password', error: http(516), want: 'store/wrong-password' },
    { why: 'a password that was not given', error: http(194), want: 'store/wrong-password' },
    { why: 'a user without the right', error: http(497), want: 'store/access-denied' },
    { why: 'a read-only user', error: http(164), want: 'store/access-denied' },
    { why: 'a missing database', error: http(81), want: 'store/unknown-database' },
    { why: 'a missing table', error: embedded(60), want: 'store/unknown-table' },
    { why: 'a misspelt query', error: embedded(62), want: 'store/bad-query' },
    { why: 'a misspelt column', error: http(47), want: 'store/bad-query' },
    { why: 'a row with an unknown column', error: embedded(117), want: 'store/bad-row' },
    { why: 'a row that cannot be read', error: embedded(27), want: 'store/bad-row' },
    { why: 'a parameter that cannot be read', error: embedded(457), want: 'store/bad-parameter' },
    { why: 'memory', error: embedded(241), want: 'store/out-of-memory' },
    { why: 'disk, by its code', error: embedded(243), want: 'store/disk-full' },
    {
      why: 'disk, by a failed write',
      error: embedded(75, 'Cannot write to file: , errno: 28, strerror: No space left on device'),
      want: 'store/disk-full',
    },
    {
      why: 'disk, by the system',
      error: network('ENOSPC', 'ENOSPC: no space left on device, write'),
      want: 'store/disk-full',
    },
    { why: 'a killed query', error: embedded(394), want: 'store/cancelled' },
    {
      why: 'an engine that gave up',
      error: embedded(236, 'Server is shutting down'),
      want: 'store/engine-died',
    },
    { why: 'a query that took too long', error: http(159), want: 'store/timeout' },
    { why: 'an answer that is too long', error: http(396), want: 'store/too-many-rows' },
    { why: 'too many queries', error: http(202), want: 'store/busy' },
    { why: 'a shard that is away', error: http(279), want: 'store/shard-unreachable' },
    { why: 'an unknown cluster', error: http(701), want: 'store/unknown-cluster' },
    { why: 'a setting that the server does not know', error: http(115), want: 'store/engine-too-old' },
    { why: 'damaged data', error: embedded(40), want: 'store/corrupt' },
    { why: 'a server that is not there', error: network('ECONNREFUSED'), want: 'store/unreachable' },
    { why: 'a name that is not there', error: network('ENOTFOUND'), want: 'store/unreachable' },
    {
      why: 'a reset connection, wrapped',
      error: new Error('fetch failed', { cause: network('ECONNRESET') }),
      want: 'store/unreachable',
    },
    {
      why: 'a certificate of nobody',
      error: network('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'),
      want: 'store/tls',
    },
    {
      why: 'a certificate for another name',
      error: network('ERR_TLS_CERT_ALTNAME_INVALID'),
      want: 'store/tls',
    },
    {
      why: 'TLS to a port without',
      error: network('EPROTO', 'ssl3_get_record:wrong version number'),
      want: 'store/tls',
    },
    { why: 'the client giving up', error: new Error('Timeout error.'), want: 'store/timeout' },
    {
      why: 'a locked directory',
      error: embedded(
        76,
        'Cannot lock file /x/status. Another server instance in same directory is already running',
      ),
      want: 'store/locked',
    },
    { why: 'anything else of the engine', error: embedded(395), want: 'store/query-failed' },
    { why: 'anything else at all', error: 'text', want: 'store/query-failed' },
  ])('knows $why', ({ error, want }) => {
    const fault = toFault(error, 'test.query');
    expect(fault.code).toBe(want);
    expect(fault.message).toMatch(/^test\.query: /);
    expect(fault.fix).toMatch(/^[A-Z].*\.$/);
    expect(fault.cause).toBe(error);
  });

  test('says the engine’s sentence on one line, without frame and version', () => {
    const fault = toFault(embedded(62, 'Syntax error:\n failed at position 3'), 'q');
    expect(fault.message).toBe('q: Syntax error: failed at position 3. (NAME)');
    expect(toFault(embedded(62, 'x'.repeat(5000)), 'q').message.length).toBeLessThan(600);
  });

  test('lets a Fault through', () => {
    const fault = new Fault('a/b', 'c', 'd');
    expect(toFault(fault, 'q')).toBe(fault);
  });

  test('finds the code wherever it stands', () => {
    expect(engineCode(embedded(62))).toBe(62);
    expect(engineCode(http(516))).toBe(516);
    expect(engineCode(Object.assign(new Error('x'), { clickhouseCode: 36 }))).toBe(36);
    expect(engineCode(network('ECONNRESET'))).toBeUndefined();
    expect(engineCode(undefined)).toBeUndefined();
  });
});
