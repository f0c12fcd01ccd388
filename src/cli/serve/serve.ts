import { ChangeFeed } from '../../assembly/change-feed.ts';
import type { Config } from '../../config/config.ts';
import { Daemon } from '../../daemon/daemon.ts';
import type { Log } from '../../daemon/log.ts';
import { Metrics } from '../../daemon/metrics.ts';
import { counted } from '../../text/phrase.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe } from '../print.ts';
import { describeFailure } from '../report-fault.ts';
import { closeStdin } from '../stdin.ts';
import { httpPart } from './http-part.ts';
import { createLog } from './log-writer.ts';

/** Where the API listens, as the command line says it. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** What `tidemark serve` takes. */
export interface ServeOptions {
  readonly listen?: Listen;
  readonly http: boolean;
  readonly schedules: boolean;
  readonly drop: boolean;
  readonly watch: boolean;
  readonly assess: boolean;
  readonly detect: boolean;
  readonly deliver: boolean;
}

/** Seconds beyond serve.stopSeconds after which a stop that hangs in native code is ended by force. */
const FORCE = 15;

/** Runs the daemon until the signal. */
export async function serve(call: Call, options: ServeOptions): Promise<ExitStatus> {
  const { process, version } = call;
  const loaded = await call.loadConfig();
  const config = withListen(loaded.config, options);
  const log = createLog({ stream: process.stderr, clock: process.clock });
  closeStdin();
  // What only another configuration mends is said before anything is begun: trying again would not help.
  if (options.http) await (await import('../../server/server.ts')).readTls(config.server);
  const metrics = new Metrics(version);
  const feed = new ChangeFeed();
  const daemon = await Daemon.open({
    config,
    version,
    clock: process.clock,
    log,
    metrics,
    feed,
    env: process.env,
    stdout: process.stdout,
    leftOut: {
      schedules: !options.schedules,
      drop: !options.drop,
      watch: !options.watch,
      assess: !options.assess,
      detect: !options.detect,
      deliver: !options.deliver,
    },
    waitSeconds: call.options.wait ?? 0,
    signal: process.signal,
  });
  // A promise that nobody waited for is a mistake of ours, and no reason to take everything down.
  globalThis.process.on('unhandledRejection', (error) => {
    log(
      'error',
      'daemon.unexpected',
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  });
  for (const { message } of daemon.workspace.problems) log('warning', 'store.damaged', message);
  process.takeOver?.({
    onHangup: () => void reload(call, daemon, options, log),
    onSecond: (signal) =>
      log(
        'warning',
        'daemon.forced',
        `a second signal (${signal}): stopping at once; nothing that was acknowledged is lost, and the next start does what is left`,
      ),
  });
  daemon.start(options.http ? [httpPart(call, { daemon, loaded, metrics, feed, log })] : []);
  await announce(call, daemon, log);
  await stopAsked(process.signal);
  return stop(daemon, log);
}

async function stop(daemon: Daemon, log: Log): Promise<ExitStatus> {
  log('info', 'daemon.stopping', 'stopping; a second signal stops at once');
  const force = setTimeout(
    () => {
      log(
        'error',
        'daemon.forced',
        'something does not end: stopping at once, nothing that was acknowledged is lost',
      );
      globalThis.process.kill(globalThis.process.pid, 'SIGKILL');
    },
    (daemon.config.serve.stopSeconds + FORCE) * 1_000,
  );
  const late = await daemon.stop();
  clearTimeout(force);
  if (late.length > 0)
    log('error', 'daemon.late', `stopped; not in time: ${late.join(', ')}; the next start does what is left`);
  else log('info', 'daemon.stopped', 'stopped');
  return late.length > 0 ? 2 : 0;
}

/** `--listen` stands above the file. */
function withListen(config: Config, { listen }: ServeOptions): Config {
  return listen === undefined ? config : { ...config, server: { ...config.server, ...listen } };
}

async function reload(call: Call, daemon: Daemon, options: ServeOptions, log: Log): Promise<void> {
  try {
    const next = withListen((await call.loadConfig()).config, options);
    const restart = await daemon.reload(next);
    log('info', 'daemon.reloaded', 'the configuration was read again');
    if (restart.length > 0)
      log(
        'warning',
        'daemon.restart-needed',
        `a restart is needed for what changed in ${restart.join(', ')}`,
        {
          keys: restart.join(' '),
        },
      );
  } catch (error) {
    log(
      'error',
      'daemon.reload-failed',
      `the configuration stays as it was: ${describeFailure(error, { json: false, debug: false })}`,
    );
  }
}

/** What it serves, in a few lines: on a terminal for people, otherwise as an entry of the log. */
async function announce(call: Call, daemon: Daemon, log: Log): Promise<void> {
  const { version, process } = call;
  const { config, socket } = daemon;
  const { serve: section, schedules, sinks, store } = config;
  const lines = [
    `tidemark ${version}, process ${globalThis.process.pid}`,
    `history    ${safe(store.url ?? store.cluster ?? store.dataDir)}`,
    `socket     ${safe(socket)}`,
    `schedules  ${counted(schedules.length, 'schedule')}`,
    `watchers   ${section.watch.map(({ name }) => name).join(', ') || 'none'}`,
    ...(section.drop.folder === undefined ? [] : [`drop       ${safe(section.drop.folder)}`]),
    `sinks      ${sinks.map(({ name }) => name).join(', ') || 'none'}`,
  ];
  if (process.stderr.isTTY === true && !call.options.quiet) process.stderr.write(`${lines.join('\n')}\n`);
  log('info', 'daemon.started', 'serving; `tidemark status` says how it is doing', {
    version,
    pid: globalThis.process.pid,
    socket,
  });
}

function stopAsked(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
