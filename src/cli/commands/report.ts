import { writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ExposureSummary } from '../../findings/summary.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { safe } from '../print.ts';
import { withWorkspace } from '../with-workspace.ts';

const FORMATS = ['html', 'markdown', 'json', 'text'] as const;
type Format = (typeof FORMATS)[number];

/** Formats by the ending of the file's name. */
const ENDINGS: Readonly<Record<string, Format>> = {
  '.html': 'html',
  '.htm': 'html',
  '.md': 'markdown',
  '.json': 'json',
  '.txt': 'text',
};

/** `tidemark report [SCAN]`: the summary as a file. */
export function reportCommand(run: Run): CommandUnknownOpts {
  const command = new Command('report').description('write the assessment as one file to read, send or keep');
  command
    .argument('[scan]', 'identifier or its beginning, latest, latest~1, …', 'latest')
    .option('-o, --output <file>', 'where to write, - for standard output', 'tidemark-report.html')
    .addOption(new Option('--format <format>', 'default: by the file’s ending').choices(FORMATS))
    .option(
      '--against <what>',
      'baseline, v3, a scan, or nothing (default: the baseline in force, else the scan before)',
    )
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark report', 'tidemark-report.html, one file for any browser'],
          ['tidemark report latest~1 -o last-week.md', 'Markdown, for a ticket'],
          ['tidemark report -o - --format markdown', 'to standard output'],
        ],
        ANSWERS,
      ),
    )
    .action((scan, options) => run((call) => report(call, scan, options)));
  return command;
}

async function report(
  call: Call,
  reference: string,
  options: { output: string; format?: Format; against?: string },
): Promise<ExitStatus> {
  const { findAgainst } = await import('../against.ts');
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const format = options.format ?? (await formatOf(options.output));
    const scan = await workspace.findRun(reference);
    const summary = await workspace.assess(scan, await findAgainst(workspace, options.against));
    const content = await render(summary, format);
    if (options.output === '-') {
      await print.text(content);
      return 0;
    }
    const file = resolve(call.process.cwd, options.output);
    await writeFile(file, content);
    if (print.json) await print.value({ schema: 'tidemark/report/1', file, format, scan: scan.info.id });
    else await print.text(`${safe(file)}\n`);
    return 0;
  });
}

/** By the ending of the file's name; what has none, and standard output, is HTML. */
async function formatOf(output: string): Promise<Format> {
  const ending = output === '-' ? '' : extname(output).toLowerCase();
  const format = ending === '' ? 'html' : ENDINGS[ending];
  if (format !== undefined) return format;
  const { Fault } = await import('../../fault/fault.ts');
  throw new Fault(
    'cli/usage',
    `no format is known for files that end in ${ending}`,
    `Use one of ${Object.keys(ENDINGS).join(', ')}, or say which with --format.`,
    { file: output },
  );
}

async function render(summary: ExposureSummary, format: Format): Promise<string> {
  switch (format) {
    case 'html':
      return (await import('../../report/summary-html.ts')).summaryHtml(summary);
    case 'markdown':
      return (await import('../../report/summary-markdown.ts')).summaryMarkdown(summary);
    case 'json':
      return (await import('../../report/summary-json.ts')).summaryJson(summary);
    case 'text':
      return (await import('../../report/summary-text.ts')).summaryText(summary, {
        colour: false,
        full: true,
      });
    default:
      return format satisfies never;
  }
}
