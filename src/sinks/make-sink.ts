import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { Fault } from '../fault/fault.ts';
import type { Clock } from '../time/instant.ts';
import type { SinkConfig } from './config.ts';
import type { DocumentFormat } from './format/line.ts';
import type { MetricsSnapshot } from './format/exposition.ts';
import { secretsOf, withoutSecrets } from './secrets.ts';
import type { Sender, Sink } from './sink.ts';
import type { TlsMaterial } from './transport/connect-host.ts';
import { fileSink, stdoutSink } from './transport/file.ts';
import { syslogSink } from './transport/syslog.ts';
import { textfileSink } from './transport/textfile.ts';
import { bulkSink, chatSink, hecSink, webhookSink } from './transport/web-sinks.ts';

/** What a sink is made in. */
export interface SinkSetting {
  readonly sender: Sender;
  readonly clock: Clock;
  readonly stdout: Writable;
  /** What a file of metrics shows. */
  readonly snapshot: () => Promise<MetricsSnapshot>;
}

/** Ports of syslog by protocol: RFC 5426, RFC 6587, RFC 5425. */
const SYSLOG_PORT = { udp: 514, tcp: 601, tls: 6514 } as const;
/** Ports of mail submission and mail by security: RFC 6409, RFC 8314, RFC 5321. */
const SMTP_PORT = { starttls: 587, tls: 465, none: 25 } as const;
/** What a NATS subject is made of when the configuration says nothing. */
const SUBJECT = 'tidemark.{half}.{severity}';
/** A data stream name of Elastic's scheme type-dataset-namespace. */
const INDEX = 'logs-tidemark.finding-default';

/**
 * The sink of a configuration; nothing that it throws quotes a secret. Throws a Fault `sinks/no-tls-file` when a file of
 * authorities, a certificate or a key cannot be read.
 */
export async function makeSink(config: SinkConfig, setting: SinkSetting): Promise<Sink> {
  return withoutSecrets(await sinkOf(config, setting), secretsOf(config));
}

async function sinkOf(config: SinkConfig, { sender, clock, stdout, snapshot }: SinkSetting): Promise<Sink> {
  const { name, kind, allowHosts } = config;
  const format = config.format ?? (kind === 'elasticsearch' ? 'ecs' : 'json');
  const tls = await tlsMaterial(config);
  const timeoutMillis = config.timeoutSeconds * 1000;
  // The section refuses what would make these casts and fallbacks wrong.
  const target = { url: config.url ?? '', allowHosts, ...tls };
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
        allowHosts,
        port: config.port ?? SYSLOG_PORT[protocol],
        protocol,
        facility: config.facility ?? 'local0',
        format,
        sender,
        ...tls,
      });
    }
    case 'webhook':
      return webhookSink(name, {
        ...target,
        format: document,
        sender,
        clock,
        ...given(config, ['secret']),
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
        ...given(config, ['index']),
      });
    case 'slack':
    case 'teams':
      return chatSink(name, kind, target);
    case 'smtp': {
      const { smtpSink } = await import('./transport/smtp.ts');
      const security = config.security ?? 'starttls';
      return smtpSink(name, {
        host: config.host ?? '',
        port: config.port ?? SMTP_PORT[security],
        allowHosts,
        security,
        from: config.from ?? '',
        to: config.to ?? [],
        ...given(config, ['user', 'password']),
        timeoutMillis,
        sender,
        ...tls,
      });
    }
    case 'nats': {
      const { natsSink } = await import('./transport/nats.ts');
      return natsSink(name, {
        hosts: config.hosts ?? [],
        allowHosts,
        security: config.security === 'none' ? 'none' : 'tls',
        subject: config.subject ?? SUBJECT,
        jetstream: config.jetstream ?? true,
        ...given(config, ['token', 'user', 'password', 'nkey', 'creds']),
        format: document,
        timeoutMillis,
        sender,
        ...tls,
      });
    }
    case 'kafka': {
      const { kafkaSink } = await import('./transport/kafka.ts');
      return kafkaSink(name, {
        hosts: config.hosts ?? [],
        allowHosts,
        security: config.security === 'none' ? 'none' : 'tls',
        topic: config.topic ?? '',
        ...given(config, ['mechanism', 'user', 'password']),
        format: document,
        timeoutMillis,
        sender,
        ...tls,
      });
    }
    case 'prometheus':
      return textfileSink(name, { path: config.path ?? '', snapshot });
    default:
      return kind satisfies never;
  }
}

function authorizationOf({ apiKey, user, password }: SinkConfig): string | undefined {
  if (apiKey !== undefined) return `ApiKey ${apiKey}`;
  if (user === undefined) return undefined;
  return `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
}

/** The keys of the configuration that have a value. */
function given<K extends keyof SinkConfig>(
  config: SinkConfig,
  keys: readonly K[],
): { readonly [P in K]?: NonNullable<SinkConfig[P]> } {
  return Object.fromEntries(
    keys.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]])),
  ) as {
    readonly [P in K]?: NonNullable<SinkConfig[P]>;
  };
}

async function tlsMaterial(config: SinkConfig): Promise<TlsMaterial> {
  const texts = await Promise.all(
    (['ca', 'cert', 'key'] as const).map(async (key) => {
      const file = config[key];
      return file === undefined ? [] : [[key, await readPem(key, file)] as const];
    }),
  );
  return Object.fromEntries(texts.flat());
}

async function readPem(key: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Fault(
      'sinks/no-tls-file',
      `the file "${key}" of the sink cannot be read: ${(cause as Error).message}`,
      `Correct "${key}" of the sink.`,
      { file },
      { cause },
    );
  }
}
