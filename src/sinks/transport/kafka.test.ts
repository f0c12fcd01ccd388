import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { KAFKA_ERROR, KafkaBroker, type BrokerSetting } from '../../../test/sinks/receivers/kafka-broker.ts';
import {
  crc32c,
  int16,
  int32,
  string,
  uvarint,
  WireReader,
} from '../../../test/sinks/receivers/kafka-wire.ts';
import { freePort, hasKcat, TEST_CERT, until } from '../../../test/sinks/receivers/receivers.ts';
import { digested, exposed, MOMENT, outgoing, planted, scanning } from '../../../test/sinks/sample.ts';
import { asFinding } from '../../findings/outgoing.ts';
import { findingId } from '../../findings/identity.ts';
import { kafkaSink, type KafkaTarget } from './kafka.ts';

const signal = new AbortController().signal;
const target = (port: number, changes: Partial<KafkaTarget> = {}): KafkaTarget => ({
  hosts: [`127.0.0.1:${port}`],
  allowHosts: [],
  security: 'none',
  topic: 'findings',
  format: 'json',
  timeoutMillis: 5000,
  sender: { version: '0.1.0', hostname: 'sensor1' },
  ...changes,
});
const batch = [
  outgoing(exposed()),
  outgoing(planted(scanning(), 'two\nlines, ünïcödé, \0')),
  digested(),
  ...Array.from({ length: 20 }, (_, number) =>
    outgoing(exposed({ id: findingId('exposure', 'drift.port-opened', {}, String(number)) })),
  ),
];

test('our CRC is the one of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3_06_92_83);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a_91_36_aa);
});

test('our varints are read back', () => {
  for (const value of [0, 1, 127, 128, 300, 2 ** 31])
    expect(new WireReader(uvarint(value)).uvarint()).toBe(value);
});

describe('Kafka (a broker of ours that speaks the documented protocol)', () => {
  let broker: KafkaBroker | undefined;
  afterEach(() => broker?.stop());
  const start = async (setting: Partial<BrokerSetting> = {}): Promise<KafkaBroker> => {
    broker = new KafkaBroker(setting);
    await broker.start();
    return broker;
  };

  test.each([9, 10, 11])(
    'Produce version %i: every record is there whole, acknowledged by all replicas',
    async (produceVersion) => {
      const { port, batches, faults } = await start({ produceVersion });
      await kafkaSink('queue', target(port)).send(batch, signal);
      expect(faults).toEqual([]);
      expect(new Set(batches.map(({ acks, version }) => `${acks} ${version}`))).toEqual(
        new Set([`-1 ${produceVersion}`]),
      );
      const records = new Map(
        batches.flatMap((one) => one.records).map((record) => [record.headers['tidemark-key'], record]),
      );
      expect(records.size).toBe(batch.length);
      for (const message of batch) {
        const record = records.get(message.key)!;
        expect(record).toMatchObject({
          key: asFinding(message).finding.id,
          headers: { 'tidemark-revision': '1', 'content-type': 'application/json' },
          timestamp: MOMENT / 1e3,
        });
        expect(JSON.parse(record.value!)).toMatchObject({ key: message.key });
      }
    },
  );

  test('versions of one finding stay in one partition and in order; findings are spread', async () => {
    const { port, batches } = await start();
    const sink = kafkaSink('queue', target(port));
    for (const revision of [1, 2, 3]) await sink.send([outgoing(exposed(), { revision })], signal);
    const [first] = batches;
    expect(new Set(batches.map(({ partition }) => partition)).size).toBe(1);
    expect(batches.map((one) => one.records[0]!.headers['tidemark-revision'])).toEqual(['1', '2', '3']);
    expect(first!.records[0]!.key).toBe(exposed().id);
    await sink.send(batch, signal);
    expect(new Set(batches.map(({ partition }) => partition)).size).toBe(3);
  });

  test('the partition is the one that Java’s clients choose', async () => {
    // murmur2 of Apache Kafka's Utils over "21", from its UtilsTest; modulo as in BuiltInPartitioner.
    const { port, batches } = await start({ partitions: 1000 });
    const finding = exposed({ id: '21' as never });
    await kafkaSink('queue', target(port)).send([outgoing(finding)], signal);
    expect(batches[0]!.partition).toBe((-973_932_308 & 0x7f_ff_ff_ff) % 1000);
  });

  test.each([
    { what: 'a broker that wants fewer bytes', code: KAFKA_ERROR.messageTooLarge, fault: 'sinks/refused' },
    { what: 'too few replicas', code: KAFKA_ERROR.notEnoughReplicas, fault: 'sinks/unavailable' },
    { what: 'another leader', code: KAFKA_ERROR.notLeader, fault: 'sinks/unavailable' },
    { what: 'no right to the topic', code: KAFKA_ERROR.topicAuthorizationFailed, fault: 'sinks/unavailable' },
  ])('$what is $fault', async ({ code, fault }) => {
    const { port } = await start({ onProduce: () => code });
    await expect(kafkaSink('queue', target(port)).send(batch, signal)).rejects.toMatchObject({ code: fault });
  });

  test('a topic that is not there is tried again and not made', async () => {
    const { port, faults } = await start();
    await expect(
      kafkaSink('queue', target(port, { topic: 'other' })).send(batch, signal),
    ).rejects.toMatchObject({
      code: 'sinks/unavailable',
    });
    expect(faults).toEqual([]);
  });

  test('a broker that hangs up is tried again; one that is silent is left when told to, with nothing left open', async () => {
    const away = await start({ onProduce: () => 'hang up' });
    await expect(kafkaSink('queue', target(away.port)).send(batch, signal)).rejects.toMatchObject({
      code: 'sinks/unreachable',
    });
    away.stop();
    await expect(kafkaSink('queue', target(await freePort())).send(batch, signal)).rejects.toMatchObject({
      code: 'sinks/unreachable',
    });
    const stop = new AbortController();
    const silent = await start({
      onProduce: () => {
        stop.abort();
        return 'silence';
      },
    });
    await expect(kafkaSink('queue', target(silent.port)).send(batch, stop.signal)).rejects.toBeInstanceOf(
      Error,
    );
    await until(() => silent.open === 0);
  });

  test('connections are closed when all is sent', async () => {
    const one = await start();
    await kafkaSink('queue', target(one.port)).send(batch, signal);
    expect(one.batches).not.toEqual([]);
    await until(() => one.open === 0);
  });

  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)(
    '%s over TLS: who it is',
    async (mechanism) => {
      const ca = await readFile(TEST_CERT, 'utf8');
      const { port, batches } = await start({
        tls: true,
        sasl: { mechanism, user: 'tidemark', password: 'hunter2' },
      });
      const who = { security: 'tls', ca, mechanism, user: 'tidemark' } as const;
      await kafkaSink('queue', target(port, { ...who, password: 'hunter2' })).send(batch, signal);
      expect(batches.flatMap((one) => one.records)).toHaveLength(batch.length);
      const error = await kafkaSink('queue', target(port, { ...who, password: 'hunter3' }))
        .send(batch, signal)
        .catch((thrown: unknown) => thrown as Error);
      expect(error).toMatchObject({
        code: 'sinks/unavailable',
        fix: 'Correct mechanism, user and password of the sink.',
      });
      expect((error as Error).message).not.toContain('hunter3');
      await expect(
        kafkaSink(
          'queue',
          target(port, { security: 'tls', mechanism, user: 'tidemark', password: 'hunter2' }),
        ).send(batch, signal),
      ).rejects.toMatchObject({ code: 'sinks/unreachable' });
    },
  );

  test('brokers that the cluster names are looked at too', async () => {
    const { port, batches } = await start({ advertise: '169.254.169.254' });
    await expect(kafkaSink('queue', target(port)).send(batch, signal)).rejects.toMatchObject({
      code: 'sinks/refused-address',
    });
    expect(batches).toEqual([]);
    await expect(
      kafkaSink('queue', target(0, { hosts: ['169.254.169.254:9092'] })).send(batch, signal),
    ).rejects.toMatchObject({ code: 'sinks/refused-address' });
  });
});

describe.skipIf(!hasKcat())('librdkafka (skipped where kcat is not installed)', () => {
  test('reads our batches, CRC and all', async () => {
    const broker = new KafkaBroker({ partitions: 1 });
    await broker.start();
    await kafkaSink('queue', target(broker.port)).send(batch, signal);
    broker.stop();
    const [taken] = broker.batches;

    // kcat brings the mock cluster of librdkafka, and consumes from it.
    const kcat = spawn(
      'kcat',
      [
        '-C',
        '-u',
        '-t',
        'findings',
        '-p',
        '0',
        '-o',
        'beginning',
        '-c',
        String(batch.length),
        '-b',
        `127.0.0.1:${await freePort()}`,
      ]
        .concat([
          '-X',
          'test.mock.num.brokers=1',
          '-X',
          'check.crcs=true',
          '-X',
          'allow.auto.create.topics=true',
        ])
        .concat(['-f', '%T\\t%k\\t%h\\t%S\\n']),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const lines: string[] = [];
    createInterface({ input: kcat.stdout }).on('line', (line) => lines.push(line));
    try {
      let port = 0;
      for await (const line of createInterface({ input: kcat.stderr })) {
        port = Number(/replaced with 127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? 0);
        if (port > 0) break;
      }
      // The topic is there once the consumer has asked for it.
      const gone = once(kcat, 'exit');
      await until(async () => (await produceRaw(port, taken!.bytes)) === KAFKA_ERROR.none);
      expect((await gone)[0]).toBe(0);
    } finally {
      kcat.kill('SIGKILL');
    }
    expect(lines).toEqual(
      taken!.records.map(({ key, value, headers, timestamp }) =>
        [
          timestamp,
          key,
          Object.entries(headers)
            .map(([name, text]) => `${name}=${text}`)
            .join(','),
          Buffer.byteLength(value!),
        ].join('\t'),
      ),
    );
  });
});

/** Hands a batch to a broker as it is, by Produce version 7 (not flexible); the error code of its partition. */
async function produceRaw(port: number, bytes: Buffer): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  try {
    const body = Buffer.concat([
      Buffer.concat([int16(0), int16(7), int32(1), string('raw'), int16(-1), int16(-1), int32(5000)]),
      Buffer.concat([int32(1), string('findings'), int32(1), int32(0), int32(bytes.length), bytes]),
    ]);
    socket.write(Buffer.concat([int32(body.length), body]));
    let answer = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE()) break;
    }
    const reader = new WireReader(answer.subarray(8));
    reader.int32();
    reader.string();
    reader.int32();
    reader.int32();
    return reader.int16();
  } finally {
    socket.destroy();
  }
}
