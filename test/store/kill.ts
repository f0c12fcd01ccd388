import type { Row } from '../../src/sql/ports.ts';
import type { Table } from '../../src/sql/table.ts';

/** Rows of a batch in turn: from one to more than a block of the engine's index. */
export const BATCH_ROWS: readonly number[] = [1, 100, 20_000, 7, 3000];

/** What the killed process writes: numbered batches of known size. */
export const batches: Table = {
  name: 'batches',
  comment: 'Batches of a process that is killed',
  columns: [
    { name: 'life', type: 'UInt32', comment: 'Which process wrote it' },
    { name: 'batch', type: 'UInt32', comment: 'Which of its batches' },
    { name: 'row', type: 'UInt32', comment: 'Which row of the batch' },
    { name: 'pad', type: 'String', comment: 'Something to write' },
  ],
  engine: 'MergeTree',
  orderBy: ['life', 'batch', 'row'],
  shardBy: 'life',
  durable: true,
};

/** The rows of a batch. */
export function batchRows(life: number, batch: number, size: number): Row[] {
  return Array.from({ length: size }, (_, row) => ({
    life,
    batch,
    row,
    pad: `${life}-${batch}-${row}`.padEnd(50, 'x'),
  }));
}
