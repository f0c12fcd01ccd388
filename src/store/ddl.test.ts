import { describe, expect, test } from 'vitest';
import type { MaterializedView, Table } from '../sql/table.ts';
import {
  columnStatements,
  materializedViewStatement,
  retentionStatement,
  tableStatements,
  viewStatement,
} from './ddl.ts';

const table: Table = {
  name: 'seen',
  comment: "Ports, as 'seen'",
  columns: [
    { name: 'host', type: 'IPv6', comment: 'Host' },
    {
      name: 'at',
      type: 'DateTime64(6)',
      comment: 'When',
      codec: 'Delta, ZSTD(3)',
      expression: 'DEFAULT now64(6)',
    },
  ],
  engine: 'ReplacingMergeTree(at)',
  orderBy: ['host', 'at'],
  partitionBy: 'toYYYYMM(at)',
  shardBy: 'cityHash64(host)',
  durable: true,
};
const sharded = { kind: 'sharded', cluster: "it's", database: 'tidemark' } as const;

describe('tableStatements', () => {
  test('in one engine: the whole statement', () => {
    expect(tableStatements(table, { kind: 'single' })).toEqual([
      [
        'CREATE TABLE IF NOT EXISTS `seen`',
        '(',
        "    `host` IPv6 COMMENT 'Host',",
        "    `at` DateTime64(6) DEFAULT now64(6) COMMENT 'When' CODEC(Delta, ZSTD(3))",
        ')',
        'ENGINE = ReplacingMergeTree(at)',
        'PARTITION BY toYYYYMM(at)',
        'ORDER BY (host, at)',
        'SETTINGS fsync_after_insert=1, fsync_part_directory=1',
        "COMMENT 'Ports, as \\'seen\\''",
      ].join('\n'),
    ]);
  });

  test('on a cluster: the shard’s part, then the Distributed table over all', () => {
    const [local, distributed] = tableStatements({ ...table, durable: false }, sharded);
    expect(local).toMatch(/^CREATE TABLE IF NOT EXISTS `seen_local`\n/);
    expect(local).not.toContain('SETTINGS');
    expect(distributed).toMatch(/^CREATE TABLE IF NOT EXISTS `seen`\n/);
    expect(distributed).toContain(
      "ENGINE = Distributed('it\\'s', 'tidemark', 'seen_local', cityHash64(host))",
    );
    expect(distributed).not.toContain('PARTITION BY');
  });

  test('without a key', () => {
    expect(tableStatements({ ...table, orderBy: [] }, { kind: 'single' })[0]).toContain('ORDER BY ()');
  });
});

test('a column is added to the part before it is added to the whole', () => {
  const column = { name: 'port', type: 'UInt16', comment: 'Port' };
  expect(columnStatements(table, column, sharded)).toEqual([
    "ALTER TABLE `seen_local` ADD COLUMN IF NOT EXISTS `port` UInt16 COMMENT 'Port'",
    "ALTER TABLE `seen` ADD COLUMN IF NOT EXISTS `port` UInt16 COMMENT 'Port'",
  ]);
  expect(columnStatements(table, column, { kind: 'single' })).toHaveLength(1);
});

test('indices and settings of a table', () => {
  const [statement] = tableStatements(
    {
      ...table,
      durable: false,
      indices: [{ name: 'at_range', expression: 'at', type: 'minmax' }],
      settings: { ttl_only_drop_parts: 1 },
    },
    { kind: 'single' },
  );
  expect(statement).toContain('\n    INDEX `at_range` at TYPE minmax\n)');
  expect(statement).toContain('\nSETTINGS ttl_only_drop_parts=1\n');
});

describe('a materialized view', () => {
  const view: MaterializedView = {
    name: 'first_from_seen',
    comment: 'Fills first',
    from: table,
    to: { ...table, name: 'first' },
    select: { host: 'host', at: 'at + 1' },
  };

  test('names the columns that it fills', () => {
    expect(materializedViewStatement(view, { kind: 'single' })).toBe(
      [
        'CREATE MATERIALIZED VIEW IF NOT EXISTS `first_from_seen`',
        'TO `first`',
        'AS SELECT',
        '    host AS `host`,',
        '    at + 1 AS `at`',
        'FROM `seen`',
        "COMMENT 'Fills first'",
      ].join('\n'),
    );
  });

  test('goes from part to part on a cluster', () => {
    const statement = materializedViewStatement(view, sharded);
    expect(statement).toContain('TO `first_local`\n');
    expect(statement).toContain('FROM `seen_local`\n');
  });
});

test('retention changes the part that has the rows, and rewrites nothing', () => {
  expect(retentionStatement(table, 'at', 30, sharded)).toBe(
    'ALTER TABLE `seen_local` MODIFY TTL at + toIntervalDay(30) SETTINGS materialize_ttl_after_modify = 0',
  );
});

test('a view carries its documentation', () => {
  const columns = [{ name: 'host', type: 'String', comment: 'Host' }];
  expect(viewStatement({ name: 'v', comment: 'C', columns, select: '\nSELECT host FROM seen\n' })).toBe(
    "CREATE OR REPLACE VIEW `v`\n(\n    `host` String COMMENT 'Host'\n)\nAS SELECT host FROM seen\nCOMMENT 'C'",
  );
});
