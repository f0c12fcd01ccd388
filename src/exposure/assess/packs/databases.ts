import type { Rule } from '../rule.ts';
import type { ControlId } from '../controls.ts';
import { named, namedTests, openPort, product } from './conditions.ts';

interface Database {
  readonly topic: string;
  readonly words: string;
  readonly names: readonly string[];
  readonly ports: readonly number[];
  readonly protocol?: 'tcp' | 'udp';
  /** Words of its banner, for those that Nmap calls by another name, such as http. */
  readonly products?: readonly string[];
  /** True where a fresh installation asks for no password. */
  readonly openByDefault?: boolean;
  readonly reference: string;
}

const DATABASES: readonly Database[] = [
  {
    topic: 'mysql',
    words: 'MySQL or MariaDB',
    names: ['mysql', 'mariadb'],
    ports: [3306],
    reference: 'https://dev.mysql.com/doc/refman/8.4/en/security-guidelines.html',
  },
  {
    topic: 'postgresql',
    words: 'PostgreSQL',
    names: ['postgresql'],
    ports: [5432],
    reference: 'https://www.postgresql.org/docs/current/auth-pg-hba-conf.html',
  },
  {
    topic: 'mssql',
    words: 'Microsoft SQL Server',
    names: ['ms-sql-s', 'ms-sql'],
    ports: [1433],
    reference:
      'https://learn.microsoft.com/sql/relational-databases/security/sql-server-security-best-practices',
  },
  {
    topic: 'oracle',
    words: 'Oracle Database',
    names: ['oracle-tns', 'oracle'],
    ports: [1521],
    reference: 'https://docs.oracle.com/en/database/oracle/oracle-database/19/dbseg/',
  },
  {
    topic: 'mongodb',
    words: 'MongoDB',
    names: ['mongodb', 'mongod'],
    ports: [27017, 27018, 27019],
    openByDefault: true,
    products: ['MongoDB'],
    reference: 'https://www.mongodb.com/docs/manual/administration/security-checklist/',
  },
  {
    topic: 'redis',
    words: 'Redis',
    names: ['redis'],
    ports: [6379],
    openByDefault: true,
    reference: 'https://redis.io/docs/latest/operate/oss_and_stack/management/security/',
  },
  {
    topic: 'elasticsearch',
    words: 'Elasticsearch or OpenSearch',
    names: ['elasticsearch', 'wap-wsp'],
    ports: [9200, 9300],
    openByDefault: true,
    products: ['Elasticsearch REST API', 'Elasticsearch binary API', 'OpenSearch'],
    reference: 'https://www.elastic.co/guide/en/elasticsearch/reference/current/secure-cluster.html',
  },
  {
    topic: 'memcached',
    words: 'Memcached',
    names: ['memcached', 'memcache'],
    ports: [11211],
    openByDefault: true,
    reference: 'https://docs.memcached.org/serverguide/configuring/',
  },
  {
    topic: 'memcached-udp',
    words: 'Memcached over UDP',
    names: ['memcached', 'memcache'],
    ports: [11211],
    protocol: 'udp',
    openByDefault: true,
    reference: 'https://www.cisa.gov/news-events/alerts/2014/01/17/udp-based-amplification-attacks',
  },
  {
    topic: 'cassandra',
    words: 'Apache Cassandra',
    names: ['cassandra', 'cassandra-native'],
    ports: [9042, 9160],
    openByDefault: true,
    reference: 'https://cassandra.apache.org/doc/latest/cassandra/managing/operating/security.html',
  },
  {
    topic: 'couchdb',
    words: 'Apache CouchDB',
    names: ['couchdb'],
    ports: [5984],
    products: ['CouchDB'],
    reference: 'https://docs.couchdb.org/en/stable/intro/security.html',
  },
  {
    topic: 'influxdb',
    words: 'InfluxDB',
    names: ['influxdb'],
    ports: [8086],
    openByDefault: true,
    products: ['InfluxDB'],
    reference: 'https://docs.influxdata.com/influxdb/v2/admin/security/',
  },
  {
    topic: 'clickhouse',
    words: 'ClickHouse',
    names: ['clickhouse'],
    ports: [8123],
    openByDefault: true,
    products: ['ClickHouse'],
    reference: 'https://clickhouse.com/docs/operations/settings/settings-users',
  },
  {
    topic: 'neo4j',
    words: 'Neo4j',
    names: ['neo4j', 'bolt'],
    ports: [7474, 7687],
    products: ['Neo4j'],
    reference: 'https://neo4j.com/docs/operations-manual/current/security/',
  },
  {
    topic: 'db2',
    words: 'IBM Db2',
    names: ['ibm-db2', 'db2'],
    ports: [50000],
    reference: 'https://www.ibm.com/docs/en/db2/11.5?topic=security',
  },
  {
    topic: 'zookeeper',
    words: 'Apache ZooKeeper',
    names: ['zookeeper'],
    ports: [2181],
    openByDefault: true,
    reference: 'https://zookeeper.apache.org/doc/current/zookeeperAdmin.html',
  },
  {
    topic: 'solr',
    words: 'Apache Solr',
    names: ['solr'],
    ports: [8983],
    openByDefault: true,
    products: ['Apache Solr'],
    reference: 'https://solr.apache.org/guide/solr/latest/deployment-guide/securing-solr.html',
  },
];

const REACHABLE: readonly ControlId[] = [
  'PCI DSS 4.0 1.2.5',
  'PCI DSS 4.0 1.4.4',
  'PCI DSS 4.0 2.2.4',
  'CIS v8 3.3',
  'CIS v8 4.4',
];

function reachable(database: Database): Rule {
  const byDefault =
    database.openByDefault === true
      ? `A fresh ${database.words} asks for no password, and it is easy to leave it so.`
      : `${database.words} should be spoken to by its own applications and nobody else.`;
  return {
    id: `database.${database.topic}`,
    category: 'database',
    on: 'port',
    title: `${database.words} can be reached`,
    severity: 'medium',
    points: 25,
    match: [
      named(database.names, database.ports, database.protocol),
      ...(database.products === undefined ? [] : [product(...database.products)]),
    ].join(' || '),
    why: byDefault,
    impact: 'Whoever reaches it and finds no password, or guesses one, may read, change or encrypt the data.',
    actions: [
      'Check which programs need it, and let it listen on their network only, or on the machine itself only, 127.0.0.1.',
      'Check that it asks for a login, and that the login is not the factory one.',
    ],
    references: [database.reference],
    compliance: REACHABLE,
    severityIn: { 'internet-facing': 'high' },
    tests: [
      ...namedTests(database.names[0] ?? '', database.ports[0] ?? 0, database.protocol),
      ...(database.products ?? []).map((word) => ({
        name: `${word} announces itself`,
        facts: openPort(7, { name: 'http', product: word }),
        expect: true,
      })),
    ],
  };
}

/** Scripts of Nmap that get an answer only from a database that asks for no login. */
const OPEN_SCRIPTS = [
  'redis-info',
  'mongodb-databases',
  'couchdb-databases',
  'memcached-info',
  'cassandra-info',
  'mysql-empty-password',
];

/** Data stores. 25 points: the seed design's "database". */
export const DATABASES_PACK: readonly Rule[] = [
  ...DATABASES.map(reachable),
  {
    id: 'database.no-login',
    category: 'database',
    on: 'port',
    title: 'A database answered without a login',
    severity: 'critical',
    whenExpected: 'high',
    points: 40,
    match: `port.scripts.exists(s, s.id in [${OPEN_SCRIPTS.map((id) => JSON.stringify(id)).join(', ')}] && s.output != "" && !s.output.matches("(?i)error|denied|unauthori[sz]ed|authentication|not allowed"))`,
    why: 'A script of the scanner, without a password, was given what only a user should be given.',
    impact: 'Anybody who reaches the port reads the data, and usually can change it.',
    actions: ['Require a login today.', 'Look in the database’s log for visitors that you do not know.'],
    references: ['https://nmap.org/nsedoc/categories/safe.html'],
    compliance: [...REACHABLE, 'PCI DSS 4.0 8.3.1'] satisfies readonly ControlId[],
    replaces: DATABASES.map((database) => `database.${database.topic}`),
    tests: [
      {
        name: 'redis-info was answered',
        facts: openPort(
          6379,
          { name: 'redis' },
          { scripts: [{ id: 'redis-info', output: 'Version: 7.0.15\nRole: master' }] },
        ),
        expect: true,
      },
      {
        name: 'a password is asked',
        facts: openPort(
          6379,
          { name: 'redis' },
          { scripts: [{ id: 'redis-info', output: 'ERROR: Authentication required' }] },
        ),
        expect: false,
      },
      { name: 'no script ran', facts: openPort(6379, { name: 'redis' }), expect: false },
    ],
  },
];
