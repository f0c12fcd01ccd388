import { fileURLToPath } from 'node:url';
import type { ChangeFeed } from '../../assembly/change-feed.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { listSettings } from '../../config/show.ts';
import type { Daemon } from '../../daemon/daemon.ts';
import type { Log } from '../../daemon/log.ts';
import type { Metrics } from '../../daemon/metrics.ts';
import type { Part } from '../../daemon/supervisor.ts';
import { answerSpan } from '../../daemon/tracing.ts';
import type { Call } from '../call.ts';

/** What the API and the dashboard show. */
export interface HttpSources {
  readonly daemon: Daemon;
  readonly loaded: LoadedConfig;
  readonly metrics: Metrics;
  readonly feed: ChangeFeed;
  readonly log: Log;
}

/** Where the build puts the dashboard: dist/web, beside dist/cli. */
const WEB_ROOT = fileURLToPath(new URL('../../web', import.meta.url));

/** The API and the dashboard, as a part of the daemon: the last to come, the first to go. */
export function httpPart(
  { process, version }: Pick<Call, 'process' | 'version'>,
  { daemon, loaded, metrics, feed, log }: HttpSources,
): Part {
  const { clock, env, stdout } = process;
  return {
    name: 'http',
    after: ['housekeeping', 'delivery', 'assessment', 'detection', 'schedules'],
    run: async (room) => {
      const { startServer } = await import('../../server/server.ts');
      const server = await startServer({
        workspace: daemon.workspace,
        config: daemon.config,
        settings: { file: loaded.located.file, items: listSettings(loaded) },
        version,
        clock,
        feed,
        status: () => ({ started: daemon.started, ready: daemon.ready, parts: daemon.parts }),
        metrics: () => metrics.exposition(),
        webRoot: WEB_ROOT,
        stdout,
        env,
        onAnswer: (answer) => {
          metrics.request(answer);
          answerSpan({ ...answer, sentAt: clock() / 1e3 });
        },
        onError: (error, about) => {
          const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
          log('error', 'http.failed', `${about}: ${words}`);
        },
      });
      log('info', 'http.listening', `the API and the dashboard are at ${server.url}`, { url: server.url });
      room.running(server.url);
      await new Promise<void>((resolve) => {
        if (room.signal.aborted) resolve();
        room.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await server.close();
    },
  };
}
