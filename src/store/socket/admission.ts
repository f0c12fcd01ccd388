import { cancelled } from '../faults.ts';

/** A share of the memory for rows on their way, which grows as they come. */
export interface Permit {
  /** Bytes that it has. */
  readonly bytes: number;
  /** Waits until there is room for so many bytes more. Throws a Fault `store/cancelled` when the signal comes first. */
  more(bytes: number): Promise<void>;
  end(): void;
}

/**
 * Bounds the bytes that several senders have in memory at a time. The oldest may always go on, however little room there
 * is, so that senders that each have a part never wait for one another for ever; what is held is at most the bound and
 * what one sender may have.
 */
export class Admission {
  readonly #most: number;
  readonly #senders = new Set<Sender>();
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  begin(signal: AbortSignal): Permit {
    const sender: Sender = { bytes: 0, wake: undefined };
    this.#senders.add(sender);
    return {
      get bytes() {
        return sender.bytes;
      },
      more: async (bytes) => {
        while (!this.#mayGoOn(sender, bytes)) {
          if (signal.aborted) throw cancelled('an insert', signal.reason);
          await new Promise<void>((resolve) => {
            sender.wake = resolve;
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        }
        sender.bytes += bytes;
        this.#held += bytes;
      },
      end: () => {
        this.#senders.delete(sender);
        this.#held -= sender.bytes;
        for (const { wake } of this.#senders) wake?.();
      },
    };
  }

  #mayGoOn(sender: Sender, bytes: number): boolean {
    const [oldest] = this.#senders;
    return sender === oldest || this.#held + bytes <= this.#most;
  }
}

interface Sender {
  bytes: number;
  wake: (() => void) | undefined;
}
