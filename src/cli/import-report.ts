import type { ImportedSource } from '../exposure/flow/import-scans.ts';
import { formatWhere, type Problem } from '../fault/fault.ts';
import { counted } from '../text/phrase.ts';
import { formatMinute } from '../time/instant.ts';
import { safe, type Print } from './print.ts';
import { scanJson, shortId } from './scans-table.ts';

/** Problems printed per file; all are kept with the scan. */
const PROBLEMS_SHOWN = 3;

/** What became of one file, in a line or a few; escaped, ending in a newline. */
export function formatImport(source: ImportedSource, print: Pick<Print, 'paint'>): string {
  const name = safe(source.name);
  if ('skipped' in source) return `${print.paint('quiet', 'skipped ')}  ${name}: ${safe(source.skipped)}\n`;
  if ('fault' in source) {
    const { message, fix, where } = source.fault;
    // Faults of opening name the file themselves, as they must where nothing else does.
    const what = message.startsWith(`${source.name}: `) ? message.slice(source.name.length + 2) : message;
    const place = formatWhere({ ...where, ...(where.file === source.name ? { file: '' } : {}) });
    return `${print.paint('high', 'refused ')}  ${name}: ${safe(what)}${place === '' ? '' : ` (${safe(place)})`}\n          fix: ${safe(fix)}\n`;
  }
  const { outcome } = source;
  const runs = outcome.runs.map(({ info, hostsUp, openPorts }) => {
    const started = info.start === undefined ? '' : `${formatMinute(info.start)}, `;
    const ended = info.status === 'complete' ? '' : `, ${info.status}`;
    return `${shortId(info.id)} (${started}${counted(hostsUp, 'host')} up, ${counted(openPorts, 'open port')}${ended})`;
  });
  if (outcome.kind === 'known') return `${print.paint('quiet', 'known   ')}  ${name}: ${runs.join(', ')}\n`;
  return `${print.paint('good', 'imported')}  ${name}: ${runs.join(', ')}\n${formatProblems(outcome.problems, print)}`;
}

function formatProblems(problems: readonly Problem[], print: Pick<Print, 'paint'>): string {
  const shown = problems
    .slice(0, PROBLEMS_SHOWN)
    .map(
      ({ message, where }) =>
        `          ${print.paint('medium', 'set aside')}: ${safe(message)} (${safe(formatWhere(where))})\n`,
    );
  const rest = problems.length - shown.length;
  return `${shown.join('')}${rest > 0 ? `          and ${rest} more: tidemark scans show\n` : ''}`;
}

/** `12 imported, 2 known already, 1 refused`. */
export function summariseImport(sources: readonly ImportedSource[]): string {
  const count = (kind: string): number =>
    sources.filter(
      (source) =>
        ('outcome' in source ? source.outcome.kind : 'fault' in source ? 'refused' : 'skipped') === kind,
    ).length;
  return [
    [count('imported'), 'imported'],
    [count('known'), 'known already'],
    [count('skipped'), 'skipped'],
    [count('refused'), 'refused'],
  ]
    .filter(([number]) => number !== 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(', ');
}

/** Schema `tidemark/import/1`. */
export function importJson(sources: readonly ImportedSource[]): Record<string, unknown> {
  return {
    schema: 'tidemark/import/1',
    files: sources.map((source) => {
      const file = source.name;
      if ('skipped' in source) return { file, outcome: 'skipped', why: source.skipped };
      if ('fault' in source) {
        const { code, message, fix, where } = source.fault;
        return { file, outcome: 'refused', error: { code, message, fix, where } };
      }
      const { outcome } = source;
      return {
        file,
        outcome: outcome.kind,
        scans: outcome.runs.map(scanJson),
        ...(outcome.kind === 'imported' ? { problems: outcome.problems } : {}),
      };
    }),
  };
}
