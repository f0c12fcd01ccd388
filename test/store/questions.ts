import type { Table, View } from '../../src/sql/table.ts';

/** What stands behind the documented views, and must not be read directly. */
export const observation: Table = {
  name: 'observation',
  comment: 'Observed ports',
  columns: [
    { name: 'host', type: 'IPv6', comment: 'Host' },
    { name: 'port', type: 'UInt16', comment: 'Port' },
    { name: 'service', type: 'String', comment: 'Service' },
    { name: 'at', type: 'DateTime64(6)', comment: 'When' },
  ],
  engine: 'MergeTree',
  orderBy: ['host', 'port'],
  shardBy: 'cityHash64(host)',
  durable: false,
};

/** A table that no view shows. */
export const secret: Table = {
  name: 'secret',
  comment: 'Secrets',
  columns: [{ name: 'value', type: 'String', comment: 'A secret' }],
  engine: 'MergeTree',
  orderBy: ['value'],
  shardBy: 'cityHash64(value)',
  durable: false,
};

/** Documented views. */
export const views: readonly View[] = [
  {
    name: 'ports',
    comment: 'Open ports, one row each',
    columns: [
      { name: 'host', type: 'String', comment: 'Host' },
      { name: 'port', type: 'UInt16', comment: 'Port' },
      { name: 'service', type: 'String', comment: 'Service' },
      { name: 'at', type: 'DateTime64(6)', comment: 'When it was seen' },
    ],
    select: "SELECT replaceOne(toString(host), '::ffff:', '') AS host, port, service, at FROM observation",
  },
  {
    name: 'hosts',
    comment: 'Hosts, one row each',
    columns: [
      { name: 'host', type: 'String', comment: 'Host' },
      { name: 'ports', type: 'UInt64', comment: 'How many ports' },
    ],
    select:
      "SELECT replaceOne(toString(host), '::ffff:', '') AS host, count() AS ports FROM observation GROUP BY host",
  },
];

/** Where the attacks would leave a trace. */
export interface Traps {
  /** A file with a secret in it, by absolute path; its directory is the working directory. */
  readonly file: string;
  /** Its name in the working directory, without a dot: some databases of the engine take such a name for a table. */
  readonly bare: string;
  /** A file that must not come to be. */
  readonly target: string;
  /** A listener on loopback that must not be called. */
  readonly port: number;
}

/** Questions that would write, read files, reach the network, wait, or read what is not documented. */
export function attacks({
  file,
  bare,
  target,
  port,
}: Traps): readonly (readonly [why: string, sql: string])[] {
  const http = `http://127.0.0.1:${port}/x.csv`;
  return [
    ['nothing', ''],
    ['only a comment', '/* SELECT 1 */'],
    ['insert', "INSERT INTO secret VALUES ('x')"],
    ['insert into a file', `INSERT INTO FUNCTION file('${target}', 'CSV', 'a String') SELECT 'x'`],
    ['insert from select', 'INSERT INTO observation SELECT * FROM observation'],
    ['drop a table', 'DROP TABLE secret'],
    ['drop the database', 'DROP DATABASE tidemark'],
    ['truncate', 'TRUNCATE TABLE secret'],
    ['delete', 'DELETE FROM secret WHERE 1'],
    ['update', "ALTER TABLE secret UPDATE value = 'x' WHERE 1"],
    ['create a table', 'CREATE TABLE evil (a UInt8) ENGINE = Memory'],
    ['create a view', 'CREATE VIEW evil AS SELECT * FROM secret'],
    ['create a function', 'CREATE FUNCTION evil AS x -> x'],
    ['rename', 'RENAME TABLE secret TO evil'],
    ['detach', 'DETACH TABLE secret'],
    ['attach from a path', `ATTACH TABLE evil FROM '${file}' (a UInt8) ENGINE = MergeTree ORDER BY a`],
    ['grant', 'GRANT ALL ON *.* TO default'],
    ['set a setting', 'SET max_threads = 1'],
    ['set readonly off', 'SET readonly = 0'],
    ['use another database', 'USE system'],
    ['system command', 'SYSTEM SHUTDOWN'],
    ['kill', 'KILL QUERY WHERE 1'],
    ['optimize', 'OPTIMIZE TABLE secret FINAL'],
    ['backup', `BACKUP TABLE secret TO File('${target}')`],
    ['two statements', 'SELECT 1; DROP TABLE secret'],
    ['two statements after a comment', 'SELECT 1 -- \n; DROP TABLE secret'],
    ['a statement after a string with a semicolon', "SELECT ';'; DROP TABLE secret"],
    ['a statement behind an open quote', "SELECT 'x ; DROP TABLE secret"],
    ['a statement behind an open comment', 'SELECT 1 /* ; DROP TABLE secret'],
    ['outfile', `SELECT 1 INTO OUTFILE '${target}'`],
    ['outfile, append', `SELECT 1 INTO OUTFILE '${target}' APPEND FORMAT CSV`],
    ['outfile, split by a comment', `SELECT 1 INTO/**/OUTFILE '${target}'`],
    ['outfile in lower case over lines', `select 1\ninto\noutfile '${target}'`],
    ['outfile of an explanation', `EXPLAIN SELECT 1 INTO OUTFILE '${target}'`],
    ['format', 'SELECT 1 FORMAT Null'],
    ['settings', 'SELECT 1 SETTINGS max_execution_time = 0'],
    ['settings in a subquery', 'SELECT * FROM (SELECT 1 SETTINGS readonly = 0)'],
    ['settings of a format', `SELECT 1 FORMAT Template SETTINGS format_template_row = '${file}'`],
    ['table function file', `SELECT * FROM file('${file}', 'LineAsString', 'x String')`],
    ['table function file, quoted', `SELECT * FROM \`file\`('${file}', 'LineAsString', 'x String')`],
    ['table function file in a comment maze', `SELECT * FROM/**/file/**/('${file}', LineAsString)`],
    ['function file', `SELECT file('${file}')`],
    ['function file, in capitals and quotes', `SELECT "file"('${file}')`],
    ['function file in WHERE', `SELECT 1 FROM ports WHERE file('${file}') != ''`],
    ['function file in a lambda', `SELECT arrayMap(x -> file(x), ['${file}'])`],
    ['function file in ORDER BY', `SELECT port FROM ports ORDER BY file('${file}')`],
    ['function file in a window', `SELECT count() OVER (ORDER BY file('${file}')) FROM ports`],
    [
      'function file in a named window',
      `SELECT count() OVER w FROM ports WINDOW w AS (ORDER BY file('${file}'))`,
    ],
    ['function file in LIMIT', `SELECT 1 LIMIT length(file('${file}'))`],
    ['function file in a join', `SELECT 1 FROM ports AS a JOIN ports AS b ON a.host = file('${file}')`],
    [
      'function file in interpolation',
      `SELECT port FROM ports ORDER BY port WITH FILL INTERPOLATE (service AS file('${file}'))`,
    ],
    ['function file in REPLACE', `SELECT * REPLACE (file('${file}') AS host) FROM ports`],
    ['function file by APPLY', `SELECT '${file}' AS x, COLUMNS('x') APPLY(file)`],
    ['function file by APPLY in a lambda', 'SELECT * APPLY(x -> file(x)) FROM ports'],
    ['function file in a scalar subquery', `SELECT (SELECT file('${file}'))`],
    ['function file in WITH', `WITH file('${file}') AS x SELECT x`],
    ['function file in DESCRIBE', `DESCRIBE file('${file}')`],
    ['a file as a table', `SELECT * FROM '${file}'`],
    ['a file of the working directory as a table', `SELECT * FROM ${bare}`],
    ['a file of the default database as a table', `SELECT * FROM default.${bare}`],
    ['a file of the default database, quoted', `SELECT * FROM \`default\`.\`${bare}\``],
    ['a file in IN', `SELECT 'x' IN ${bare}`],
    [
      'a file under the name of a WITH element',
      `SELECT * FROM default.${bare}, (WITH ${bare} AS (SELECT 1) SELECT * FROM ${bare})`,
    ],
    ['url', `SELECT * FROM url('${http}', 'CSV', 'a String')`],
    ['urlCluster', `SELECT * FROM urlCluster('default', '${http}', 'CSV', 'a String')`],
    ['s3', `SELECT * FROM s3('${http}', 'CSV', 'a String')`],
    ['hdfs', `SELECT * FROM hdfs('hdfs://127.0.0.1:${port}/x', 'CSV', 'a String')`],
    ['remote', `SELECT * FROM remote('127.0.0.1:${port}', 'system', 'one')`],
    ['remoteSecure', `SELECT * FROM remoteSecure('127.0.0.1:${port}', 'system', 'one')`],
    ['remote through IN', `SELECT 1 IN (SELECT * FROM remote('127.0.0.1:${port}', 'system', 'one'))`],
    [
      'remote through a view function',
      `SELECT * FROM view(SELECT * FROM remote('127.0.0.1:${port}', 'system', 'one'))`,
    ],
    ['remote in DESCRIBE', `DESCRIBE TABLE remote('127.0.0.1:${port}', 'system', 'one')`],
    ['remote in an explanation', `EXPLAIN SELECT * FROM remote('127.0.0.1:${port}', 'system', 'one')`],
    [
      'remote in an explained tree',
      `EXPLAIN QUERY TREE SELECT * FROM remote('127.0.0.1:${port}', 'system', 'one')`,
    ],
    ['mysql', `SELECT * FROM mysql('127.0.0.1:${port}', 'a', 'b', 'c', 'd')`],
    ['postgresql', `SELECT * FROM postgresql('127.0.0.1:${port}', 'a', 'b', 'c', 'd')`],
    ['mongodb', `SELECT * FROM mongodb('127.0.0.1:${port}', 'a', 'b', 'c', 'd', 'x String')`],
    ['redis', `SELECT * FROM redis('127.0.0.1:${port}', 'k', 'k String, v String')`],
    ['reverse DNS', "SELECT reverseDNSQuery('127.0.0.1')"],
    ['AI functions', "SELECT aiGenerate('x', 'y')"],
    ['executable', "SELECT * FROM executable('id', 'CSV', 'a String')"],
    ['sqlite', `SELECT * FROM sqlite('${file}', 't')`],
    ['input', "SELECT * FROM input('a String')"],
    ['python', 'SELECT * FROM python(x)'],
    ['merge', "SELECT * FROM merge('.*')"],
    ['merge of another database', "SELECT * FROM merge('system', '.*')"],
    ['cluster', "SELECT * FROM cluster('default', system.one)"],
    ['dictionary', "SELECT * FROM dictionary('x')"],
    ['dictGet', "SELECT dictGet('x', 'y', 1)"],
    ['joinGet', "SELECT joinGet('secret', 'value', 1)"],
    ['hasColumnInTable', "SELECT hasColumnInTable('tidemark', 'secret', 'value')"],
    ['viewExplain', "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT * FROM secret))"],
    ['an explanation as a table', 'SELECT * FROM (EXPLAIN SELECT * FROM secret)'],
    ['generateRandom', "SELECT * FROM generateRandom('a Array(String)') LIMIT 1"],
    ['sleep', 'SELECT sleep(3)'],
    ['sleepEachRow', 'SELECT sleepEachRow(3) FROM numbers(10)'],
    ['sleep in capitals', 'SELECT SLEEP(3)'],
    ['system tables', 'SELECT * FROM system.tables'],
    ['system tables, quoted', 'SELECT * FROM `system`.`processes`'],
    ['system tables in IN', "SELECT 'x' IN system.one"],
    ['information_schema', 'SELECT * FROM information_schema.tables'],
    ['system tables by SHOW', 'SHOW CREATE TABLE secret'],
    ['processes', 'SHOW PROCESSLIST'],
    ['databases', 'SHOW DATABASES'],
    ['users', 'SHOW USERS'],
    ['a setting', "SELECT getSetting('max_threads')"],
    ['a server setting', "SELECT getServerSetting('max_server_memory_usage')"],
    ['a system variable', 'SELECT @@version'],
    ['a macro', "SELECT getMacro('x')"],
    ['the host name', 'SELECT hostName()'],
    ['the user', 'SELECT currentUser()'],
    ['the disk', 'SELECT filesystemAvailable()'],
    ['a certificate', 'SELECT showCertificate()'],
    ['introspection', 'SELECT addressToLine(1)'],
    ['a table behind the views', 'SELECT * FROM observation'],
    ['a shard of it', 'SELECT * FROM observation_local'],
    ['a hidden table', 'SELECT * FROM secret'],
    ['a hidden table by its full name', 'SELECT * FROM tidemark.secret'],
    ['a hidden table in a join', 'SELECT * FROM ports, secret'],
    ['a hidden table in a subquery', 'SELECT * FROM (SELECT * FROM (SELECT value FROM secret))'],
    ['a hidden table in UNION', 'SELECT host FROM hosts UNION ALL SELECT value FROM secret'],
    ['a hidden table in EXCEPT', 'SELECT host FROM hosts EXCEPT SELECT value FROM secret'],
    ['a hidden table in INTERSECT', 'SELECT value FROM secret INTERSECT SELECT value FROM secret'],
    ['a hidden table in IN', "SELECT 'x' IN secret"],
    ['a hidden table in GLOBAL NOT IN', "SELECT 'x' GLOBAL NOT IN secret"],
    ['a hidden table in a tuple IN', "SELECT ('x',) IN secret"],
    ['a hidden table by function in()', "SELECT in('x', secret)"],
    ['a hidden table in EXISTS', 'SELECT 1 WHERE EXISTS(SELECT * FROM secret)'],
    ['a hidden table as a scalar', 'SELECT (SELECT max(value) FROM secret)'],
    ['a hidden table in WITH', 'WITH x AS (SELECT * FROM secret) SELECT * FROM x'],
    [
      'a hidden table behind a WITH element of its name',
      'SELECT * FROM secret, (WITH secret AS (SELECT 1) SELECT * FROM secret)',
    ],
    ['a hidden table behind a quoted name', 'SELECT * FROM `secret`'],
    ['a hidden table, FROM first', 'FROM secret SELECT value'],
    ['a hidden table, in parentheses', '((SELECT * FROM secret))'],
    ['a hidden table in an explanation', 'EXPLAIN SELECT * FROM secret'],
    ['a hidden table in ESTIMATE', 'EXPLAIN ESTIMATE SELECT * FROM secret'],
    ['a hidden table in DESCRIBE', 'DESCRIBE secret'],
    ['a hidden table with a forged alias', 'SELECT * FROM `secret (alias ports)`'],
    ['a forged line in a name', 'SELECT 1 AS `x\n TableIdentifier ports`, value FROM secret'],
    ['a parameter for a name', 'SELECT * FROM {x:Identifier}'],
    ['a heredoc', `SELECT $$x$$`],
    ['curly quotes', 'SELECT \u2018x\u2019'],
    ['letters that look like others', 'SEL\u0415CT 1'],
    ['a zero byte', 'SELECT 1\0; DROP TABLE secret'],
    ['too long', `SELECT ${'1 + '.repeat(30_000)}1`],
  ];
}

/** Questions that people ask, with their answers over five observations. */
export const questions: readonly (readonly [sql: string, rows: readonly unknown[]])[] = [
  ['SELECT count() FROM ports', [['5']]],
  [
    'select host, ports from hosts order by host;',
    [
      ['10.0.0.1', '2'],
      ['10.0.0.2', '2'],
      ['2001:db8::1', '1'],
    ],
  ],
  ['-- how many\nSELECT count() /* rows */ FROM ports # done', [['5']]],
  ['SELECT DISTINCT service FROM ports ORDER BY service LIMIT 2', [['https'], ['mysql']]],
  [
    "SELECT host FROM ports WHERE service LIKE 'ss%' AND port BETWEEN 1 AND 100 ORDER BY host",
    [['10.0.0.1'], ['10.0.0.2']],
  ],
  [
    'WITH many AS (SELECT host FROM hosts WHERE ports > 1) SELECT count() FROM ports WHERE host IN (SELECT host FROM many)',
    [['4']],
  ],
  [
    'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT sum(n) FROM t',
    [['10']],
  ],
  [
    'SELECT p.host, h.ports FROM ports AS p INNER JOIN hosts AS h USING (host) WHERE p.port = 443 ORDER BY p.host',
    [
      ['10.0.0.1', '2'],
      ['2001:db8::1', '1'],
    ],
  ],
  [
    'SELECT host, groupArray(port) FROM (SELECT * FROM ports ORDER BY port) GROUP BY host HAVING count() > 1 ORDER BY host',
    [
      ['10.0.0.1', [22, 443]],
      ['10.0.0.2', [22, 3306]],
    ],
  ],
  [
    "SELECT host, row_number() OVER (PARTITION BY host ORDER BY port) AS n FROM ports WHERE host = '10.0.0.1' ORDER BY n",
    [
      ['10.0.0.1', '1'],
      ['10.0.0.1', '2'],
    ],
  ],
  [
    'SELECT toDate(at) AS day, uniqExactIf(host, port = 22) FROM ports GROUP BY day ORDER BY day',
    [
      ['2026-11-20', '2'],
      ['2026-11-21', '0'],
    ],
  ],
  [
    "SELECT toStartOfHour(at) AS h, count() FROM ports WHERE at >= '2026-11-21' GROUP BY h",
    [['2026-11-21T05:00:00Z', '2']],
  ],
  [
    "SELECT CASE WHEN port < 1024 THEN 'low' ELSE 'high' END AS kind, count() FROM ports GROUP BY kind ORDER BY kind",
    [
      ['high', '1'],
      ['low', '4'],
    ],
  ],
  [
    'SELECT * FROM (SELECT host FROM hosts UNION ALL SELECT service FROM ports WHERE port = 3306) ORDER BY host DESC LIMIT 1',
    [['mysql']],
  ],
  [
    'SELECT quantile(0.5)(port), sumIf(port, port > 1000), any(service) FROM ports WHERE port = 3306',
    [[3306, '3306', 'mysql']],
  ],
  ['SELECT "host" AS "Host (IP)", `port` FROM ports ORDER BY ALL LIMIT 1', [['10.0.0.1', 22]]],
  [
    "SELECT arrayMap(x -> x * 2, [1, 2]), format('{}:{}', host, toString(port)) FROM ports ORDER BY host, port LIMIT 1",
    [[[2, 4], '10.0.0.1:22']],
  ],
  [
    "SELECT ';', '--', '/* x */', 'INTO OUTFILE', 'SETTINGS'",
    [[';', '--', '/* x */', 'INTO OUTFILE', 'SETTINGS']],
  ],
  [
    'SELECT * EXCEPT (at, service) FROM ports ORDER BY host, port LIMIT 1 BY host',
    [
      ['10.0.0.1', 22],
      ['10.0.0.2', 22],
      ['2001:db8::1', 443],
    ],
  ],
  ['(SELECT 1) UNION ALL (SELECT 1)', [[1], [1]]],
  [
    "SELECT isIPAddressInRange(host, '10.0.0.0/8'), count() FROM ports GROUP BY 1 ORDER BY 1",
    [
      [0, '1'],
      [1, '4'],
    ],
  ],
  ['SELECT number FROM numbers(3)', [['0'], ['1'], ['2']]],
  ['SELECT count() FROM ports WHERE at > now() - INTERVAL 100 YEAR', [['5']]],
  [
    "SELECT host, port FROM ports WHERE (host, port) IN (('10.0.0.1', 22), ('10.0.0.9', 1))",
    [['10.0.0.1', 22]],
  ],
  [
    "SELECT lagInFrame(port) OVER w AS before FROM ports WHERE host = '10.0.0.2' WINDOW w AS (ORDER BY port) ORDER BY before",
    [[0], [22]],
  ],
];
