import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecordingSink } from '../../../test/recording-sink.ts';
import { fromSeconds } from '../../time/instant.ts';
import type { LineReader } from '../model/reader.ts';
import { readerOf } from '../normalise/readers.ts';
import type { Checkpoint } from '../source/checkpoint.ts';
import { HeldPositions } from './held-positions.ts';
import { resumable } from './resumable.ts';

const OVERLAP = 12;
const reader = (format: 'suricata-eve' | 'zeek-json'): LineReader =>
  readerOf(format, { sampling: 1, utcOffsetMinutes: 0, notAfter: fromSeconds(1_800_000_000) });

/** One direction of a conversation with a port; conversations begin a second after each other. */
function line(port: number, back: boolean): string {
  const time = new Date(1_767_600_000_000 + port * 1000).toISOString().replace('Z', '000+0000');
  const ends = back
    ? { src_ip: '10.0.0.2', src_port: port, dest_ip: '10.0.0.1', dest_port: 40_000 }
    : { src_ip: '10.0.0.1', src_port: 40_000, dest_ip: '10.0.0.2', dest_port: port };
  return JSON.stringify({
    timestamp: time,
    event_type: 'netflow',
    proto: 'UDP',
    ...ends,
    netflow: { pkts: 1, bytes: 60, start: time, end: time, age: 0 },
  });
}

/** Conversations of which some are answered, the answer a few lines later: less than the overlap. */
const conversations = fc
  .array(fc.option(fc.integer({ min: 0, max: OVERLAP / 2 - 1 }), { nil: undefined }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((answers) =>
    answers
      .flatMap((after, port) => [
        { at: port, text: line(port, false) },
        ...(after === undefined ? [] : [{ at: port + after + 0.5, text: line(port, true) }]),
      ])
      .toSorted((a, b) => a.at - b.at)
      .map(({ text }) => text),
  );

const checkpointAt = (at: number): Checkpoint => ({
  key: 'k', path: 'eve.json', device: '1', inode: '1', headBytes: 10, headSha256: '', offset: at * 100, line: at, modified: 0, ended: false,
}); // prettier-ignore

test('killed anywhere, again and again, each conversation is one record, and nothing else is', () => {
  fc.assert(
    fc.property(
      conversations,
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 6 }),
      (lines, lives) => {
        const whole = new RecordingSink();
        const batch = reader('suricata-eve');
        for (const [index, text] of lines.entries()) batch.read(text, index + 1, whole);
        batch.end(whole);

        const stored = new Map<string, object>();
        let from = 0;
        for (const life of [...lives, Number.POSITIVE_INFINITY]) {
          const sink = new RecordingSink();
          const live = resumable(reader('suricata-eve'), from, OVERLAP);
          const positions = new HeldPositions({ offset: from * 100, line: from });
          const to = Math.min(lines.length, from + life);
          for (let at = from; at < to; at += 1) {
            live.read(lines[at] ?? '', at + 1, sink);
            positions.passed(checkpointAt(at + 1));
          }
          if (to === lines.length && life === Number.POSITIVE_INFINITY) live.end(sink);
          for (const record of sink.records) stored.set(JSON.stringify(record), record);
          expect(sink.problems).toEqual([]);
          from = positions.safe(live.heldFrom)?.line ?? from;
        }
        expect([...stored.keys()].toSorted()).toEqual(
          whole.records.map((record) => JSON.stringify(record)).toSorted(),
        );
      },
    ),
  );
});

test('a format in which a line stands for itself goes on where it was', () => {
  const zeek = reader('zeek-json');
  expect(resumable(zeek, 100)).toBe(zeek);
});
