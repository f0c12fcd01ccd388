import { readFile } from 'node:fs/promises';
import { connect, createInbox, nkeys, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import {
  hasNats,
  startNats,
  TEST_CERT,
  TEST_KEY,
  until,
  type Receiver,
} from '../../../test/sinks/receivers/receivers.ts';
import { digested, exposed, outgoing, scanning } from '../../../test/sinks/sample.ts';
import { isSubjectTemplate, subjectOf } from '../format/nats-subject.ts';
import { natsSink, type NatsTarget } from './nats.ts';

const signal = new AbortController().signal;
const target = (port: number, changes: Partial<NatsTarget> = {}): NatsTarget => ({
  hosts: [`127.0.0.1:${port}`],
  allowHosts: [],
  security: 'none',
  subject: 'tidemark.{half}.{severity}',
  jetstream: false,
  format: 'json',
  timeoutMillis: 10_000,
  sender: { version: '0.1.0', hostname: 'sensor1' },
  ...changes,
});
const batch = [outgoing(exposed()), outgoing(scanning({ severity: 'low' })), digested()];

describe('subjects', () => {
  test.each([
    { template: 'tidemark.{half}.{severity}', valid: true },
    { template: 'soc.findings', valid: true },
    { template: 'a.{rule}.{state}.{id}', valid: true },
    { template: 'a.>', valid: false },
    { template: 'a.*', valid: false },
    { template: 'a..b', valid: false },
    { template: '.a', valid: false },
    { template: 'a.', valid: false },
    { template: '', valid: false },
    { template: 'a b', valid: false },
    { template: 'a\r\nPUB evil 0', valid: false },
    { template: 'a.{title}', valid: false },
    { template: '$JS.API.STREAM.DELETE.x', valid: false },
  ])('$template: $valid', ({ template, valid }) => expect(isSubjectTemplate(template)).toBe(valid));

  test('have one token for each placeholder, whatever is in it', () => {
    const message = outgoing(exposed({ rule: 'a.b *>\r\nPUB' }), { state: 'resolved' });
    expect(subjectOf('t.{half}.{severity}.{rule}.{state}', message)).toBe(
      't.exposure.high.a_b_____PUB.resolved',
    );
    expect(subjectOf('t.{half}.{severity}', digested())).toBe('t.digest.high');
    expect(subjectOf('t.{rule}', outgoing(exposed({ rule: '' })))).toBe('t._');
  });
});

/**
 * A server's configuration with an operator and an account, and the credentials file of one of its users, by the JWTs of
 * NATS' manual ("JSON Web Tokens"): claims signed with nkeys, each by who is above.
 */
function decentralised(): { readonly config: string; readonly creds: string } {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const part = (value: object | Uint8Array): string =>
    (value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(JSON.stringify(value))).toString(
      'base64url',
    );
  const jwt = (by: typeof operator, of: typeof operator, claims: object): string => {
    const body = {
      jti: of.getPublicKey(),
      iat: 1_600_000_000,
      iss: by.getPublicKey(),
      sub: of.getPublicKey(),
      name: 'x',
    };
    const signed = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part({ ...body, nats: { version: 2, ...claims } })}`;
    return `${signed}.${part(by.sign(Buffer.from(signed)))}`;
  };
  const unlimited = {
    subs: -1,
    data: -1,
    payload: -1,
    imports: -1,
    exports: -1,
    wildcards: true,
    conn: -1,
    leaf: -1,
  };
  const accountJwt = jwt(operator, account, { type: 'account', limits: unlimited });
  const userJwt = jwt(account, user, { type: 'user', subs: -1, data: -1, payload: -1 });
  return {
    config: `operator: ${jwt(operator, operator, { type: 'operator' })}
resolver: MEMORY
resolver_preload: { ${account.getPublicKey()}: ${accountJwt} }`,
    creds: [
      '-----BEGIN NATS USER JWT-----',
      userJwt,
      '------END NATS USER JWT------',
      '',
      '-----BEGIN USER NKEY SEED-----',
      Buffer.from(user.getSeed()).toString(),
      '------END USER NKEY SEED------',
      '',
    ].join('\n'),
  };
}

describe.skipIf(!hasNats())('NATS (skipped where nats-server is not installed)', () => {
  let server: Receiver | undefined;
  const clients: NatsConnection[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await server?.stop();
    server = undefined;
  });

  async function listen(port: number, options: object = {}): Promise<Msg[]> {
    const client = await connect({ servers: `127.0.0.1:${port}`, ...options });
    clients.push(client);
    const got: Msg[] = [];
    const subscription = client.subscribe('tidemark.>', { callback: (_, message) => void got.push(message) });
    await client.flush();
    expect(subscription.isClosed()).toBe(false);
    return got;
  }

  test('publishes each message under its subject, with its key and revision', async () => {
    server = await startNats('');
    const got = await listen(server.port);
    await natsSink('bus', target(server.port)).send(batch, signal);
    await until(() => got.length === batch.length);
    expect(got.map(({ subject }) => subject)).toEqual([
      'tidemark.exposure.high',
      'tidemark.recon.low',
      'tidemark.digest.high',
    ]);
    expect(got.map((one) => one.headers?.get('Nats-Msg-Id'))).toEqual(batch.map(({ key }) => key));
    expect(got.map((one) => one.headers?.get('Tidemark-Revision'))).toEqual(['1', '1', '1']);
    expect(got[0]!.json()).toMatchObject({ schema: 'tidemark/finding/1', key: batch[0]!.key });
    expect(got[2]!.json()).toMatchObject({ schema: 'tidemark/digest/1' });
  });

  describe('JetStream', () => {
    const CONFIG = 'jetstream { store_dir: "FOLDER/js" }';
    /** Makes a stream, or asks after it, by the API of NATS' ADR-1. */
    async function api(port: number, what: string, body: object = {}): Promise<Record<string, unknown>> {
      const client = await connect({ servers: `127.0.0.1:${port}`, inboxPrefix: createInbox() });
      clients.push(client);
      const answer = await client.request(`$JS.API.${what}`, JSON.stringify(body), { timeout: 10_000 });
      return answer.json();
    }
    const stream = (more: object = {}) => ({
      name: 'TIDEMARK',
      subjects: ['tidemark.>'],
      storage: 'file',
      ...more,
    });

    test('keeps each message once, however often it comes', async () => {
      server = await startNats(CONFIG);
      expect(await api(server.port, 'STREAM.CREATE.TIDEMARK', stream())).not.toHaveProperty('error');
      const sink = natsSink('bus', target(server.port, { jetstream: true }));
      await sink.send(batch, signal);
      await sink.send(batch, signal);
      await sink.send([outgoing(exposed(), { revision: 2, state: 'resolved' })], signal);
      expect(await api(server.port, 'STREAM.INFO.TIDEMARK')).toMatchObject({ state: { messages: 4 } });
      const last = await api(server.port, 'STREAM.MSG.GET.TIDEMARK', { seq: 4 });
      const { data } = last['message'] as { data: string };
      expect(JSON.parse(Buffer.from(data, 'base64').toString())).toMatchObject({
        revision: 2,
        state: 'resolved',
      });
    });

    test('what no stream takes was not delivered', async () => {
      server = await startNats(CONFIG);
      const sink = natsSink('bus', target(server.port, { jetstream: true }));
      await expect(sink.send(batch, signal)).rejects.toMatchObject({
        code: 'sinks/unavailable',
        message: expect.stringContaining('no stream') as string,
      });
      await expect(natsSink('bus', target(server.port)).send(batch, signal)).resolves.toBeUndefined();
    });

    test('a full stream is tried again, a message too long for it is refused', async () => {
      server = await startNats(CONFIG);
      await api(server.port, 'STREAM.CREATE.TIDEMARK', stream({ max_msgs: 1, discard: 'new' }));
      const sink = natsSink('bus', target(server.port, { jetstream: true }));
      await sink.send(batch.slice(0, 1), signal);
      await expect(sink.send(batch.slice(1), signal)).rejects.toMatchObject({ code: 'sinks/unavailable' });
      await api(server.port, 'STREAM.UPDATE.TIDEMARK', stream({ max_msg_size: 100 }));
      await expect(sink.send([outgoing(exposed(), { revision: 5 })], signal)).rejects.toMatchObject({
        code: 'sinks/refused',
      });
    });

    test('somebody who answers in the place of a stream is not believed', async () => {
      server = await startNats(CONFIG);
      const client = await connect({ servers: `127.0.0.1:${server.port}` });
      clients.push(client);
      for (const [subject, answer] of [
        ['tidemark.exposure.high', 'ok'],
        ['tidemark.recon.low', '{"stream":7}'],
        ['tidemark.digest.high', 'null'],
      ] as const)
        client.subscribe(subject, { callback: (_, message) => void message.respond(answer) });
      await client.flush();
      for (const message of batch)
        await expect(
          natsSink('bus', target(server.port, { jetstream: true })).send([message], signal),
        ).rejects.toMatchObject({
          code: 'sinks/unavailable',
          message: expect.stringContaining('no stream') as string,
        });
    });
  });

  describe('who it is', () => {
    const user = nkeys.createUser();
    const seed = Buffer.from(user.getSeed()).toString();
    test.each([
      {
        how: 'a token',
        config: 'authorization { token: "hunter2" }',
        good: { token: 'hunter2' },
        bad: { token: 'hunter3' },
      },
      {
        how: 'user and password',
        config: 'authorization { user: tidemark, password: hunter2 }',
        good: { user: 'tidemark', password: 'hunter2' },
        bad: { user: 'tidemark', password: 'hunter3' },
      },
      {
        how: 'an nkey',
        config: `authorization { users: [{ nkey: ${user.getPublicKey()} }] }`,
        good: { nkey: seed },
        bad: { nkey: Buffer.from(nkeys.createUser().getSeed()).toString() },
      },
    ])('is said by $how', async ({ config, good, bad }) => {
      server = await startNats(config);
      await natsSink('bus', target(server.port, good)).send(batch, signal);
      const error = await natsSink('bus', target(server.port, bad))
        .send(batch, signal)
        .catch((thrown: unknown) => thrown as Error);
      expect(error).toMatchObject({
        code: 'sinks/unavailable',
        fix: expect.stringContaining('credentials') as string,
      });
      for (const secret of Object.values<string>(bad).filter((text) => text !== 'tidemark'))
        expect((error as Error).message).not.toContain(secret);
    });

    test('is said by a credentials file of an operator', async () => {
      const { config, creds } = decentralised();
      server = await startNats(config);
      await natsSink('bus', target(server.port, { creds })).send(batch, signal);
      const foreign = decentralised().creds;
      await expect(
        natsSink('bus', target(server.port, { creds: foreign })).send(batch, signal),
      ).rejects.toMatchObject({ code: 'sinks/unavailable' });
      const error = await natsSink('bus', target(server.port, { creds: 'hunter2' }))
        .send(batch, signal)
        .catch((thrown: unknown) => thrown as Error);
      expect(error).toMatchObject({ code: expect.stringMatching(/^sinks\/un/) as string });
    });

    test('may not publish where it has no right to', async () => {
      server = await startNats(
        'authorization { users: [{ user: a, password: b, permissions: { publish: ["other.>", "_INBOX.>"] } }] }',
      );
      for (const jetstream of [false, true]) {
        const sink = natsSink(
          'bus',
          target(server.port, { user: 'a', password: 'b', jetstream, timeoutMillis: 2000 }),
        );
        await expect(sink.send(batch, signal)).rejects.toMatchObject({
          code: 'sinks/unavailable',
          message: expect.stringMatching(/permissions violation/i) as string,
        });
      }
    });
  });

  describe('TLS', () => {
    const CONFIG = `tls { cert_file: "${TEST_CERT}", key_file: "${TEST_KEY}" }`;
    let ca = '';
    beforeAll(async () => {
      ca = await readFile(TEST_CERT, 'utf8');
    });

    test('is checked against the name of the host', async () => {
      server = await startNats(CONFIG);
      for (const host of ['127.0.0.1', 'localhost'])
        await natsSink(
          'bus',
          target(server.port, { hosts: [`${host}:${server.port}`], security: 'tls', ca }),
        ).send(batch, signal);
      await expect(
        natsSink('bus', target(server.port, { security: 'tls' })).send(batch, signal),
      ).rejects.toMatchObject({ code: 'sinks/unreachable' });
    });

    test('is not given up because a server has none', async () => {
      server = await startNats('');
      await expect(
        natsSink('bus', target(server.port, { security: 'tls', ca, token: 'hunter2' })).send(batch, signal),
      ).rejects.toMatchObject({ code: 'sinks/unreachable' });
    });
  });

  test('a message that the server has no room for is refused', async () => {
    server = await startNats('max_payload: 1KB');
    const long = outgoing(exposed({ impact: 'x'.repeat(5000) }));
    await expect(natsSink('bus', target(server.port)).send([long], signal)).rejects.toMatchObject({
      code: 'sinks/refused',
    });
  });

  test('the next server is tried where the first is away', async () => {
    server = await startNats('');
    const hosts = ['127.0.0.1:1', `127.0.0.1:${server.port}`];
    await natsSink('bus', target(0, { hosts })).send(batch, signal);
    await expect(
      natsSink('bus', target(0, { hosts: hosts.slice(0, 1) })).send(batch, signal),
    ).rejects.toMatchObject({
      code: 'sinks/unreachable',
    });
  });
});

test('a server that says nothing is left when told to', async () => {
  const silent = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  try {
    const { port } = silent.address() as AddressInfo;
    const sink = natsSink('bus', target(port, { timeoutMillis: 200 }));
    await expect(sink.send(batch, signal)).rejects.toMatchObject({ code: 'sinks/unreachable' });
    const stopped = AbortSignal.abort(new Error('stop'));
    await expect(sink.send(batch, stopped)).rejects.toBeInstanceOf(Error);
  } finally {
    silent.close();
  }
});

test('a metadata service is no NATS server', async () => {
  const sink = natsSink('bus', target(0, { hosts: ['169.254.169.254:4222'] }));
  await expect(sink.send(batch, signal)).rejects.toMatchObject({ code: 'sinks/refused-address' });
});
