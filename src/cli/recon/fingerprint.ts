import {
  CLIENT_KINDS,
  fingerprintFiles,
  type ClientKind,
  type SourceFingerprints,
} from '../../recon/flow/fingerprint-sources.ts';
import { renderTable } from '../../report/table.ts';
import { counted } from '../../text/phrase.ts';
import { wrap } from '../../report/wrap.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe } from '../print.ts';

/** What `tidemark fingerprint` takes. */
export interface FingerprintFlags {
  readonly limit?: number;
}

/** Sources that are printed unless asked otherwise. */
const SOURCES = 50;
/** Values of a kind that are printed as text: `--json` has all. */
const VALUES = 5;

const TITLES: Readonly<Record<ClientKind, string>> = {
  userAgents: 'user agent',
  httpShapes: 'HTTP shape',
  sshClients: 'SSH client',
  ja4: 'JA4',
  ja3: 'JA3',
  hassh: 'HASSH',
};

/** First packets by MuonFP, the most frequent first: it has no TTL, which some tools make up for each packet. */
function byMuonFp({ syn }: SourceFingerprints): readonly { readonly text: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { muonFp, count } of syn) counts.set(muonFp, (counts.get(muonFp) ?? 0) + count);
  return [...counts].map(([text, count]) => ({ text, count })).toSorted((a, b) => b.count - a.count);
}

/** Reads the files and prints what tells their sources apart. */
export async function fingerprint(
  call: Call,
  args: readonly string[],
  { limit = SOURCES }: FingerprintFlags,
): Promise<ExitStatus> {
  const { print, process } = call;
  const { tally, files, faults, problems } = await fingerprintFiles(args, {
    stdin: process.stdin,
    signal: process.signal,
    now: process.clock(),
  });
  const sources = tally.sources();
  for (const { message, fix } of faults) print.note(`${safe(message)}\n  fix: ${safe(fix)}`);
  for (const problem of problems) print.note(safe(problem));
  const status = faults.length > 0 ? 2 : 0;
  if (print.json) {
    await print.value({ schema: 'tidemark/fingerprint/1', files, sources, recordsLeftOut: tally.leftOut });
    return status;
  }
  if (sources.length === 0)
    print.note(
      'no fingerprints: only captures, and logs that carry JA3, JA4, HASSH or user agents, have them',
    );
  for (const source of sources.slice(0, limit)) await print.text(`${describe(call, source)}\n`);
  if (sources.length > limit)
    print.note(`${counted(sources.length - limit, 'more source')}; --limit ${sources.length} prints all`);
  return status;
}

function describe({ print }: Call, source: SourceFingerprints): string {
  const rows: (readonly (string | number)[])[] = [];
  const list = (kind: string, values: readonly { readonly text: string; readonly count: number }[]): void => {
    for (const [index, { text, count }] of values.slice(0, VALUES).entries())
      rows.push([index === 0 ? kind : '', count, text]);
    if (values.length > VALUES) rows.push(['', '', `and ${counted(values.length - VALUES, 'other')}`]);
  };
  list('MuonFP', byMuonFp(source));
  list(
    'p0f',
    source.syn.map(({ p0f, count }) => ({ text: p0f, count })),
  );
  for (const kind of CLIENT_KINDS)
    list(
      TITLES[kind],
      source[kind].map(({ value, count }) => ({ text: value, count })),
    );
  const table = renderTable(
    [
      { title: 'FINGERPRINT', min: 12 },
      { title: 'COUNT', align: 'right' },
      { title: 'VALUE', overflow: 'wrap' },
    ],
    rows,
    { width: print.width, paint: print.paint, indent: 2 },
  );
  const head = `${print.paint('strong', safe(source.source))}  ${counted(source.flows, 'flow')}`;
  const tools = source.tools.flatMap(({ text, confidence }) =>
    wrap(safe(`${text} Confidence: ${confidence}.`), print.width - 2).map((line) => `  ${line}\n`),
  );
  return `${head}\n${tools.join('')}${table}`;
}
