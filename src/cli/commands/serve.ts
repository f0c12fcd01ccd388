import { Command, InvalidArgumentError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Run } from '../call.ts';
import { helpAfter } from '../help.ts';
import type { Listen } from '../serve/serve.ts';

/** `tidemark serve`: the daemon. */
export function serveCommand(run: Run): CommandUnknownOpts {
  return new Command('serve')
    .description(
      'run as a daemon: schedules, a drop folder, watchers, assessment, detection, delivery, API and dashboard',
    )
    .option(
      '--listen <address>',
      'where the API and the dashboard listen (default: server.host and port)',
      listen,
    )
    .option('--no-http', 'without API and dashboard')
    .option('--no-schedules', 'make no scans')
    .option('--no-drop', 'import nothing from the drop folder')
    .option('--no-watch', 'follow no telemetry')
    .option('--no-assess', 'assess no scans')
    .option('--no-detect', 'judge no telemetry but what is followed')
    .option('--no-deliver', 'send nothing')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark serve', 'until Ctrl-C or SIGTERM; SIGHUP reads the settings again'],
          ['tidemark serve --listen 127.0.0.1:8080', 'the dashboard on another port'],
          ['tidemark serve --no-http --no-deliver', 'collect and judge, tell nobody'],
          ['tidemark status', 'how it is doing'],
        ],
        ['0 stopped as it was asked to', '2 it could not start, or something did not end in time'],
      ),
    )
    .action((options) =>
      run(async (call) => {
        const { serve } = await import('../serve/serve.ts');
        return serve(call, options);
      }),
    );
}

/** `127.0.0.1:8080`, `[::1]:8080`, or a port alone. */
function listen(text: string): Listen {
  const [, v6, v4, digits = ''] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535)
    throw new InvalidArgumentError('It must be an address with a port, as 127.0.0.1:7380 or [::1]:7380.');
  return { host: v6 ?? v4 ?? '127.0.0.1', port };
}
