import { isIP } from 'node:net';
import { compatibilityPartitioner, MultipleErrors, Producer, type SASLOptions } from '@platformatic/kafka';
import { Fault } from '../../fault/fault.ts';
import { asFinding } from '../../findings/outgoing.ts';
import { documentOf, type DocumentFormat } from '../format/line.ts';
import { jsonLine } from '../format/one-line.ts';
import type { Sender, Sink } from '../sink.ts';
import { guardedAddresses, withNamedLoopback } from './address-guard.ts';
import type { TlsMaterial } from './connect-host.ts';
import { hostAndPort } from './host-port.ts';

/** Where messages are produced. */
export interface KafkaTarget extends TlsMaterial {
  /** `host:port` of brokers to ask first; the cluster names the others. */
  readonly hosts: readonly string[];
  readonly allowHosts: readonly string[];
  readonly security: 'tls' | 'none';
  readonly topic: string;
  readonly mechanism?: SASLOptions['mechanism'];
  readonly user?: string;
  readonly password?: string;
  readonly format: DocumentFormat;
  readonly timeoutMillis: number;
  readonly sender: Sender;
}

/** Of every replica that is in sync: the strongest word that Kafka has (`acks=all`). */
const ALL_REPLICAS = -1;
/** Errors of the broker about this message, whenever it comes: MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_RECORD. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
]);
/** Codes of the client: the broker does not take who we are; nobody was reached. */
const DENIALS: ReadonlySet<unknown> = new Set(['PLT_KFK_AUTHENTICATION']);
const FAILURES_ON_THE_WAY: ReadonlySet<unknown> = new Set(['PLT_KFK_NETWORK', 'PLT_KFK_TIMEOUT']);

/**
 * Produces each message as JSON to one topic, acknowledged by all replicas in sync. The record's key is the finding's
 * identifier, partitioned as Java's clients do, so that the versions of a finding stay in one partition and in order. The
 * message's key and revision are headers: a consumer drops by them what comes twice. Kafka's idempotent producer would
 * not: it knows the repetitions of one session, and ours come from another, after a kill.
 */
export function kafkaSink(name: string, target: KafkaTarget): Sink {
  return {
    name,
    kind: 'kafka',
    atOnce: 100,
    async send(batch, signal) {
      signal.throwIfAborted();
      const messages = batch.map((outgoing) => ({
        topic: target.topic,
        key: Buffer.from(asFinding(outgoing).finding.id),
        value: Buffer.from(jsonLine(documentOf(target.format, outgoing, target.sender))),
        headers: new Map(
          [
            ['tidemark-key', outgoing.key],
            ['tidemark-revision', String(outgoing.revision)],
            ['content-type', 'application/json'],
          ].map(([field, value]) => [Buffer.from(field!), Buffer.from(value!)]),
        ),
        timestamp: BigInt(Math.floor(outgoing.at / 1e3)),
      }));
      let producer: Producer | undefined;
      const abort = (): void => {
        if (producer !== undefined) void closed(producer);
      };
      signal.addEventListener('abort', abort, { once: true });
      try {
        producer = await makeProducer(target);
        signal.throwIfAborted();
        await checkBrokers(producer, target);
        await producer.send({ messages, acks: ALL_REPLICAS });
      } catch (error) {
        throw kafkaFault(error, target);
      } finally {
        signal.removeEventListener('abort', abort);
        if (producer !== undefined) await closed(producer);
      }
    },
  };
}

/** Ends its connections; what goes wrong then is no failure of what was sent. */
function closed(producer: Producer): Promise<void> {
  return new Promise((resolve) => {
    producer.close(true, () => resolve());
  });
}

async function makeProducer(target: KafkaTarget): Promise<Producer> {
  const { hosts, allowHosts, security, ca, cert, key, timeoutMillis } = target;
  const named = hosts.map(hostAndPort);
  for (const { host } of named) await guardedAddresses(host, withNamedLoopback(host, allowHosts));
  const sasl = saslOf(target);
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key }).filter(([, value]) => value !== undefined),
  );
  return new Producer({
    clientId: 'tidemark',
    bootstrapBrokers: named,
    // The outbox tries again, with its delays.
    retries: 0,
    timeout: timeoutMillis,
    connectTimeout: timeoutMillis,
    requestTimeout: timeoutMillis,
    autocreateTopics: false,
    partitioner: compatibilityPartitioner,
    ...(security === 'none'
      ? {}
      : {
          tls: { rejectUnauthorized: true, ...tls },
          tlsServerName: named.every(({ host }) => isIP(host) === 0),
        }),
    ...(sasl === undefined ? {} : { sasl }),
  });
}

function saslOf({ mechanism, user, password }: KafkaTarget): SASLOptions | undefined {
  if (mechanism === undefined) return undefined;
  return { mechanism, username: user ?? '', password: password ?? '' };
}

/**
 * The cluster says where its brokers are, and messages go there: those hosts are looked at like the first ones. Loopback
 * is allowed when a broker of the configuration is there itself.
 */
async function checkBrokers(producer: Producer, { topic, hosts, allowHosts }: KafkaTarget): Promise<void> {
  const { brokers } = await producer.metadata({ topics: [topic] });
  const allowed = hosts
    .map(hostAndPort)
    .reduce((list, { host }) => withNamedLoopback(host, list), allowHosts);
  const local = allowed.length > allowHosts.length;
  for (const { host } of brokers.values())
    await guardedAddresses(host, local ? withNamedLoopback(host, allowed) : allowed);
}

function kafkaFault(error: unknown, { hosts, topic }: KafkaTarget): Fault {
  const causes = [...causesOf(error)];
  const fault = causes.find((cause) => cause instanceof Fault);
  if (fault !== undefined) return fault;
  const words = causes.flatMap((cause) =>
    cause instanceof Error && cause.message !== '' ? [cause.message.replace(/\.$/, '')] : [],
  );
  const has = (key: string, wanted: ReadonlySet<unknown>): boolean =>
    causes.some((cause) => wanted.has((cause as Readonly<Record<string, unknown>>)[key]));
  const denied = has('code', DENIALS);
  const away = !denied && has('code', FAILURES_ON_THE_WAY);
  return new Fault(
    has('apiId', REFUSALS) ? 'sinks/refused' : away ? 'sinks/unreachable' : 'sinks/unavailable',
    `${hosts.join(', ')}, topic ${topic}: ${[...new Set(words)].slice(-2).join(': ') || 'failed'}`,
    denied
      ? 'Correct mechanism, user and password of the sink.'
      : 'Look at hosts, security, the topic and what may be written to it; it is tried again.',
    {},
    { cause: error },
  );
}

/** An error, its causes and the errors that it sums up, outermost first. */
function* causesOf(error: unknown): Generator {
  if (error === undefined || error === null) return;
  yield error;
  if (error instanceof MultipleErrors || error instanceof AggregateError)
    for (const one of error.errors as unknown[]) yield* causesOf(one);
  yield* causesOf((error as Error).cause);
}
