import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exposed, MOMENT, outgoing, scanning } from '../../../test/sinks/sample.ts';
import type { Fault } from '../../fault/fault.ts';
import { bulkSink, chatSink, hecSink, signatureHeaders, webhookKey, webhookSink } from './web-sinks.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const sender = { version: '0.1.0', hostname: 'sensor1' };
const clock = () => MOMENT;
const signal = new AbortController().signal;
const two = [outgoing(exposed()), outgoing(scanning())];

/** Verifies as the specification of Standard Webhooks says: the body on standard input, the rest as arguments. */
const VERIFY = `
import base64, hashlib, hmac, sys
secret, id, timestamp, given = sys.argv[1:]
key = base64.b64decode(secret.removeprefix("whsec_"))
signed = f"{id}.{timestamp}.".encode() + sys.stdin.buffer.read()
wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
sys.exit(not any(hmac.compare_digest(one, "v1," + wanted) for one in given.split(" ")))
`;
const hasPython = (): boolean => spawnSync('/usr/bin/python3', ['-c', 'import hmac']).status === 0;

describe('sinks over HTTP', () => {
  let server: Server;
  let url = '';
  const seen: Seen[] = [];
  const plain = (_: Seen, response: ServerResponse): void => void response.end('{}');
  let answer = plain;
  const target = () => ({ url, allowHosts: ['127.0.0.1'] });

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url: path, headers } = request;
        const one = { method, url: path, headers, body: Buffer.concat(chunks).toString() };
        seen.push(one);
        answer(one, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    seen.length = 0;
    answer = plain;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  describe('webhook', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

    test('signs like the reference libraries of Standard Webhooks', () => {
      // The example of the specification's libraries.
      const headers = signatureHeaders(webhookKey(secret), {
        id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        seconds: 1_614_265_330,
        body: '{"test": 2432232314}',
      });
      expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
    });

    test.skipIf(!hasPython())('is verified by Python’s hmac (skipped without /usr/bin/python3)', async () => {
      await webhookSink('hook', { ...target(), secret, format: 'json', sender, clock }).send(two, signal);
      for (const { headers, body } of seen) {
        const signed = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
          String(headers[name]),
        );
        const verify = (text: string) =>
          spawnSync('/usr/bin/python3', ['-c', VERIFY, secret, ...signed], { input: text }).status;
        expect([verify(body), verify(`${body} `)]).toEqual([0, 1]);
      }
    });

    test('posts each finding with its key as identifier, signed over what was sent', async () => {
      await webhookSink('hook', { ...target(), secret, format: 'json', sender, clock }).send(two, signal);
      expect(seen).toHaveLength(2);
      for (const [index, { method, headers, body }] of seen.entries()) {
        const id = two[index]!.key;
        expect(method).toBe('POST');
        expect(headers).toMatchObject({
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(MOMENT / 1e6),
        });
        const signed = `${id}.${headers['webhook-timestamp'] as string}.${body}`;
        const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(signed);
        expect(headers['webhook-signature']).toBe(`v1,${mac.digest('base64')}`);
        expect(JSON.parse(body)).toMatchObject({
          type: 'tidemark.finding.new',
          timestamp: '2026-11-22T04:02:00Z',
          data: { schema: 'tidemark/finding/1', key: id, finding: { id: two[index]!.finding.id } },
        });
      }
    });

    test.each([
      { status: 400, code: 'sinks/refused' },
      { status: 413, code: 'sinks/refused' },
      { status: 401, code: 'sinks/unavailable' },
      // The address is wrong, not the message.
      { status: 404, code: 'sinks/unavailable' },
      { status: 429, code: 'sinks/unavailable' },
      { status: 503, code: 'sinks/unavailable' },
    ])('$status is $code', async ({ status, code }) => {
      answer = (_, response) => response.writeHead(status).end('why');
      const sink = webhookSink('hook', { ...target(), format: 'json', sender, clock });
      await expect(sink.send(two, signal)).rejects.toMatchObject({
        code,
        message: expect.stringContaining('why') as string,
      });
      expect(seen).toHaveLength(1);
    });

    test('follows no redirect', async () => {
      answer = (_, response) =>
        response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' }).end();
      const sink = webhookSink('hook', { ...target(), format: 'json', sender, clock });
      await expect(sink.send(two, signal)).rejects.toMatchObject({
        code: 'sinks/unavailable',
        fix: expect.stringContaining('Redirects are not followed') as string,
      });
      expect(seen).toHaveLength(1);
    });

    test('stops when it is told to', async () => {
      const stop = new AbortController();
      answer = () => stop.abort();
      const sink = webhookSink('hook', { ...target(), format: 'json', sender, clock });
      await expect(sink.send(two, stop.signal)).rejects.toMatchObject({ code: 'sinks/unreachable' });
    });

    test('refuses an answer without end', async () => {
      answer = (_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      };
      const sink = webhookSink('hook', { ...target(), format: 'json', sender, clock });
      await expect(sink.send(two, signal)).rejects.toMatchObject({
        message: expect.stringContaining('too long') as string,
      });
    });
  });

  describe('Elasticsearch and OpenSearch', () => {
    const sink = () =>
      bulkSink('es', { ...target(), index: 'tidemark', format: 'ecs', sender, authorization: 'ApiKey abc' });
    /** `_bulk`'s answer with the given status for each item. */
    const items = (...statuses: readonly number[]) =>
      JSON.stringify({
        took: 1,
        errors: statuses.some((status) => status >= 300),
        items: statuses.map((status) => ({
          create: { _index: 'tidemark', status, ...(status < 300 ? {} : { error: { reason: 'because' } }) },
        })),
      });

    test('creates each document under its key', async () => {
      answer = (_, response) => void response.end(items(201, 201));
      await sink().send(two, signal);
      const [request] = seen;
      expect(request).toMatchObject({
        url: '/_bulk',
        headers: { 'content-type': 'application/x-ndjson', authorization: 'ApiKey abc' },
      });
      expect(request!.body.endsWith('\n')).toBe(true);
      const lines = request!.body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      expect(lines).toHaveLength(4);
      expect(lines[0]).toEqual({ create: { _index: 'tidemark', _id: two[0]!.key } });
      expect(lines[3]).toMatchObject({ ecs: {}, event: { id: two[1]!.key } });
    });

    test.each([
      { name: 'what is there already is delivered', answered: items(201, 409), code: undefined },
      { name: 'a mapping error is a refusal', answered: items(201, 400), code: 'sinks/refused' },
      { name: 'a full queue is tried again', answered: items(429, 400), code: 'sinks/unavailable' },
      { name: 'fewer items than documents are no answer', answered: items(201), code: 'sinks/unavailable' },
      { name: 'a page of HTML is no answer', answered: '<html>', code: 'sinks/unavailable' },
      { name: 'null is no answer', answered: 'null', code: 'sinks/unavailable' },
      { name: 'items of null are no answer', answered: '{"items":[null,null]}', code: 'sinks/unavailable' },
    ])('$name', async ({ answered, code }) => {
      answer = (_, response) => void response.end(answered);
      const sent = sink().send(two, signal);
      const outcome = await sent.catch((error: unknown) => (error as Fault).code);
      expect(outcome).toBe(code);
    });
  });

  describe('Splunk', () => {
    const sink = () =>
      hecSink('hec', { ...target(), token: 'abc', index: 'security', format: 'json', sender });

    test('posts events to the collector', async () => {
      answer = (_, response) => void response.end('{"text":"Success","code":0}');
      await sink().send(two, signal);
      expect(seen[0]).toMatchObject({
        url: '/services/collector/event',
        headers: { authorization: 'Splunk abc' },
      });
      const events = seen[0]!.body.split('\n').map((line) => JSON.parse(line) as object);
      expect(events[0]).toMatchObject({
        time: MOMENT / 1e6,
        host: 'sensor1',
        source: 'tidemark',
        sourcetype: 'tidemark:finding',
        index: 'security',
        fields: { tidemark_key: two[0]!.key },
        event: { schema: 'tidemark/finding/1' },
      });
      expect(events).toHaveLength(2);
    });

    test.each([
      { answered: '{}' },
      { answered: '' },
      { answered: '<html>Success</html>' },
      { answered: '{"text":"Token disabled","code":1}' },
      { answered: '{"text":"Success \\"code\\":0","code":9}' },
      { answered: '[{"code":0}]' },
    ])('is not satisfied with 200 and $answered', async ({ answered }) => {
      answer = (_, response) => void response.end(answered);
      await expect(sink().send(two, signal)).rejects.toMatchObject({ code: 'sinks/unavailable' });
    });
  });

  test.each(['slack', 'teams'] as const)('%s gets one message a finding', async (kind) => {
    await chatSink('chat', kind, target()).send(two, signal);
    const bodies = seen.map(({ body }) => JSON.parse(body) as object);
    expect(bodies).toHaveLength(2);
    expect(bodies[0]).toHaveProperty(kind === 'slack' ? 'blocks' : 'attachments');
  });

  describe('an address of this machine', () => {
    test.each([{ host: '127.0.0.1' }, { host: 'localhost' }])(
      '$host is refused unless it is allowed',
      async ({ host }) => {
        const address = url.replace('127.0.0.1', host);
        const sink = chatSink('chat', 'slack', { url: address, allowHosts: [] });
        await expect(sink.send(two, signal)).rejects.toMatchObject({ code: 'sinks/refused-address' });
        expect(seen).toEqual([]);
        if (host !== '127.0.0.1') return;
        await chatSink('chat', 'slack', { url: address, allowHosts: [host] }).send(two, signal);
        expect(seen).toHaveLength(2);
      },
    );
  });

  test('a secret in the path is in no message', async () => {
    const sink = chatSink('chat', 'slack', { url: 'http://127.0.0.1:1/hunter2', allowHosts: ['127.0.0.1'] });
    const error = await sink.send(two, signal).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: 'sinks/unreachable' });
    expect((error as Error).message).not.toContain('hunter2');
  });
});
