import { setImmediate } from 'node:timers/promises';
import {
  connect,
  credsAuthenticator,
  errors,
  headers,
  nkeyAuthenticator,
  type Authenticator,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import * as z from 'zod';
import { Fault } from '../../fault/fault.ts';
import type { Outgoing } from '../../findings/outgoing.ts';
import { documentOf, type DocumentFormat } from '../format/line.ts';
import { subjectOf } from '../format/nats-subject.ts';
import { jsonLine } from '../format/one-line.ts';
import type { Sender, Sink } from '../sink.ts';
import { guardedAddresses, withNamedLoopback } from './address-guard.ts';
import { serverName, type TlsMaterial } from './connect-host.ts';
import { hostAndPort } from './host-port.ts';

/** How a client says who it is: nothing, a token, user and password, an nkey's seed, or a credentials file's text. */
export interface NatsCredentials {
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  readonly nkey?: string;
  readonly creds?: string;
}

/** Where messages are published. */
export interface NatsTarget extends TlsMaterial, NatsCredentials {
  /** `host:port` of servers of one cluster, tried in this order. */
  readonly hosts: readonly string[];
  readonly allowHosts: readonly string[];
  readonly security: 'tls' | 'none';
  /** See `subjectOf`. */
  readonly subject: string;
  /** Whether a stream has to acknowledge each message. Without, "sent" means that the server read it. */
  readonly jetstream: boolean;
  readonly format: DocumentFormat;
  readonly timeoutMillis: number;
  readonly sender: Sender;
}

/**
 * Publishes each message as JSON under its subject. With JetStream the key goes along as `Nats-Msg-Id`, by which a stream
 * drops what comes twice within its window (two minutes unless it says otherwise), and every message is acknowledged.
 */
export function natsSink(name: string, target: NatsTarget): Sink {
  return {
    name,
    kind: 'nats',
    atOnce: 50,
    async send(batch, signal) {
      signal.throwIfAborted();
      let connection: NatsConnection | undefined;
      const abort = (): void => void connection?.close();
      signal.addEventListener('abort', abort, { once: true });
      try {
        connection = await open(target);
        signal.throwIfAborted();
        await (target.jetstream ? publishAcknowledged : publishPlain)(connection, batch, target);
      } catch (error) {
        throw natsFault(error, target);
      } finally {
        signal.removeEventListener('abort', abort);
        await connection?.close();
      }
    },
  };
}

async function open(target: NatsTarget): Promise<NatsConnection> {
  const { hosts, allowHosts, security, ca, cert, key, token, user, password, timeoutMillis, sender } = target;
  const named = hosts.map(hostAndPort);
  const first = named[0]!.host;
  const resolved = await Promise.all(
    named.map(async ({ host, port }) => {
      const addresses = await guardedAddresses(host, withNamedLoopback(host, allowHosts));
      return addresses.map((address) => ({
        host,
        server: `${address.includes(':') ? `[${address}]` : address}:${port}`,
      }));
    }),
  );
  const authenticator = authenticatorOf(target);
  const material = Object.fromEntries(
    Object.entries({ ca, cert, key }).filter(([, value]) => value !== undefined),
  );
  // The transport hands everything on to tls.connect; its type names the files only.
  const tls = (host: string): NonNullable<NodeConnectionOptions['tls']> => ({
    rejectUnauthorized: true,
    ...material,
    ...serverName(host),
  });
  let failed: unknown;
  // One at a time: each has a certificate for its own name.
  for (const { host, server } of resolved.flat()) {
    try {
      return await connect({
        servers: server,
        name: `tidemark ${sender.version}`,
        // What the cluster gossips was not looked at.
        ignoreClusterUpdates: true,
        reconnect: false,
        maxReconnectAttempts: 0,
        timeout: timeoutMillis,
        tls: security === 'none' ? null : tls(host),
        ...(token === undefined ? {} : { token }),
        ...(user === undefined ? {} : { user, pass: password ?? '' }),
        ...(authenticator === undefined ? {} : { authenticator }),
      });
    } catch (error) {
      failed = error;
    }
  }
  throw failed ?? new Error(`no address of ${first}`);
}

function authenticatorOf({ nkey, creds }: NatsCredentials): Authenticator | undefined {
  if (nkey !== undefined) return nkeyAuthenticator(Buffer.from(nkey.trim()));
  return creds === undefined ? undefined : credsAuthenticator(Buffer.from(creds));
}

type Publish = (connection: NatsConnection, batch: readonly Outgoing[], target: NatsTarget) => Promise<void>;

/** What a stream answers: where it put the message, or why not (NATS' ADR-1, PubAck). */
const PubAck = z.union([
  // First: an answer that has an error names the stream too.
  z.object({
    error: z.object({
      code: z.number(),
      err_code: z.number().optional(),
      description: z.string().default(''),
    }),
  }),
  z.object({ stream: z.string(), seq: z.number() }),
]);
/** `JSStreamMessageExceedsMaximumErr` of nats-server: this message is too long for the stream, whenever it comes. */
const MESSAGE_TOO_LONG = 10_054;

const publishAcknowledged: Publish = async (connection, batch, target) => {
  const answers = await Promise.all(
    batch.map((outgoing) =>
      connection.request(subjectOf(target.subject, outgoing), payloadOf(outgoing, target), {
        headers: headersOf(outgoing),
        timeout: target.timeoutMillis,
      }),
    ),
  );
  for (const { data } of answers) checkAck(data);
};

function checkAck(data: Uint8Array): void {
  const text = Buffer.from(data).toString('utf8');
  let parsed: z.output<typeof PubAck> | undefined;
  try {
    parsed = PubAck.safeParse(JSON.parse(text)).data;
  } catch {
    // No JSON is no acknowledgement.
  }
  if (parsed === undefined)
    throw new Fault(
      'sinks/unavailable',
      `what answered is no stream: ${text.slice(0, 200)}`,
      'Look who is subscribed to the subject; only a stream of JetStream may answer.',
    );
  if (!('error' in parsed)) return;
  const { code, err_code: streamCode, description } = parsed.error;
  throw new Fault(
    streamCode === MESSAGE_TOO_LONG ? 'sinks/refused' : 'sinks/unavailable',
    `the stream answered ${streamCode ?? code}: ${description}`,
    'Look at the limits of the stream.',
  );
}

const publishPlain: Publish = async (connection, batch, target) => {
  const refused = serverErrors(connection);
  for (const outgoing of batch)
    connection.publish(subjectOf(target.subject, outgoing), payloadOf(outgoing, target), {
      headers: headersOf(outgoing),
    });
  // The server answers PING after it has dealt with what came before it, and says before what it refused of that.
  await connection.flush();
  // The loop that gathers runs when this one waits.
  await setImmediate();
  const [first] = refused;
  if (first !== undefined) throw first;
};

/** What the server says against messages, gathered as it comes. */
function serverErrors(connection: NatsConnection): readonly Error[] {
  const gathered: Error[] = [];
  const gather = async (): Promise<void> => {
    for await (const status of connection.status()) if (status.type === 'error') gathered.push(status.error);
  };
  // It ends with the connection.
  void gather();
  return gathered;
}

function payloadOf(outgoing: Outgoing, { format, sender }: NatsTarget): string {
  return jsonLine(documentOf(format, outgoing, sender));
}

function headersOf({ key, revision }: Outgoing) {
  const fields = headers();
  fields.set('Nats-Msg-Id', key);
  fields.set('Tidemark-Revision', String(revision));
  return fields;
}

function natsFault(error: unknown, { hosts, subject }: NatsTarget): Fault {
  if (error instanceof Fault) return error;
  const where = hosts.join(', ');
  if (error instanceof errors.InvalidArgumentError && /payload/.test(error.message))
    return new Fault(
      'sinks/refused',
      `${where}: ${error.message}`,
      'Raise max_payload of the server, or send the format ecs.',
      {},
      { cause: error },
    );
  if (
    error instanceof errors.NoRespondersError ||
    (error instanceof errors.RequestError && error.isNoResponders())
  )
    return new Fault(
      'sinks/unavailable',
      `no stream of JetStream takes ${subject}`,
      'Add a stream for the subject, or set "jetstream: false" in the sink.',
      {},
      { cause: error },
    );
  const denied = [error, error instanceof Error ? error.cause : undefined].some(
    (one) =>
      one instanceof errors.AuthorizationError ||
      one instanceof errors.UserAuthenticationExpiredError ||
      one instanceof errors.PermissionViolationError,
  );
  return new Fault(
    denied ? 'sinks/unavailable' : 'sinks/unreachable',
    `${where}: ${error instanceof Error ? error.message : String(error)}`,
    denied
      ? 'Correct the credentials of the sink and what they may publish.'
      : 'Look at hosts, security and certificate; it is tried again.',
    {},
    { cause: error },
  );
}
