import { Fault } from '../fault/fault.ts';
import type { SinkConfig } from './config.ts';
import { PartlyTaken, type Sink } from './sink.ts';

/** Keys of a sink whose values are shown to nobody. */
const SECRET_KEYS = ['secret', 'token', 'apiKey', 'password', 'nkey', 'creds'] as const;
/** What is shorter would be found in every second word. */
const SHORTEST = 4;
/** Of a path, a query and a credentials file: what is shorter is a name or a version. */
const SHORTEST_PART = 16;
const SHORTEST_VALUE = 8;

/** The texts of a sink that no message may quote, longest first: its secrets, as they are and as they go over the wire. */
export function secretsOf(config: SinkConfig): readonly string[] {
  const secrets = SECRET_KEYS.flatMap((key) => config[key] ?? []);
  const { user, password } = config;
  if (user !== undefined && password !== undefined)
    secrets.push(
      Buffer.from(`${user}:${password}`).toString('base64'),
      Buffer.from(`\0${user}\0${password}`).toString('base64'),
    );
  // One line of the file is enough to give it away.
  secrets.push(...(config.creds?.split(/\s+/) ?? []).filter((line) => line.length >= SHORTEST_PART));
  secrets.push(...secrets.map((secret) => Buffer.from(secret).toString('base64')));
  if (config.url !== undefined) {
    // The path and query of a chat's webhook are its password.
    const { pathname, search } = new URL(config.url);
    const values = search.split(/[?&]/).map((pair) => pair.slice(pair.indexOf('=') + 1));
    secrets.push(
      `${pathname}${search}`,
      pathname,
      ...pathname.split('/').filter((part) => part.length >= SHORTEST_PART),
      ...values.filter((value) => value.length >= SHORTEST_VALUE),
    );
  }
  return [...new Set(secrets.flatMap(spelledOf))]
    .filter((secret) => secret.length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length);
}

/** A secret as receivers write it down: as it is, in an address, out of an address, in JSON. */
function spelledOf(secret: string): readonly string[] {
  const spelled = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  try {
    spelled.push(decodeURIComponent(secret));
  } catch {
    // A percent sign that stands for itself.
  }
  return spelled;
}

/** Words of a receiver are cut at their end: what is cut in two there is a secret all the same. */
function withoutTail(text: string, secrets: readonly string[]): string {
  let tail = 0;
  for (const secret of secrets) {
    let length = Math.min(secret.length - 1, text.length);
    while (length >= SHORTEST && !text.endsWith(secret.slice(0, length))) length -= 1;
    if (length >= SHORTEST) tail = Math.max(tail, length);
  }
  return tail === 0 ? text : `${text.slice(0, -tail)}***`;
}

/** The sink, in whose failures `***` stands for every secret: receivers and proxies quote what they were sent. */
export function withoutSecrets(sink: Sink, secrets: readonly string[]): Sink {
  const clean = (text: string): string =>
    withoutTail(
      secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text),
      secrets,
    );
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
