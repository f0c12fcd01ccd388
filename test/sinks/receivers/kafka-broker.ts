import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import {
  compactArray,
  compactBytes,
  compactString,
  int16,
  int32,
  int64,
  NO_TAGS,
  readRecordBatch,
  string,
  WireReader,
  type WireRecord,
} from './kafka-wire.ts';
import { TEST_CERT, TEST_KEY } from './receivers.ts';

/** API keys of the protocol guide. */
const API = { produce: 0, metadata: 3, saslHandshake: 17, apiVersions: 18, saslAuthenticate: 36 } as const;
/** Error codes of the protocol guide that the tests have a broker say. */
export const KAFKA_ERROR = {
  none: 0,
  unknownTopic: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  messageTooLarge: 10,
  notEnoughReplicas: 19,
  topicAuthorizationFailed: 29,
  unsupportedSaslMechanism: 33,
  saslAuthenticationFailed: 58,
} as const;

/** What a broker is like. */
export interface BrokerSetting {
  readonly topic: string;
  readonly partitions: number;
  /** Newest version of Produce that it speaks: 9 came with Kafka 2.5, 11 with 3.8. */
  readonly produceVersion: number;
  readonly tls: boolean;
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    readonly user: string;
    readonly password: string;
  };
  /** Where it says that it is. */
  readonly advertise: string;
  /** What it answers to Produce: an error code, `silence`, or `hang up`. */
  readonly onProduce: () => number | 'silence' | 'hang up';
}

/** A batch that came. */
export interface ProducedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly acks: number;
  readonly version: number;
  readonly bytes: Buffer;
  readonly records: readonly WireRecord[];
}

/** A broker that keeps what was produced; of everything that Kafka is, it speaks what a producer needs, and nothing else. */
export class KafkaBroker {
  readonly batches: ProducedBatch[] = [];
  /** What was wrong with a request. */
  readonly faults: string[] = [];
  readonly #setting: BrokerSetting;
  readonly #server;
  readonly #sockets = new Set<Socket>();

  constructor(setting: Partial<BrokerSetting> = {}) {
    this.#setting = {
      topic: 'findings',
      partitions: 3,
      produceVersion: 11,
      tls: false,
      advertise: '127.0.0.1',
      onProduce: () => KAFKA_ERROR.none,
      ...setting,
    };
    const take = (socket: Socket): void => this.#take(socket);
    this.#server = this.#setting.tls
      ? createTlsServer({ key: readFileSync(TEST_KEY), cert: readFileSync(TEST_CERT) }, take)
      : createServer(take);
    this.#server.on('tlsClientError', () => undefined);
  }

  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this.port;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open. */
  get open(): number {
    return [...this.#sockets].filter((socket) => !socket.destroyed && !socket.readableEnded).length;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket.on('error', () => undefined));
    const session = new Session(this.#setting, () => this.port);
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE()) {
        const end = 4 + bytes.readInt32BE();
        const request = bytes.subarray(4, end);
        bytes = bytes.subarray(end);
        try {
          const answer = session.answer(request, this.batches);
          if (answer === 'hang up') socket.destroy();
          else if (answer !== 'silence') socket.write(Buffer.concat([int32(answer.length), answer]));
        } catch (error) {
          this.faults.push((error as Error).message);
          socket.destroy();
        }
      }
    });
  }
}

/** One connection: what is answered to a request, after its length. */
class Session {
  readonly #setting: BrokerSetting;
  readonly #port: () => number;
  #authenticated: boolean;
  #scram: Scram | undefined;

  constructor(setting: BrokerSetting, port: () => number) {
    this.#setting = setting;
    this.#port = port;
    this.#authenticated = setting.sasl === undefined;
  }

  answer(request: Buffer, batches: ProducedBatch[]): Buffer | 'silence' | 'hang up' {
    const reader = new WireReader(request);
    const [key, version, correlation] = [reader.int16(), reader.int16(), int32(reader.int32())];
    reader.string(); // client id
    if (key === API.saslHandshake) {
      const mechanism = reader.string();
      const { sasl } = this.#setting;
      const fits = sasl !== undefined && sasl.mechanism === mechanism;
      if (fits && sasl.mechanism !== 'PLAIN') this.#scram = new Scram(sasl);
      const code = fits ? KAFKA_ERROR.none : KAFKA_ERROR.unsupportedSaslMechanism;
      const enabled = sasl === undefined ? [] : [string(sasl.mechanism)];
      return Buffer.concat([correlation, int16(code), int32(enabled.length), ...enabled]);
    }
    reader.tags();
    if (key === API.apiVersions) return Buffer.concat([correlation, this.#apiVersions()]);
    const header = Buffer.concat([correlation, NO_TAGS]);
    if (key === API.saslAuthenticate)
      return Buffer.concat([header, this.#authenticate(reader.compactBytes()!)]);
    // As brokers do to whom nobody has said who he is.
    if (!this.#authenticated) return 'hang up';
    if (key === API.metadata) return Buffer.concat([header, this.#metadata(reader, version)]);
    if (key === API.produce) {
      const answer = this.#produce(reader, version, batches);
      return typeof answer === 'string' ? answer : Buffer.concat([header, answer]);
    }
    throw new Error(`a request that nobody made a promise of: ${key}`);
  }

  #apiVersions(): Buffer {
    const versions = [
      [API.produce, 3, this.#setting.produceVersion],
      [API.metadata, 0, 12],
      [API.saslHandshake, 0, 1],
      [API.apiVersions, 0, 3],
      [API.saslAuthenticate, 0, 2],
    ].map((numbers) => Buffer.concat([...numbers.map(int16), NO_TAGS]));
    return Buffer.concat([int16(KAFKA_ERROR.none), compactArray(versions), int32(0), NO_TAGS]);
  }

  #metadata(reader: WireReader, version: number): Buffer {
    if (version !== 12) throw new Error(`Metadata version ${version}`);
    const names = reader.compactArray(() => {
      reader.take(16);
      const name = reader.compactString();
      reader.tags();
      return name!;
    });
    const { topic, partitions, advertise } = this.#setting;
    const broker = Buffer.concat([
      int32(1),
      compactString(advertise),
      int32(this.#port()),
      compactString(undefined),
      NO_TAGS,
    ]);
    const one = compactArray([int32(1)]);
    const topics = names.map((name) => {
      const known = name === topic;
      const listed = Array.from({ length: known ? partitions : 0 }, (_, index) =>
        Buffer.concat([int16(0), int32(index), int32(1), int32(0), one, one, compactArray([]), NO_TAGS]),
      );
      return Buffer.concat([
        int16(known ? KAFKA_ERROR.none : KAFKA_ERROR.unknownTopic),
        compactString(name),
        createHash('md5').update(name).digest(),
        Buffer.from([0]),
        compactArray(listed),
        int32(-2_147_483_648),
        NO_TAGS,
      ]);
    });
    return Buffer.concat([
      int32(0),
      compactArray([broker]),
      compactString('test-cluster'),
      int32(1),
      compactArray(topics),
      NO_TAGS,
    ]);
  }

  #produce(reader: WireReader, version: number, batches: ProducedBatch[]): Buffer | 'silence' | 'hang up' {
    if (version < 9) throw new Error(`Produce version ${version}`);
    if (reader.compactString() !== undefined) throw new Error('a transaction');
    const acks = reader.int16();
    reader.int32(); // timeout
    const outcome = this.#setting.onProduce();
    const topics = reader.compactArray(() => {
      const topic = reader.compactString()!;
      const partitions = reader.compactArray(() => {
        const partition = reader.int32();
        const bytes = Buffer.from(reader.compactBytes()!);
        reader.tags();
        const records = readRecordBatch(bytes);
        const taken = outcome === KAFKA_ERROR.none;
        const offset = batches.filter((one) => one.partition === partition).length;
        if (taken) batches.push({ topic, partition, acks, version, bytes, records });
        return Buffer.concat([
          int32(partition),
          int16(typeof outcome === 'number' ? outcome : 0),
          int64(taken ? BigInt(offset) : -1n),
          int64(-1n),
          int64(0n),
          compactArray([]),
          compactString(undefined),
          NO_TAGS,
        ]);
      });
      reader.tags();
      return Buffer.concat([compactString(topic), compactArray(partitions), NO_TAGS]);
    });
    reader.tags();
    if (!reader.done) throw new Error('more in the request than it says');
    if (typeof outcome === 'string') return outcome;
    return Buffer.concat([compactArray(topics), int32(0), NO_TAGS]);
  }

  #authenticate(said: Buffer): Buffer {
    const { sasl } = this.#setting;
    const reply = (code: number, message: string | undefined, bytes = Buffer.alloc(0)): Buffer =>
      Buffer.concat([int16(code), compactString(message), compactBytes(bytes), int64(0n), NO_TAGS]);
    const failed = reply(KAFKA_ERROR.saslAuthenticationFailed, 'Authentication failed');
    if (sasl === undefined) return failed;
    if (this.#scram === undefined) {
      this.#authenticated = said.equals(Buffer.from(`\0${sasl.user}\0${sasl.password}`));
      return this.#authenticated ? reply(0, undefined) : failed;
    }
    const answer = this.#scram.answer(said.toString());
    if (answer === undefined) return failed;
    this.#authenticated = this.#scram.done;
    return reply(0, undefined, Buffer.from(answer));
  }
}

/** The server's side of SCRAM, RFC 5802, without channel binding. */
class Scram {
  done = false;
  readonly #sasl: NonNullable<BrokerSetting['sasl']>;
  readonly #salt = Buffer.from('salt of a test');
  #first = '';
  #nonce = '';

  constructor(sasl: NonNullable<BrokerSetting['sasl']>) {
    this.#sasl = sasl;
  }

  /** Undefined when the client is not who he says. */
  answer(said: string): string | undefined {
    const hash = this.#sasl.mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512';
    const size = hash === 'sha256' ? 32 : 64;
    if (this.#first === '') {
      const bare = said.replace(/^n,[^,]*,/, '');
      const [, user, nonce] = /^n=([^,]*),r=([^,]*)$/.exec(bare) ?? [];
      if (user !== this.#sasl.user || nonce === undefined) return undefined;
      this.#nonce = `${nonce}server`;
      const reply = `r=${this.#nonce},s=${this.#salt.toString('base64')},i=4096`;
      this.#first = `${bare},${reply}`;
      return reply;
    }
    const [, without, proof] = /^(c=biws,r=[^,]*),p=(.*)$/.exec(said) ?? [];
    if (without !== `c=biws,r=${this.#nonce}`) return undefined;
    const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
    const salted = pbkdf2Sync(this.#sasl.password, this.#salt, 4096, size, hash);
    const clientKey = hmac(salted, 'Client Key');
    const stored = createHash(hash).update(clientKey).digest();
    const message = `${this.#first},${without}`;
    const signature = hmac(stored, message);
    const wanted = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!));
    const given = Buffer.from(proof ?? '', 'base64');
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
    this.done = true;
    return `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`;
  }
}
