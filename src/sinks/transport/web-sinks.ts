import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { Fault } from '../../fault/fault.ts';
import { formatInstant, type Clock } from '../../time/instant.ts';
import { toSlack, toTeams } from '../format/chat.ts';
import { happeningOf } from '../format/happening.ts';
import { documentOf, type DocumentFormat } from '../format/line.ts';
import { jsonLine } from '../format/one-line.ts';
import { asFinding, type Outgoing } from '../../findings/outgoing.ts';
import type { Sender, Sink } from '../sink.ts';
import { post, type HttpTarget } from './http-post.ts';

const JSON_BODY = { 'content-type': 'application/json' } as const;

/** The key of a `whsec_` secret; text without the prefix is base64 too, as Standard Webhooks says. */
export function webhookKey(secret: string): Uint8Array {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}

/**
 * Headers of Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`, the HMAC-SHA256
 * over `id.timestamp.body` in base64 after `v1,`.
 */
export function signatureHeaders(
  key: Uint8Array,
  { id, seconds, body }: { readonly id: string; readonly seconds: number; readonly body: string },
): Readonly<Record<string, string>> {
  const digest = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${digest}`,
  };
}

/** `tidemark.finding.new`, `.changed` or `.closed`; of digests `tidemark.digest.new` or `.changed`; `tidemark.scan.ended`. */
function eventOf(outgoing: Outgoing): string {
  if ('scan' in outgoing) return 'tidemark.scan.ended';
  return `tidemark.${'digest' in outgoing ? 'digest' : 'finding'}.${happeningOf(outgoing)}`;
}

/** One POST a finding, signed after Standard Webhooks when there is a secret; `webhook-id` is the finding's key. */
export function webhookSink(
  name: string,
  options: HttpTarget & {
    readonly format: DocumentFormat;
    readonly secret?: string;
    readonly sender: Sender;
    readonly clock: Clock;
  },
): Sink {
  const key = options.secret === undefined ? undefined : webhookKey(options.secret);
  return {
    name,
    kind: 'webhook',
    atOnce: 1,
    async send(batch, signal) {
      for (const outgoing of batch) {
        const document = documentOf(options.format, outgoing, options.sender);
        const body = jsonLine({
          type: eventOf(outgoing),
          timestamp: formatInstant(outgoing.at),
          data: document,
        });
        const seconds = Math.floor(options.clock() / 1e6);
        const signed =
          key === undefined
            ? { 'webhook-id': outgoing.key, 'webhook-timestamp': String(seconds) }
            : signatureHeaders(key, { id: outgoing.key, seconds, body });
        await post(options, { ...JSON_BODY, ...signed }, body, signal);
      }
    },
  };
}

/** One POST a finding to an incoming webhook of Slack or Teams. */
export function chatSink(name: string, kind: 'slack' | 'teams', target: HttpTarget): Sink {
  const format = kind === 'slack' ? toSlack : toTeams;
  return {
    name,
    kind,
    atOnce: 1,
    async send(batch, signal) {
      for (const outgoing of batch) await post(target, JSON_BODY, jsonLine(format(outgoing)), signal);
    },
  };
}

/** `_bulk` answers an item each, in order; `create` answers 409 where the key is there already. */
const BulkAnswer = z.object({
  items: z.array(
    z.object({
      create: z.object({
        status: z.number(),
        error: z.object({ reason: z.string().optional() }).optional(),
      }),
    }),
  ),
});

/**
 * `_bulk` of Elasticsearch and OpenSearch. Each finding is `create`d under its key, so that what is sent twice is there
 * once: 409 of an item means that it is there. The index may be a data stream.
 */
export function bulkSink(
  name: string,
  options: HttpTarget & {
    readonly index: string;
    readonly format: DocumentFormat;
    readonly authorization?: string;
    readonly sender: Sender;
  },
): Sink {
  const url = `${options.url.replace(/\/+$/, '')}/_bulk`;
  const headers = {
    'content-type': 'application/x-ndjson',
    ...(options.authorization === undefined ? {} : { authorization: options.authorization }),
  };
  return {
    name,
    kind: 'elasticsearch',
    atOnce: 200,
    async send(batch, signal) {
      const body = batch
        .flatMap((outgoing) => [
          jsonLine({ create: { _index: options.index, _id: outgoing.key } }),
          jsonLine(documentOf(options.format, outgoing, options.sender)),
        ])
        .map((line) => `${line}\n`)
        .join('');
      const { body: text } = await post({ ...options, url }, headers, body, signal);
      checkBulk(text, batch.length);
    },
  };
}

function checkBulk(text: string, sent: number): void {
  const answer = readAs(BulkAnswer, text);
  if (answer?.items.length !== sent)
    throw new Fault(
      'sinks/unavailable',
      'the answer is none of _bulk',
      'Look whether the URL leads to Elasticsearch or OpenSearch.',
    );
  const failed = answer.items.flatMap(({ create }) =>
    (create.status >= 200 && create.status < 300) || create.status === 409 ? [] : [create],
  );
  const [first] = failed;
  if (first === undefined) return;
  // 429 and 5xx of an item are a full queue or a shard that is away: later they are welcome.
  const later = failed.some(({ status }) => status === 429 || status >= 500);
  throw new Fault(
    later ? 'sinks/unavailable' : 'sinks/refused',
    `${failed.length} of ${sent} findings were not taken: ${first.status} ${first.error?.reason ?? ''}`.trim(),
    'Look at the mapping of the index and at the log of the receiver.',
  );
}

/** A JSON answer of a shape; undefined for anything else. */
function readAs<S extends z.ZodType>(shape: S, text: string): z.output<S> | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What the collector says when it has everything; other codes are failures, whatever the status is. */
const HecAnswer = z.object({ code: z.literal(0) });

/** Splunk's HTTP Event Collector: events one after the other in one body, times in seconds, the severity as an indexed field. */
export function hecSink(
  name: string,
  options: HttpTarget & {
    readonly token: string;
    readonly index?: string;
    readonly format: DocumentFormat;
    readonly sender: Sender;
  },
): Sink {
  const url = new URL(options.url);
  if (url.pathname === '/' || url.pathname === '') url.pathname = '/services/collector/event';
  return {
    name,
    kind: 'splunk',
    atOnce: 100,
    async send(batch, signal) {
      const body = batch
        .map((outgoing) =>
          jsonLine({
            time: Math.floor(outgoing.at / 1e3) / 1e3,
            host: options.sender.hostname,
            source: 'tidemark',
            sourcetype: options.format === 'json' ? 'tidemark:finding' : `tidemark:${options.format}`,
            ...(options.index === undefined ? {} : { index: options.index }),
            fields: { tidemark_key: outgoing.key, severity: asFinding(outgoing).finding.severity },
            event: documentOf(options.format, outgoing, options.sender),
          }),
        )
        .join('\n');
      const { body: text } = await post(
        { ...options, url: url.href },
        { ...JSON_BODY, authorization: `Splunk ${options.token}` },
        body,
        signal,
      );
      if (readAs(HecAnswer, text) === undefined)
        throw new Fault(
          'sinks/unavailable',
          `the collector did not answer with code 0: ${text.slice(0, 200)}`,
          'Look whether the URL leads to an HTTP Event Collector.',
        );
    },
  };
}
