import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { ImportedTelemetry, ReconWorkspace } from '../../assembly/recon-workspace.ts';
import { episodesToReview } from '../../report/episode-words.ts';
import { counted, formatCount } from '../../text/phrase.ts';
import type { Instant } from '../../time/instant.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe } from '../print.ts';
import { putByStdin } from '../stdin.ts';
import { recordsOf, skippedReasons } from './skipped-reasons.ts';
import { telemetryOptions, type TelemetryFlags } from '../telemetry-options.ts';
import { withRecon } from '../with-recon.ts';

/** What `tidemark detect` takes. */
export interface DetectOptions extends TelemetryFlags {
  readonly from?: Instant;
  readonly to?: Instant;
  readonly full?: true;
  readonly all?: true;
  readonly markdown?: true;
  readonly html?: string;
}

/** Imports the files, judges, and prints the summary. Standard input is read to its end before the store is opened. */
export async function detectFiles(
  call: Call,
  files: readonly string[],
  options: DetectOptions,
): Promise<ExitStatus> {
  const putBy = files.includes('-') ? await putByStdin(call.process.stdin, call.process.signal) : undefined;
  try {
    return await withRecon(call, (recon) =>
      detect(call, recon, files, options, putBy?.stream ?? Readable.from([])),
    );
  } finally {
    await putBy?.discard();
  }
}

/** The work of detectFiles, over an open workspace. */
export async function detect(
  call: Call,
  recon: ReconWorkspace,
  files: readonly string[],
  options: DetectOptions,
  stdin: Readable,
): Promise<ExitStatus> {
  const { print, progress, process } = call;
  const imported: ImportedTelemetry[] = [];
  if (files.length > 0) {
    const reading = recon.importTelemetry(files, {
      ...telemetryOptions(options),
      stdin,
      signal: process.signal,
      onProgress: ({ name, read, size }) => {
        progress.update({ label: name, done: read, total: size, unit: 'bytes' });
      },
    });
    for await (const one of reading) {
      imported.push(one);
      progress.end();
      print.note(importLine(one));
    }
    if (imported.length === 0) print.note('nothing to import: there is no file in what was named');
  }
  const summary = await recon.detect(
    { from: options.from, to: options.to, cover: coverOf(imported) },
    {
      signal: process.signal,
      onProgress: ({ done, total }) => {
        progress.update({ label: 'sources judged', done, total, unit: 'items' });
      },
    },
  );
  progress.end();
  if (options.html !== undefined) {
    const { telemetryHtml } = await import('../../report/telemetry-html.ts');
    const file = resolve(process.cwd, options.html);
    await writeFile(file, telemetryHtml(summary));
    print.note(`report: ${safe(file)}`);
  }
  if (print.json) {
    const { summaryJson } = await import('../../report/summary-json.ts');
    await print.text(summaryJson(summary));
  } else if (options.markdown === true) {
    const { telemetryMarkdown } = await import('../../report/telemetry-markdown.ts');
    await print.text(telemetryMarkdown(summary));
  } else {
    const { telemetryText } = await import('../../report/telemetry-text.ts');
    await print.text(
      telemetryText(summary, {
        colour: print.color,
        width: print.width,
        full: options.full === true,
        noise: options.all === true,
      }),
    );
  }
  if (imported.some(({ outcome }) => outcome === 'refused')) return 2;
  return episodesToReview(summary).length > 0 ? 1 : 0;
}

/** The time that the files speak of; undefined when none of them speaks. */
function coverOf(
  imported: readonly ImportedTelemetry[],
): { readonly from: Instant; readonly to: Instant } | undefined {
  const spans = imported.flatMap((one) =>
    'file' in one && one.file.from !== undefined && one.file.to !== undefined
      ? [[one.file.from, one.file.to] as const]
      : [],
  );
  if (spans.length === 0) return undefined;
  return {
    from: Math.min(...spans.map(([from]) => from)) as Instant,
    // The end of a scope is not part of it.
    to: (Math.max(...spans.map(([, to]) => to)) + 1) as Instant,
  };
}

/** What became of one file, in a line, and in further ones why nothing did; escaped. */
export function importLine(one: ImportedTelemetry): string {
  const name = safe(one.name);
  switch (one.outcome) {
    case 'imported':
    case 'known': {
      const records = recordsOf(one.file);
      const aside = one.file.problems === 0 ? '' : `, ${formatCount(one.file.problems)} set aside`;
      return `${one.outcome === 'known' ? 'known   ' : 'imported'}  ${name}: ${one.file.format}, ${counted(records, 'record')}${aside}${skippedReasons(
        one.file,
      )
        .map((reason) => `\n          ${reason}`)
        .join('')}`;
    }
    case 'skipped':
      return `skipped   ${name}: ${safe(one.why)}`;
    case 'refused':
      return `refused   ${name}: ${safe(one.fault.message)}\n          fix: ${safe(one.fault.fix)}`;
    default:
      return one satisfies never;
  }
}
