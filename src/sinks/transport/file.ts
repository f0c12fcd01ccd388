import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { Fault } from '../../fault/fault.ts';
import { formatLine, type LineFormat } from '../format/line.ts';
import type { Outgoing } from '../../findings/outgoing.ts';
import type { Sender, Sink } from '../sink.ts';

/**
 * Appends one line a finding to a file, and has them on the disk before it resolves. A line that a kill or a full disk
 * cut off is ended first, so that what follows begins on a line of its own. The file is made for its owner alone.
 */
export function fileSink(
  name: string,
  { path, format, sender }: { readonly path: string; readonly format: LineFormat; readonly sender: Sender },
): Sink {
  return {
    name,
    kind: 'file',
    atOnce: 200,
    async send(batch: readonly Outgoing[]): Promise<void> {
      try {
        const file = await open(path, 'a+', 0o600);
        try {
          const { size } = await file.stat();
          const last = Buffer.alloc(1);
          if (size > 0) await file.read(last, 0, 1, size - 1);
          const torn = size > 0 && last[0] !== 0x0a;
          const lines = batch.map((outgoing) => `${formatLine(format, outgoing, sender)}\n`).join('');
          await file.appendFile(torn ? `\n${lines}` : lines);
          await file.datasync();
        } finally {
          await file.close();
        }
      } catch (cause) {
        throw new Fault(
          'sinks/not-written',
          `the file of the sink cannot be written: ${(cause as Error).message}`,
          'Give yourself the right to write there and make room on the disk, or name another file.',
          { file: path },
          { cause },
        );
      }
    },
  };
}

/** Prints one line a finding. */
export function stdoutSink(
  name: string,
  {
    stdout,
    format,
    sender,
  }: { readonly stdout: Writable; readonly format: LineFormat; readonly sender: Sender },
): Sink {
  return {
    name,
    kind: 'stdout',
    atOnce: 200,
    send: (batch) =>
      new Promise((resolve, reject) => {
        stdout.write(
          batch.map((outgoing) => `${formatLine(format, outgoing, sender)}\n`).join(''),
          (error) => {
            if (error === null || error === undefined) resolve();
            else
              reject(
                new Fault(
                  'sinks/not-written',
                  `standard output cannot be written: ${error.message}`,
                  'Look at what reads it.',
                  {},
                  { cause: error },
                ),
              );
          },
        );
      }),
  };
}
