import { Fault } from '../fault/fault.ts';
import type { SinkConfig } from './config.ts';
import { PartlyTaken, type Sink } from './sink.ts';

/** Keys of a sink whose values are shown to nobody. */
const SECRET_KEYS = ['secret', 'token', 'apiKey', 'password', 'nkey', 'creds'] as const;
/** What is shorter would be found in every second word. */
const SHORTEST = 4;

/** The texts of a sink that no message may quote, longest first: its secrets, as they are and as they go over the wire. */
export function secretsOf(config: SinkConfig): readonly string[] {
  const secrets = SECRET_KEYS.flatMap((key) => config[key] ?? []);
  const { user, password } = config;
  if (user !== undefined && password !== undefined)
    secrets.push(
      Buffer.from(`${user}:${password}`).toString('base64'),
      Buffer.from(`\0${user}\0${password}`).toString('base64'),
    );
  secrets.push(...secrets.map((secret) => Buffer.from(secret).toString('base64')));
  if (config.url !== undefined) {
    // The path and query of a chat's webhook are its password.
    const { pathname, search } = new URL(config.url);
    secrets.push(
      `${pathname}${search}`,
      pathname,
      ...pathname.split('/').filter((part) => part.length >= 16),
    );
  }
  return [...new Set(secrets)]
    .filter((secret) => secret.length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length);
}

/** The sink, in whose failures `***` stands for every secret: receivers and proxies quote what they were sent. */
export function withoutSecrets(sink: Sink, secrets: readonly string[]): Sink {
  const clean = (text: string): string =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  return {
    name: sink.name,
    kind: sink.kind,
    atOnce: sink.atOnce,
    async send(batch, signal) {
      try {
        await sink.send(batch, signal);
      } catch (error) {
        // The cause goes too: it holds what was just taken out.
        const cleaned = (fault: Fault): Fault =>
          new Fault(fault.code, clean(fault.message), fault.fix, fault.where);
        if (error instanceof PartlyTaken)
          throw new PartlyTaken(
            clean(error.message),
            error.remainders.map(({ outgoing, fault }) => ({ outgoing, fault: cleaned(fault) })),
          );
        if (error instanceof Fault) throw cleaned(error);
        throw new Fault(
          'sinks/failed',
          clean(error instanceof Error ? error.message : String(error)),
          'Look at the receiver; it is tried again.',
        );
      }
    },
  };
}
