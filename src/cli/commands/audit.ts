import { counted } from '../../text/phrase.ts';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { AuditHead } from '../../audit/verify.ts';
import { Fault } from '../../fault/fault.ts';
import { wholeNumber } from '../arguments.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { safe } from '../print.ts';

/** `tidemark audit`: who did what, and whether the record is whole. */
export function auditCommand(run: Run): CommandUnknownOpts {
  const command = new Command('audit')
    .description('who scanned what, when and why; and whether the record is whole')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark audit show', 'the newest records'],
          ['tidemark audit verify', 'prove the log whole'],
        ],
        ANSWERS,
      ),
    );
  command
    .command('show')
    .description('print records, newest last')
    .option('-n, --limit <count>', 'how many at most', wholeNumber, 50)
    .addHelpText('after', helpAfter([['tidemark audit show -n 500 --json', 'for programs']], ANSWERS))
    .action(({ limit }) => run((call) => show(call, limit)));
  command
    .command('verify')
    .description('follow the chain of hashes from the first record to the last')
    .option('--head <seq:hash>', 'an end of the log that you noted elsewhere')
    .addHelpText(
      'after',
      helpAfter(
        [['tidemark audit verify --head 120:9f2c…', 'the log must hold this record']],
        ['0 the log is whole', '1 it is not', '2 the command failed'],
      ),
    )
    .action(({ head }) => run((call) => verify(call, head)));
  return command;
}

async function open(call: Call) {
  const { AuditLog } = await import('../../audit/audit-log.ts');
  const { config } = await call.loadConfig();
  return new AuditLog(config.audit.file, call.process.clock);
}

async function show(call: Call, limit: number): Promise<ExitStatus> {
  const log = await open(call);
  const { print } = call;
  const records = [];
  for await (const record of log.records()) {
    records.push(record);
    if (records.length > limit) records.shift();
  }
  if (print.json) {
    await print.value({ schema: 'tidemark/audit/1', file: log.file, records });
    return 0;
  }
  if (records.length === 0) await print.text('The audit log is empty.\n');
  for (const { seq, at, actor, action, subject, why, details } of records) {
    const argv = details['argv'];
    const line = Array.isArray(argv) ? `\n       ${safe(argv.join(' '))}` : '';
    await print.text(
      `${String(seq).padStart(5)}  ${safe(at)}  ${safe(actor.user)} (${actor.face})  ${safe(action)}  ${safe(subject)}\n       ${safe(why)}${line}\n`,
    );
  }
  return 0;
}

async function verify(call: Call, noted: string | undefined): Promise<ExitStatus> {
  const log = await open(call);
  const verdict = await log.verify(noted === undefined ? [] : [headOf(noted)]);
  const { print } = call;
  if (print.json) {
    await print.value({ schema: 'tidemark/audit-verdict/1', file: log.file, ...verdict });
  } else {
    for (const { line, message } of verdict.flaws)
      await print.text(`${safe(log.file)}:${line}: ${safe(message)}\n`);
    await print.text(
      verdict.flaws.length === 0
        ? `whole: ${counted(verdict.records, 'record')}; the last is ${verdict.head.seq}:${verdict.head.hash}\n`
        : `NOT whole: ${counted(verdict.flaws.length, 'flaw')} in ${counted(verdict.records, 'record')}\n`,
    );
  }
  return verdict.flaws.length === 0 ? 0 : 1;
}

/** Throws a Fault `cli/usage`. */
function headOf(text: string): AuditHead {
  const match = /^(\d{1,12}):([0-9a-f]{64})$/.exec(text);
  if (match !== null) return { seq: Number(match[1]), hash: match[2]! };
  throw new Fault(
    'cli/usage',
    'a noted end is written as number:hash',
    'Copy it from `tidemark audit verify`.',
  );
}
