import type { lookup } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { parseIpAddress } from '../../net/ip-address.ts';
import { checkLiteralHost, guardedLookup, isRefusedAddress } from './address-guard.ts';

describe('web addresses', () => {
  test.each([
    { address: '127.0.0.1', refused: true },
    { address: '127.255.255.254', refused: true },
    { address: '0.0.0.0', refused: true },
    { address: '169.254.169.254', refused: true },
    { address: '100.100.100.200', refused: true },
    { address: '168.63.129.16', refused: true },
    { address: '224.0.0.1', refused: true },
    { address: '255.255.255.255', refused: true },
    { address: '::', refused: true },
    { address: '::1', refused: true },
    { address: 'fe80::1', refused: true },
    { address: 'ff02::1', refused: true },
    { address: 'fd00:ec2::254', refused: true },
    { address: '::ffff:127.0.0.1', refused: true },
    { address: '::127.0.0.1', refused: true },
    { address: '64:ff9b::169.254.169.254', refused: true },
    { address: '2002:7f00:1::', refused: true },
    { address: '10.0.0.5', refused: false },
    { address: '192.168.1.1', refused: false },
    { address: '203.0.113.7', refused: false },
    { address: 'fd00::1', refused: false },
    { address: '2001:db8::1', refused: false },
    { address: '64:ff9b::203.0.113.7', refused: false },
    { address: '2002:cb00:7107::', refused: false },
  ])('$address: refused $refused', ({ address, refused }) => {
    expect(isRefusedAddress(parseIpAddress(address)!)).toBe(refused);
  });

  test.each(['127.0.0.1', '[::1]', '[::ffff:7f00:1]', '[fe80::1]'])('%s in a URL is refused', (host) => {
    expect(() => checkLiteralHost(new URL(`http://${host}/`).hostname, [])).toThrow(/this machine/);
  });

  test.each(['http://0x7f.1/', 'http://2130706433/', 'http://0177.0.0.1/'])(
    '%s is read as the address that it is',
    (url) => expect(() => checkLiteralHost(new URL(url).hostname, [])).toThrow(/this machine/),
  );

  describe('names', () => {
    const resolving = (...addresses: readonly string[]) =>
      ((_: string, __: object, callback: (error: null, found: object[]) => void) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        )) as unknown as typeof lookup;
    const ask = (resolve: typeof lookup, allowed: readonly string[] = [], all = false) =>
      new Promise((done) =>
        guardedLookup(allowed, resolve)('hook.example.org', { all }, (error, address) =>
          done(error ?? address),
        ),
      );

    test('of the internet resolve', async () => {
      expect(await ask(resolving('203.0.113.7', '203.0.113.8'))).toBe('203.0.113.7');
      expect(await ask(resolving('203.0.113.7'), [], true)).toEqual([{ address: '203.0.113.7', family: 4 }]);
    });

    test('that lead here are refused, if only by one of their addresses', async () => {
      expect(await ask(resolving('203.0.113.7', '169.254.169.254'))).toMatchObject({
        code: 'sinks/refused-address',
      });
      expect(await ask(resolving('127.0.0.1'), ['hook.example.org'])).toBe('127.0.0.1');
      expect(await ask(resolving('127.0.0.1'), ['other.example.org'])).toMatchObject({
        code: 'sinks/refused-address',
      });
    });

    test('that lead nowhere are refused', async () => {
      expect(await ask(resolving())).toMatchObject({ code: 'sinks/refused-address' });
    });
  });
});
