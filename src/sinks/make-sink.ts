import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { Fault } from '../fault/fault.ts';
import type { Clock } from '../time/instant.ts';
import type { SinkConfig } from './config.ts';
import type { Sender, Sink } from './sink.ts';
import { fileSink, stdoutSink } from './transport/file.ts';
import { syslogSink } from './transport/syslog.ts';
import { bulkSink, chatSink, hecSink, webhookSink, type DocumentFormat } from './transport/web-sinks.ts';

/** What a sink is made in. */
export interface SinkSetting {
  readonly sender: Sender;
  readonly clock: Clock;
  readonly stdout: Writable;
}

/** Ports of syslog by protocol: RFC 5426, RFC 6587, RFC 5425. */
const SYSLOG_PORT = { udp: 514, tcp: 601, tls: 6514 } as const;
/** A data stream name of Elastic's scheme type-dataset-namespace. */
const INDEX = 'logs-tidemark.finding-default';

/** The sink of a configuration. Throws a Fault `sinks/no-authorities` when its file of authorities cannot be read. */
export async function makeSink(config: SinkConfig, { sender, clock, stdout }: SinkSetting): Promise<Sink> {
  const { name, kind, allowHosts } = config;
  const format = config.format ?? (kind === 'elasticsearch' ? 'ecs' : 'json');
  const ca = config.ca === undefined ? {} : { ca: await readAuthorities(config.ca) };
  // The section refuses what would make these casts and fallbacks wrong.
  const target = { url: config.url ?? '', allowHosts, ...ca };
  const document = format as DocumentFormat;
  switch (kind) {
    case 'file':
      return fileSink(name, { path: config.path ?? '', format, sender });
    case 'stdout':
      return stdoutSink(name, { stdout, format, sender });
    case 'syslog': {
      const protocol = config.protocol ?? 'udp';
      return syslogSink(name, {
        host: config.host ?? '',
        port: config.port ?? SYSLOG_PORT[protocol],
        protocol,
        facility: config.facility ?? 'local0',
        format,
        sender,
        ...ca,
      });
    }
    case 'webhook':
      return webhookSink(name, {
        ...target,
        format: document,
        sender,
        clock,
        ...(config.secret === undefined ? {} : { secret: config.secret }),
      });
    case 'elasticsearch': {
      const authorization = authorizationOf(config);
      return bulkSink(name, {
        ...target,
        format: document,
        sender,
        index: config.index ?? INDEX,
        ...(authorization === undefined ? {} : { authorization }),
      });
    }
    case 'splunk':
      return hecSink(name, {
        ...target,
        format: document,
        sender,
        token: config.token ?? '',
        ...(config.index === undefined ? {} : { index: config.index }),
      });
    case 'slack':
    case 'teams':
      return chatSink(name, kind, target);
    default:
      return kind satisfies never;
  }
}

function authorizationOf({ apiKey, user, password }: SinkConfig): string | undefined {
  if (apiKey !== undefined) return `ApiKey ${apiKey}`;
  if (user === undefined) return undefined;
  return `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
}

async function readAuthorities(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Fault(
      'sinks/no-authorities',
      `the authorities of the sink cannot be read: ${(cause as Error).message}`,
      'Correct "ca" of the sink.',
      { file },
      { cause },
    );
  }
}
