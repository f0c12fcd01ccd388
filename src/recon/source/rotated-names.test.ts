import { describe, expect, test } from 'vitest';
import { isRotationOf } from './rotated-names.ts';

describe('what rotation makes of a name', () => {
  test.each([
    { why: 'numbered', log: 'eve.json', name: 'eve.json.1' },
    { why: 'numbered and compressed', log: 'eve.json', name: 'eve.json.14.gz' },
    { why: 'compressed alone', log: 'eve.json', name: 'eve.json.zst' },
    { why: 'dated (dateext)', log: 'eve.json', name: 'eve.json-20261122' },
    { why: 'dated, compressed', log: 'eve.json', name: 'eve.json-20261122.gz' },
    { why: 'dated by the hour', log: 'eve.json', name: 'eve.json-2026-11-22T04:00.xz' },
    { why: 'by the epoch (dateformat -%s)', log: 'eve.json', name: 'eve.json-1795305600' },
    { why: 'before the extension', log: 'eve.json', name: 'eve-20261122.json' },
    { why: 'numbered before the extension', log: 'eve.json', name: 'eve.1.json.gz' },
    { why: 'in Zeek’s archive', log: 'conn.log', name: 'conn.00:00:00-01:00:00.log.gz' },
    { why: 'of a name without an extension', log: 'messages', name: 'messages-20261122' },
  ])('$why: $name is of $log', ({ log, name }) => {
    expect(isRotationOf(`/var/log/${name}`, `/var/log/${log}`)).toBe(true);
  });

  test.each([
    { why: 'itself', log: 'eve.json', name: 'eve.json' },
    { why: 'another sensor', log: 'eve-1.json', name: 'eve-2.json' },
    { why: 'another firewall', log: 'fw.log', name: 'fw2.log' },
    { why: 'another log', log: 'conn.log', name: 'conn-summary.00:00:00-01:00:00.log.gz' },
    { why: 'a longer name', log: 'eve.json', name: 'eve.jsonx' },
    { why: 'a backup by hand', log: 'eve.json', name: 'eve.json.bak' },
    { why: 'what is being compressed', log: 'eve.json', name: 'eve.json.1.gz.part' },
    { why: 'a name that only begins alike', log: 'a', name: 'access.log.1' },
  ])('$why: $name is not of $log', ({ log, name }) => {
    expect(isRotationOf(`/var/log/${name}`, `/var/log/${log}`)).toBe(false);
  });
});
