import { describe, expect, test } from 'vitest';
import { parseBytes, storeConfig } from './config.ts';

describe('storeConfig', () => {
  test('is whole without a word', () => {
    expect(storeConfig.parse({})).toMatchObject({
      memory: 900e6,
      database: 'tidemark',
      user: 'default',
      nodes: [],
    });
  });

  test.each([
    { why: 'a server', section: { url: 'https://ch.example:8443', user: 'u', password: 'p' } },
    { why: 'a cluster', section: { cluster: 'c', nodes: ['http://a:8123', 'http://b:8123'] } },
    {
      why: 'a cluster behind one address',
      section: { url: 'http://lb:8123', cluster: 'c', nodes: ['http://a:8123'] },
    },
    { why: 'memory in another unit', section: { memory: '1.5 GiB' } },
  ])('takes $why', ({ section }) => {
    expect(storeConfig.safeParse(section).error).toBeUndefined();
  });

  test.each([
    { why: 'a cluster without nodes', section: { cluster: 'c' }, path: 'nodes' },
    { why: 'nodes without a cluster', section: { nodes: ['http://a:8123'] }, path: 'cluster' },
    { why: 'an address without a scheme', section: { url: 'localhost:8123' }, path: 'url' },
    { why: 'a password in the address', section: { url: 'http://u:p@a:8123' }, path: 'url' },
    { why: 'a path in the address', section: { url: 'http://a:8123/db' }, path: 'url' },
    { why: 'too little memory', section: { memory: '100MB' }, path: 'memory' },
    { why: 'memory without a unit', section: { memory: '900' }, path: 'memory' },
    { why: 'a database that is SQL', section: { database: 'a; DROP' }, path: 'database' },
    { why: 'a certificate without its key', section: { tls: { ca: 'c', cert: 'x' } }, path: 'tls' },
    { why: 'a certificate without its authority', section: { tls: { cert: 'x', key: 'y' } }, path: 'tls' },
    { why: 'a key that does not exist', section: { urll: 'http://a' }, path: undefined },
  ])('refuses $why', ({ section, path }) => {
    expect(storeConfig.safeParse(section).error?.issues[0]?.path[0]).toBe(path);
  });
});

test('sizes', () => {
  expect(['900MB', '2GiB', '1.5 GB', '10KB'].map(parseBytes)).toEqual([900e6, 2 * 1024 ** 3, 1.5e9, 10e3]);
  expect(['', '9', 'MB', '-1GB', '1TB', '1 gb'].map(parseBytes)).toEqual(Array.from({ length: 6 }));
});
