import { describe, expect, test } from 'vitest';
import { byAge, withoutUse } from './log-names.ts';

describe('byAge', () => {
  test.each([
    { why: 'an installation of Zeek', names: ['2026-11-20', '2026-11-21', '2026-11-22', 'current', 'stats'] },
    {
      why: 'a day of Zeek: the hours, each with its logs',
      names: [
        'conn.00:00:00-01:00:00.log.gz',
        'http.00:00:00-01:00:00.log.gz',
        'conn.01:00:00-02:00:00.log.gz',
        'http.01:00:00-02:00:00.log.gz',
        'conn.23:00:00-00:00:00.log.gz',
      ],
    },
    { why: 'what logrotate numbers', names: ['eve.json.10.gz', 'eve.json.2.gz', 'eve.json.1', 'eve.json'] },
    {
      why: 'what Suricata or logrotate dates',
      names: [
        'eve.json-20261120.gz',
        'eve-2026-11-21.json',
        'eve-2026-11-22-01:00.json',
        'eve-2026-11-22-13:00.json',
        'eve.json',
      ],
    },
    { why: 'seconds since 1970', names: ['eve.1795219200.json', 'eve.1795222800.json', 'eve.json'] },
    { why: 'nfcapd', names: ['nfcapd.202611212355', 'nfcapd.202611220000', 'nfcapd.202611220005'] },
  ])('$why: the oldest first', ({ names }) => {
    expect(names.toReversed().toSorted(byAge)).toEqual(names);
    expect(names.toSorted().toSorted(byAge)).toEqual(names);
  });
});

describe('withoutUse', () => {
  test.each([
    'conn.log',
    'conn.00:00:00-01:00:00.log.gz',
    'notice.log',
    'eve.json',
    'eve.json.1.gz',
    'nfcapd.202611220000',
    'weird.log',
    'smb_mapping.log',
    'filter.log',
    'files',
    'files.csv',
    'statistics.log',
  ])('%s is read', (name) => {
    expect(withoutUse(name)).toBeUndefined();
  });

  test.each([
    'files.log',
    'x509.00:00:00-01:00:00.log.gz',
    'known_hosts.log.labeled',
    'loaded_scripts.log',
    'conn-summary.00:00:00-01:00:00.log.gz',
    'stats.log',
    'fast.log',
    'fast.log.1',
    'suricata.log',
    'nfcapd.current.1234',
    'eve.json.swp',
    'stderr.log',
  ])('%s is not', (name) => {
    expect(withoutUse(name)).toMatch(/./);
  });
});
