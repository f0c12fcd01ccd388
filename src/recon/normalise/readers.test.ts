import { fromSeconds } from '../../time/instant.ts';
import { expect, test } from 'vitest';
import { TELEMETRY_FORMATS } from '../model/reader.ts';
import { readerOf } from './readers.ts';

const OPTIONS = { sampling: 1, utcOffsetMinutes: 0, notAfter: fromSeconds(1_795_392_000) };

test.each(TELEMETRY_FORMATS)('%s has a reader of that format, or says that it has none', (format) => {
  let reader;
  try {
    reader = readerOf(format, OPTIONS);
  } catch (error) {
    expect(error).toMatchObject({
      code: 'recon/format-not-supported',
      message: expect.stringContaining(format),
    });
    return;
  }
  expect(reader.format).toBe(format);
});

test.each(['zeek-tsv', 'zeek-json', 'suricata-eve'] as const)('%s is there', (format) => {
  expect(readerOf(format, OPTIONS).format).toBe(format);
});
