import type { StoredRun } from '../exposure/queries/runs.ts';
import { renderTable } from '../report/table.ts';
import { formatInstant, formatMinute } from '../time/instant.ts';
import type { Print } from './print.ts';

/** Digits of an identifier that are shown: enough to be unique among a million scans, short enough to type. */
const SHORT_ID = 10;

/** The identifier as lists show it; every command takes it. */
export function shortId(id: string): string {
  const [digits = id, ordinal] = id.split('-');
  return ordinal === undefined ? digits.slice(0, SHORT_ID) : id;
}

/** Scans as a table, in the order given; escaped. */
export function scansTable(runs: readonly StoredRun[], print: Pick<Print, 'width' | 'paint'>): string {
  return renderTable(
    [
      { title: 'SCAN', min: SHORT_ID },
      { title: 'STARTED', min: 20 },
      { title: 'STATUS' },
      { title: 'VANTAGE' },
      { title: 'PROFILE' },
      { title: 'UP', align: 'right', min: 2 },
      { title: 'OPEN', align: 'right', min: 4 },
      { title: 'FILE' },
    ],
    runs.map(({ info, hostsUp, openPorts, source }) => [
      shortId(info.id),
      info.start === undefined ? undefined : formatMinute(info.start),
      info.status === 'complete' ? info.status : { text: info.status, tone: 'medium' },
      info.vantage,
      info.profile,
      hostsUp,
      openPorts,
      fileName(source),
    ]),
    { width: print.width, paint: print.paint },
  );
}

/** The last part of a path: in a list it says more than where the file lay. */
function fileName(source: string): string {
  return source.split(/[/\\]/).findLast((part) => part !== '') ?? source;
}

/** A scan in JSON output. Times are ISO 8601; absent where the scanner did not say. */
export function scanJson(run: StoredRun): Record<string, unknown> {
  const { info } = run;
  return {
    id: info.id,
    status: info.status,
    scanner: info.scanner,
    version: info.version,
    format: info.format,
    args: info.args,
    ...(info.start === undefined ? {} : { start: formatInstant(info.start) }),
    ...(info.end === undefined ? {} : { end: formatInstant(info.end) }),
    ...(info.exit === undefined ? {} : { exit: info.exit }),
    ...(info.errormsg === undefined ? {} : { errormsg: info.errormsg }),
    vantage: info.vantage,
    profile: info.profile,
    privileges: info.privileges,
    hostsUp: run.hostsUp,
    hostsTotal: run.hostsTotal,
    openPorts: run.openPorts,
    problems: run.problems,
    source: run.source,
    sha256: run.sha256,
    bytes: Number(run.bytes),
    imported: formatInstant(run.imported),
  };
}
