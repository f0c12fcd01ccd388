import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Announcement } from '../../exposure/flow/feedback.ts';
import type { PortKey } from '../../net/port-key.ts';
import { parsePrefix } from '../../net/prefix.ts';
import { formatInstant, formatMinute, type Instant } from '../../time/instant.ts';
import { instant, network, portName } from '../arguments.ts';
import { writeDown } from '../audit.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { safe } from '../print.ts';
import { whoActs } from '../who.ts';
import { withWorkspace } from '../with-workspace.ts';

interface AddOptions {
  readonly ticket: string;
  readonly host: readonly string[];
  readonly port?: readonly PortKey[];
  readonly from: Instant;
  readonly to: Instant;
  readonly note: string;
}

/** `tidemark announce`: changes that are to come, so that they surprise nobody. */
export function announceCommand(run: Run): CommandUnknownOpts {
  const command = new Command('announce')
    .description('announce a planned change, so that it weighs less when a scan sees it; list, withdraw')
    .addHelpText(
      'after',
      helpAfter(
        [
          [
            'tidemark announce add --ticket CHG-7 --host 10.20.0.7 --from 2026-12-01 --to 2026-12-03',
            'a planned change',
          ],
          ['tidemark announce list', 'what was announced'],
        ],
        ANSWERS,
      ),
    );
  const listing = command
    .command('list', { isDefault: true })
    .description('list announced changes, newest first')
    .addHelpText('after', helpAfter([['tidemark announce list --json', 'for programs']], ANSWERS))
    .action(() => run(list));
  guardDefault(command, listing);
  command
    .command('add')
    .description('announce a change')
    .requiredOption('--ticket <text>', 'ticket or other reference; shown wherever it explains something')
    .requiredOption('--host <block...>', 'addresses or blocks that change', gather(network))
    .option('--port <port...>', 'ports that change, as 443/tcp (default: any)', gather(portName))
    .requiredOption('--from <time>', 'from when on: 2026-12-01T20:00Z', instant)
    .requiredOption('--to <time>', 'until when', instant)
    .option('--note <text>', 'further words', '')
    .addHelpText(
      'after',
      helpAfter(
        [
          [
            'tidemark announce add --ticket C-8 --host 10.2.0.9 --port 80/tcp --from 2026-12-01 --to 2026-12-03',
            'a rollout',
          ],
        ],
        ANSWERS,
      ),
    )
    .action((options) => run((call) => add(call, options)));
  command
    .command('withdraw')
    .description('withdraw an announcement; it stays in the list')
    .argument('<announcement>', 'identifier or its beginning')
    .option('--note <text>', 'why', '')
    .addHelpText('after', helpAfter([['tidemark announce withdraw 1f2e', 'it will not happen']], ANSWERS))
    .action((reference, { note }) =>
      run((call) =>
        withWorkspace(call, async (workspace) => {
          const { ticket } = await writeDown(
            call,
            'announcement.changed',
            { subject: `withdraw ${reference}`, why: note },
            (before) =>
              workspace.anomalies.withdraw(reference, { ...whoActs(note, call.process.env), before }),
          );
          await call.print.text(`withdrawn: ${safe(ticket)}\n`);
          return 0;
        }),
      ),
    );
  return command;
}

function gather<T>(
  parse: (text: string) => T,
): (text: string, before: readonly T[] | undefined) => readonly T[] {
  return (text, before) => [...(before ?? []), parse(text)];
}

async function add(call: Call, options: AddOptions): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const { ticket, host, port = [], from, to, note } = options;
    const made = await writeDown(
      call,
      'announcement.changed',
      {
        subject: ticket,
        why: note,
        details: { hosts: host, ports: port, from: formatInstant(from), to: formatInstant(to) },
      },
      (before) =>
        workspace.anomalies.announce(
          { ticket, hosts: host.map((text) => parsePrefix(text)!), ports: port, from, to },
          { ...whoActs(note, call.process.env), before },
        ),
    );
    if (call.print.json) await call.print.value({ schema: 'tidemark/announcement/1', ...json(made) });
    else await call.print.text(`${made.id.slice(0, 8)}  ${safe(made.ticket)}: ${made.hosts.join(' ')}\n`);
    return 0;
  });
}

async function list(call: Call): Promise<ExitStatus> {
  const { renderTable } = await import('../../report/table.ts');
  return withWorkspace(call, async (workspace) => {
    const all = (await workspace.anomalies.announcements()).toReversed();
    const { print } = call;
    if (print.json) {
      await print.value({ schema: 'tidemark/announcements/1', announcements: all.map(json) });
      return 0;
    }
    if (all.length === 0) {
      await print.text('Nothing was announced.\n');
      return 0;
    }
    await print.text(
      renderTable(
        [
          { title: 'ID', min: 8 },
          { title: 'TICKET' },
          { title: 'HOSTS' },
          { title: 'PORTS' },
          { title: 'FROM' },
          { title: 'TO' },
          { title: 'BY' },
        ],
        all.map((one) => [
          one.id.slice(0, 8),
          one.withdrawn ? `${one.ticket}, withdrawn` : one.ticket,
          one.hosts.join(' '),
          one.ports.join(' ') || 'any',
          formatMinute(one.from),
          formatMinute(one.to),
          one.by,
        ]),
        { width: print.width, paint: print.paint },
      ),
    );
    return 0;
  });
}

function json({ at, from, to, ...rest }: Announcement): Record<string, unknown> {
  return { ...rest, at: formatMinute(at), from: formatMinute(from), to: formatMinute(to) };
}
