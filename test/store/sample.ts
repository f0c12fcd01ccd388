import type { Table } from '../../src/sql/table.ts';

const column = (name: string, type: string): Table['columns'][number] => ({
  name,
  type,
  comment: `Sample ${type}`,
});

/** One column of every type that the product uses, and of the ones that it will. */
export const everyType: Table = {
  name: 'every_type',
  comment: "One column of every type; 'quotes' and \\backslashes\\ in a comment",
  columns: [
    column('id', 'UInt64'),
    column('u8', 'UInt8'),
    column('u16', 'UInt16'),
    column('u32', 'UInt32'),
    column('i64', 'Int64'),
    column('f64', 'Float64'),
    column('flag', 'Bool'),
    column('text', 'String'),
    { name: 'word', type: 'LowCardinality(String)', comment: 'Sample word', codec: 'ZSTD(3)' },
    column('ip', 'IPv6'),
    column('at', 'DateTime64(6)'),
    column('seconds', 'DateTime'),
    column('day', 'Date'),
    column('texts', 'Array(String)'),
    column('ports', 'Array(UInt16)'),
    column('ips', 'Array(IPv6)'),
    column('maybe', 'Nullable(String)'),
    column('count', 'Nullable(UInt32)'),
    column('map', 'Map(String, String)'),
    column('kind', "Enum8('open' = 1, 'closed' = 2)"),
    column('pair', 'Tuple(name String, port UInt16)'),
    column('nest', 'Nested(key String, value UInt16)'),
    { name: 'written', type: 'DateTime64(6)', comment: 'Sample default', expression: 'DEFAULT now64(6)' },
  ],
  engine: 'MergeTree',
  orderBy: ['id'],
  partitionBy: 'intDiv(id, 9223372036854775808)',
  shardBy: 'cityHash64(id)',
  durable: true,
};

/** Texts by key. */
export const texts: Table = {
  name: 'texts',
  comment: 'Texts',
  columns: [column('id', 'UInt32'), column('text', 'String')],
  engine: 'MergeTree',
  orderBy: ['id'],
  shardBy: 'id',
  durable: false,
};

/** Observations to be grouped: a host, a port and a number. */
export const seen: Table = {
  name: 'seen',
  comment: 'Observations',
  columns: [column('host', 'IPv6'), column('port', 'UInt16'), column('size', 'UInt64')],
  engine: 'MergeTree',
  orderBy: ['host', 'port'],
  shardBy: 'cityHash64(host)',
  durable: false,
};

/** The latest state of a thing. */
export const latest: Table = {
  name: 'latest',
  comment: 'Latest state',
  columns: [column('id', 'UInt32'), column('version', 'UInt32'), column('state', 'String')],
  engine: 'ReplacingMergeTree(version)',
  orderBy: ['id'],
  shardBy: 'id',
  durable: false,
};

/** Strings that break things: an attacker writes banners, hostnames and script output. */
export const hostile: readonly { readonly why: string; readonly text: string }[] = [
  { why: 'empty', text: '' },
  { why: 'a line break', text: 'a\nb' },
  { why: 'blank lines, then SQL', text: 'x\n\n\nDROP TABLE texts\n\n' },
  { why: 'only line breaks', text: '\n\n\n' },
  { why: 'carriage return and tab', text: '\r\n\ta\tb\r' },
  { why: 'NUL in the middle and at the end', text: 'a\0b\0' },
  { why: 'single quote', text: "it's '' \\' '" },
  { why: 'double quote and backquote', text: '"`"`' },
  { why: 'backslashes', text: '\\ \\\\ \\n \\0 \\x41 \\N \\' },
  { why: 'the null marker of TSV', text: '\\N' },
  { why: 'SQL injection by quote', text: "'; DROP TABLE texts; --" },
  { why: 'SQL injection by escaped quote', text: "\\'; DROP TABLE texts; --" },
  { why: 'a placeholder', text: '{text:String} {id:UInt32}' },
  { why: 'comment openers', text: '/* -- # */ --' },
  { why: 'a heredoc', text: '$$ $tag$ $$' },
  { why: 'emoji and flags', text: '😀👩‍👩‍👧‍👦🇩🇪' },
  { why: 'every plane', text: 'é ह 字 \u{1f600} \u{10ffff}' },
  { why: 'RTL and invisible marks', text: '\u202eevil\u202c \u200b \ufeff' },
  { why: 'line separators', text: 'a\u2028b\u2029c\u0085d' },
  { why: 'ANSI escape', text: '\u001b[31mred\u001b[0m\u0007' },
  {
    why: 'every control character',
    text: Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join(''),
  },
  { why: 'JSON', text: '{"id":1,"text":"x"}\n{"id":2}' },
  { why: 'spaces at both ends', text: '  x  ' },
  { why: "ClickHouse's exception marker", text: '\r\n__exception__\r\nCode: 395. DB::Exception: no (X)' },
];
