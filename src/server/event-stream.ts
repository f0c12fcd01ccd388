import type { ServerResponse } from 'node:http';
import type { ChangeFeed, ChangeNotice } from '../assembly/change-feed.ts';
import { formatInstant } from '../time/instant.ts';

/** Notices that are kept for those who come back. */
const KEPT = 1_000;
/** Octets that may wait for one client; who is slower is let go, and comes back with Last-Event-ID. */
const MOST_WAITING = 256 * 1024;
/** Milliseconds between signs of life: proxies close what is silent for a minute. */
const HEARTBEAT = 15_000;
/** Milliseconds after which a browser that was let go asks again. */
const RETRY = 3_000;
/** Identifiers that one notice names; of more it says that anything may have changed. */
const MOST_IDS = 500;

interface Kept {
  readonly id: number;
  readonly text: string;
}

/** A client, and whether it may still follow. */
interface Client {
  readonly response: ServerResponse;
  readonly mayStay: () => Promise<boolean>;
}

/**
 * The change feed as server-sent events (WHATWG HTML, 9.2). Identifiers are `RUN-N`: the run of the server and a number
 * without gaps, so that an identifier of a server before a restart is known to be too old.
 */
export class EventStream {
  readonly #run: string;
  readonly #most: number;
  readonly #kept: Kept[] = [];
  readonly #clients = new Set<Client>();
  readonly #unsubscribe: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #last = 0;

  /**
   * @param run tells this run of the server from others: letters and digits.
   * @param most clients at once.
   */
  constructor(feed: ChangeFeed, run: string, most: number) {
    this.#run = run;
    this.#most = most;
    this.#unsubscribe = feed.subscribe((notice) => {
      this.#tell(notice);
    });
    this.#heartbeat = setInterval(() => {
      for (const client of this.#clients) void this.#visit(client);
    }, HEARTBEAT);
    this.#heartbeat.unref();
  }

  get clients(): number {
    return this.#clients.size;
  }

  get isFull(): boolean {
    return this.#clients.size >= this.#most;
  }

  /**
   * Takes over a response whose head is written: first what the client missed, or `reset` where that is no longer known,
   * then what comes.
   * @param mayStay asked with every sign of life: a client whose session ended or whose token was revoked is let go.
   */
  add(response: ServerResponse, lastEventId: string | undefined, mayStay: () => Promise<boolean>): void {
    const client: Client = { response, mayStay };
    this.#clients.add(client);
    response.on('close', () => this.#clients.delete(client));
    response.on('error', () => this.#clients.delete(client));
    this.#send(client, `retry: ${RETRY}\n${this.#missed(lastEventId)}\n`);
  }

  /** Lets everybody go. */
  close(): void {
    clearInterval(this.#heartbeat);
    this.#unsubscribe();
    for (const client of this.#clients) this.#dismiss(client);
  }

  async #visit(client: Client): Promise<void> {
    // A store that does not answer now is no reason to let anybody go.
    if (await client.mayStay().catch(() => true)) this.#send(client, ':\n\n');
    else this.#dismiss(client);
  }

  #dismiss(client: Client): void {
    this.#clients.delete(client);
    client.response.end();
  }

  #missed(lastEventId: string | undefined): string {
    if (lastEventId === undefined) return `id: ${this.#run}-${this.#last}\nevent: hello\ndata: {}\n`;
    const seen = this.#numberOf(lastEventId);
    const first = this.#kept[0]?.id ?? this.#last + 1;
    if (seen === undefined || seen > this.#last || seen + 1 < first)
      return `id: ${this.#run}-${this.#last}\nevent: reset\ndata: {}\n`;
    return this.#kept
      .filter(({ id }) => id > seen)
      .map(({ text }) => text)
      .join('\n');
  }

  #numberOf(eventId: string): number | undefined {
    const [run, number, ...more] = eventId.split('-');
    if (run !== this.#run || number === undefined || more.length > 0 || !/^\d{1,15}$/.test(number))
      return undefined;
    return Number(number);
  }

  #tell({ kind, ids, at }: ChangeNotice): void {
    this.#last += 1;
    const data = JSON.stringify({ kind, ids: ids.length > MOST_IDS ? [] : ids, at: formatInstant(at) });
    const text = `id: ${this.#run}-${this.#last}\nevent: ${kind}\ndata: ${data}\n`;
    this.#kept.push({ id: this.#last, text });
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const client of this.#clients) this.#send(client, `${text}\n`);
  }

  #send(client: Client, text: string): void {
    client.response.write(text);
    if (client.response.writableLength > MOST_WAITING) {
      // Ending would wait for what it does not read.
      this.#clients.delete(client);
      client.response.destroy();
    }
  }
}
