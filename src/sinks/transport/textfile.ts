import { open, rename, rm } from 'node:fs/promises';
import { Fault } from '../../fault/fault.ts';
import { toExposition, type MetricsSnapshot } from '../format/exposition.ts';
import type { Sink } from '../sink.ts';

/**
 * A file for node_exporter's textfile collector. It shows how things stand, whatever is sent, and is put in place whole:
 * the collector reads the old figures or the new ones. Everybody may read it; there are counts in it, nothing else.
 */
export function textfileSink(
  name: string,
  { path, snapshot }: { readonly path: string; readonly snapshot: () => Promise<MetricsSnapshot> },
): Sink {
  return {
    name,
    kind: 'prometheus',
    atOnce: 200,
    async send() {
      const text = toExposition(await snapshot());
      // Not *.prom: the collector must not read it.
      const draft = `${path}.${process.pid}.part`;
      try {
        const file = await open(draft, 'w', 0o644);
        try {
          await file.writeFile(text);
          await file.datasync();
        } finally {
          await file.close();
        }
        await rename(draft, path);
      } catch (cause) {
        await rm(draft, { force: true }).catch(() => undefined);
        throw new Fault(
          'sinks/not-written',
          `the file of the sink cannot be written: ${(cause as Error).message}`,
          'Give yourself the right to write in its folder and make room on the disk, or name another file.',
          { file: path },
          { cause },
        );
      }
    },
  };
}
