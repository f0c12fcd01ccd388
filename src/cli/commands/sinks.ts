import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { asFinding } from '../../findings/outgoing.ts';
import { formatInstant, formatMinute } from '../../time/instant.ts';
import { writeDown } from '../audit.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { guardDefault } from '../default-subcommand.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { safe } from '../print.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `tidemark sinks`: where findings are sent. */
export function sinksCommand(run: Run): CommandUnknownOpts {
  const command = new Command('sinks')
    .description('send findings to a SIEM, syslog, a webhook, a chat, mail, NATS, Kafka or a file')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark sinks', 'the configured sinks, and what waits'],
          ['tidemark sinks test', 'send a harmless finding to each'],
          ['tidemark sinks deliver', 'send what is new; for cron, the daemon does it itself'],
        ],
        ANSWERS,
      ),
    );
  const listing = command
    .command('list', { isDefault: true })
    .description('print the configured sinks, and what waits, was delivered and was given up')
    .addHelpText('after', helpAfter([['tidemark sinks list --json', 'for programs']], ANSWERS))
    .action(() => run(list));
  guardDefault(command, listing);
  command
    .command('test')
    .description('send a harmless finding of severity info to one sink, or to each')
    .argument('[name]', 'name of the sink')
    .addHelpText(
      'after',
      helpAfter([['tidemark sinks test siem', 'one sink']], ['0 all took it', '2 one did not']),
    )
    .action((name) => run((call) => test(call, name)));
  command
    .command('deliver')
    .description('put what is new into the outbox, and send what is due')
    .addHelpText(
      'after',
      helpAfter(
        [['tidemark --wait 60 sinks deliver', 'what cron starts']],
        ['0 nothing failed', '1 something failed and is tried again', '2 a finding was given up'],
      ),
    )
    .action(() => run(deliver));
  command
    .command('dead')
    .description('print what was given up, or make it due again')
    .option('--requeue <id>', 'key of a message, or its beginning: try it again from the start')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark sinks dead', 'what was given up, and why'],
          ['tidemark sinks dead --requeue 4f2a', 'all that begins so is due again'],
        ],
        ['0 nothing is given up, or it is due again', '1 something is given up'],
      ),
    )
    .action(({ requeue }) => run((call) => dead(call, requeue)));
  return command;
}

async function list(call: Call): Promise<ExitStatus> {
  const { renderTable } = await import('../../report/table.ts');
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const sinks = await workspace.sinks.list();
    if (print.json) {
      await print.value({
        schema: 'tidemark/sinks/1',
        sinks: sinks.map(({ last, ...sink }) => ({
          ...sink,
          last: last === undefined ? null : formatInstant(last),
        })),
      });
      return 0;
    }
    if (sinks.length === 0) {
      print.note('no sink is configured; add one under sinks in tidemark.yaml');
      return 0;
    }
    await print.text(
      renderTable(
        [
          { title: 'SINK' },
          { title: 'KIND' },
          { title: 'FROM' },
          { title: 'WAITING' },
          { title: 'DELIVERED' },
          { title: 'GIVEN UP' },
          { title: 'LAST' },
          { title: 'FAILS BECAUSE' },
        ],
        sinks.map((sink) => [
          sink.name,
          sink.kind,
          sink.minSeverity,
          sink.pending,
          sink.delivered,
          sink.dead,
          sink.last === undefined ? 'never' : formatMinute(sink.last),
          sink.why,
        ]),
        { width: print.width, paint: print.paint },
      ),
    );
    return 0;
  });
}

async function test(call: Call, name: string | undefined): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const tests = await workspace.sinks.test(name, roomOf(call));
    if (print.json) {
      await print.value({
        schema: 'tidemark/sinks-test/1',
        sinks: tests.map(({ sink, fault }) => ({
          sink,
          taken: fault === undefined,
          ...(fault === undefined ? {} : { code: fault.code, message: fault.message, fix: fault.fix }),
        })),
      });
    } else {
      if (tests.length === 0) print.note('no sink is configured; add one under sinks in tidemark.yaml');
      for (const { sink, fault } of tests)
        print.note(
          fault === undefined
            ? `${sink}: the test finding was taken`
            : `${sink}: ${safe(fault.message)}. ${safe(fault.fix)}`,
        );
    }
    return tests.some(({ fault }) => fault !== undefined) ? 2 : 0;
  });
}

async function deliver(call: Call): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const done = await workspace.deliver(roomOf(call));
    if (done === undefined) print.note('another process is delivering: nothing is left to do here');
    const { queued, rounds, elsewhere } = done ?? { queued: 0, rounds: [], elsewhere: [] };
    if (print.json) {
      await print.value({
        schema: 'tidemark/sinks-delivered/1',
        queued,
        sinks: rounds.map(({ why, ...round }) => ({ ...round, why: why ?? null })),
      });
    } else {
      for (const sink of elsewhere) print.note(`${sink}: another process is delivering to it`);
      for (const { sink, delivered, failed, dead: givenUp, why } of rounds)
        print.note(
          [
            `${sink}: ${delivered} delivered`,
            ...(failed === 0 ? [] : [`${failed} failed (${safe(why ?? '')})`]),
            ...(givenUp === 0 ? [] : [`${givenUp} of them given up: see \`tidemark sinks dead\``]),
          ].join(', '),
        );
    }
    if (rounds.some((round) => round.dead > 0)) return 2;
    return rounds.some((round) => round.failed > 0) ? 1 : 0;
  });
}

async function dead(call: Call, requeue: string | undefined): Promise<ExitStatus> {
  const { renderTable } = await import('../../report/table.ts');
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const letters = await (requeue === undefined
      ? workspace.sinks.dead()
      : writeDown(call, 'sink.requeued', { subject: requeue, why: 'it is to be tried again' }, (before) =>
          workspace.sinks.requeue(requeue, before),
        ));
    if (print.json) {
      await print.value({
        schema: 'tidemark/sinks-dead/1',
        requeued: requeue !== undefined,
        messages: letters.map(({ sink, outgoing, tries, why, at }) => ({
          sink,
          key: outgoing.key,
          finding: asFinding(outgoing).finding.id,
          title: asFinding(outgoing).finding.title,
          queued: formatInstant(outgoing.at),
          givenUp: formatInstant(at),
          tries,
          why,
        })),
      });
    } else if (requeue !== undefined) {
      for (const { sink, outgoing } of letters) print.note(`${sink}: ${outgoing.key} is due again`);
    } else if (letters.length === 0) {
      print.note('nothing is given up');
    } else {
      await print.text(
        renderTable(
          [
            { title: 'MESSAGE', min: 33 },
            { title: 'SINK' },
            { title: 'GIVEN UP' },
            { title: 'FINDING' },
            { title: 'WHY' },
          ],
          letters.map(({ sink, outgoing, why, at }) => [
            outgoing.key,
            sink,
            formatMinute(at),
            asFinding(outgoing).finding.title,
            why,
          ]),
          { width: print.width, paint: print.paint },
        ),
      );
    }
    return requeue === undefined && letters.length > 0 ? 1 : 0;
  });
}

function roomOf(call: Call) {
  return { version: call.version, stdout: call.process.stdout, signal: call.process.signal };
}
