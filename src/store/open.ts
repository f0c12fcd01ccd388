import { Fault } from '../fault/fault.ts';
import type { StoreConfig } from './config.ts';
import { openEmbedded } from './embedded.ts';
import { openServer } from './server.ts';
import type { Store } from './store.ts';

/** How to open. */
export interface OpenOptions {
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
 * Opens the store that the configuration names: a server or a cluster when there is an address,
 * the embedded engine otherwise. Throws a Fault `store/…`.
 */
export async function openStore(config: StoreConfig, options: OpenOptions = {}): Promise<Store> {
  if (config.url !== undefined || config.cluster !== undefined) return openServer(config);
  const deadline = performance.now() + (options.waitSeconds ?? 0) * 1000;
  let told = false;
  for (;;) {
    try {
      return await openEmbedded({ dataDir: config.dataDir, memoryBytes: config.memory });
    } catch (error) {
      const locked = error instanceof Fault && error.code === 'store/locked';
      if (!locked || performance.now() >= deadline || options.signal?.aborted === true) throw error;
      if (!told) options.onWait?.(error);
      told = true;
      await new Promise((resolve) => {
        setTimeout(resolve, POLL_MS);
      });
    }
  }
}
