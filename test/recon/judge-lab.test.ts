import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { judgeSource } from '../../src/recon/detect/judge-source.ts';
import type { ActivityScope } from '../../src/recon/model/activity-reader.ts';
import { ActivityTable } from '../../src/recon/model/activity-table.ts';
import type { Instant } from '../../src/time/instant.ts';
import { readerOf } from '../../src/recon/normalise/readers.ts';
import { thirdPartyData } from '../third-party.ts';
import { site } from './made-activity.ts';

const data = thirdPartyData();
const lab = data === undefined ? undefined : join(data, 'lab');

/** Captures of real scanners and of ordinary clients, as Suricata saw them. */
const cases =
  lab === undefined
    ? []
    : readdirSync(join(lab, 'suricata')).map((file) => ({
        file,
        name: file.replace(/\.eve\.json(\.gz)?$/, ''),
      }));

/** The actor of this one is written down by its IPv4 address, and scanned over IPv6. */
const OVER_IPV6 = 'nmap-6-sS';

const EVER: ActivityScope = { from: 0 as Instant, to: 9e15 as Instant };

async function raised(file: string): Promise<readonly IpAddress[]> {
  const bytes = readFileSync(join(lab!, 'suricata', file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const reader = readerOf('suricata-eve', { sampling: 1, utcOffsetMinutes: 0, notAfter: EVER.to });
  const table = new ActivityTable();
  const sink = {
    record: (record: Parameters<ActivityTable['add']>[0], line: number) => {
      table.add(record, { sensor: 'lab', file, line });
    },
    skip: () => {},
    problem: (message: string) => {
      throw new Error(message);
    },
  };
  for (const [index, line] of text.split('\n').entries()) if (line !== '') reader.read(line, index + 1, sink);
  reader.end(sink);
  const found: IpAddress[] = [];
  for await (const sources of table.candidates(EVER)) {
    for await (const activity of table.activities(sources, EVER)) {
      if (judgeSource(activity, undefined, site()).length > 0) found.push(activity.source);
    }
  }
  return found;
}

describe.skipIf(lab === undefined)('captures of the lab', () => {
  test.each(cases)('$name', async ({ file, name }) => {
    const { expected } = JSON.parse(readFileSync(join(lab!, 'truth', `${name}.json`), 'utf8')) as {
      expected: { detect: { src: string }[]; must_not_flag: string[] };
    };
    const found = await raised(file);
    const wanted = name === OVER_IPV6 ? ['fd00:66::11'] : expected.detect.map(({ src }) => src);
    expect(found).toEqual(expect.arrayContaining(wanted));
    expect(found.filter((source) => expected.must_not_flag.includes(source))).toEqual([]);
    if (wanted.length === 0) expect(found).toEqual([]);
  });
});
