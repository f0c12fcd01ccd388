import { Fault, type FaultCode } from '../fault/fault.ts';
import { fromMillis, type Clock } from '../time/instant.ts';
import type { StoreConfig } from './config.ts';
import { openEmbedded } from './embedded.ts';
import { openServer } from './server.ts';
import { openDaemon } from './socket/daemon-store.ts';
import { findSocket, isListening } from './socket/place.ts';
import type { Store } from './store.ts';

/** How to open. */
export interface OpenOptions {
  /** True: in this process or not at all. Otherwise a daemon that has the data directory open is asked. */
  readonly own?: boolean;
  /** Tells when a data directory was opened; the machine's when not given. */
  readonly clock?: Clock;

  /** Seconds to wait for a data directory that another process has open; 0 when not given. */
  readonly waitSeconds?: number;
  /** Called once when waiting begins, with what is waited for. */
  readonly onWait?: (fault: Fault) => void;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** Between two looks at a locked directory. A look is two small reads. */
const POLL_MS = 200;

/**
 * Opens the store that the configuration names: a server or a cluster when there is an address, otherwise the embedded
 * engine; that of a daemon, through its socket, when one has the data directory open. Throws a Fault `store/…`.
 */
export async function openStore(config: StoreConfig, options: OpenOptions = {}): Promise<Store> {
  if (config.url !== undefined || config.cluster !== undefined) return openServer(config);
  const deadline = performance.now() + (options.waitSeconds ?? 0) * 1000;
  let told = false;
  for (;;) {
    try {
      return await openDirectory(config, options);
    } catch (error) {
      const passes = error instanceof Fault && PASSING.has(error.code);
      if (!passes || performance.now() >= deadline || options.signal?.aborted === true) throw error;
      if (!told) options.onWait?.(error);
      told = true;
      await new Promise((resolve) => {
        setTimeout(resolve, POLL_MS);
      });
    }
  }
}

/** What is worth waiting for. */
const PASSING: ReadonlySet<FaultCode> = new Set([
  'store/locked',
  'store/daemon-stopping',
  'store/daemon-gone',
]);

async function openDirectory(config: StoreConfig, { own, clock }: OpenOptions): Promise<Store> {
  if (own !== true) {
    const socket = await findSocket(config.dataDir);
    // A socket that nobody listens on is left to the next owner: only who has the engine's lock knows that it is dead.
    if (socket !== undefined && (await isListening(socket))) {
      try {
        return await openDaemon(socket);
      } catch (error) {
        // It ended just now.
        if (await isListening(socket)) throw error;
      }
    }
  }
  return openEmbedded({
    dataDir: config.dataDir,
    memoryBytes: config.memory,
    clock: clock ?? (() => fromMillis(Date.now())),
  });
}
