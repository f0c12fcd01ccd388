import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Fault } from '../../fault/fault.ts';
import { LineSplitter } from './split-lines.ts';

/**
 * The columns of `nfdump -o csv` that say who talked to whom. They are asked for by name, since `csv` itself rounds times
 * to the second (1.7.1), and then the order of a source's contacts is lost.
 */
const COLUMNS = [
  ['ts', '%ts'],
  ['te', '%te'],
  ['td', '%td'],
  ['sa', '%sa'],
  ['da', '%da'],
  ['sp', '%sp'],
  ['dp', '%dp'],
  ['pr', '%pr'],
  ['flg', '%flg'],
  ['ipkt', '%ipkt'],
  ['ibyt', '%ibyt'],
  ['opkt', '%opkt'],
  ['obyt', '%obyt'],
] as const;

/** Lines of nfdump's complaints that are quoted. */
const QUOTED = 400;

/** What `nfdumpLines` may be told. */
export interface NfdumpOptions {
  /** The program; `nfdump` is looked for in the usual places. */
  readonly program?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A file of nfcapd as lines of nfdump's CSV: its header, then a flow each, times in UTC, IPv6 addresses whole, numbers
 * plain. Runs the installed nfdump, without a shell and with an empty environment. Throws Fault `source/nfdump-missing`
 * when there is none, and `source/nfdump-failed` with its complaint when it does not read the file.
 */
export async function* nfdumpLines(
  path: string,
  options: NfdumpOptions = {},
): AsyncGenerator<readonly string[]> {
  const format = COLUMNS.map(([, token]) => token).join(',');
  // An option could hide in a file name that begins with a dash.
  const file = path.startsWith('-') ? `./${path}` : path;
  const child = spawn(options.program ?? 'nfdump', ['-q', '-6', '-N', '-r', file, '-o', `fmt:${format}`], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: false,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < QUOTED) complaint += text;
  });
  const outcome: { error?: Error } = {};
  child.on('error', (error) => {
    outcome.error = error;
  });
  const closed = once(child, 'close').catch(() => [-1]);
  try {
    yield [COLUMNS.map(([name]) => name).join(',')];
    const splitter = new LineSplitter();
    for await (const chunk of child.stdout) {
      const lines = splitter.push(chunk as Uint8Array);
      if (lines.length > 0) yield lines.map(withoutPadding);
    }
    const last = splitter.end();
    if (last.length > 0) yield last.map(withoutPadding);
    const [code] = (await closed) as [number | null];
    if (outcome.error !== undefined) throw outcome.error;
    if (code !== 0) throw new Error(complaint.slice(0, QUOTED).trim() || `status ${String(code)}`);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw nfdumpFault(path, error);
  } finally {
    child.kill('SIGKILL');
  }
}

/** nfdump pads columns with blanks; only that of a time stands inside a value. */
function withoutPadding(line: string): string {
  return line.trim().replaceAll(/ *, */g, ',');
}

function nfdumpFault(path: string, cause: unknown): Fault {
  if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
    return new Fault(
      'source/nfdump-missing',
      `${path} was written by nfcapd, and nfdump, which reads such files, is not installed`,
      'Install nfdump (package nfdump of Debian, Ubuntu, Fedora), or give the output of `nfdump -r FILE -o csv`.',
      { file: path },
      { cause },
    );
  }
  return new Fault(
    'source/nfdump-failed',
    `nfdump does not read ${path}: ${(cause as Error).message}`,
    'Check the file with `nfdump -v FILE`; a newer nfdump may be needed.',
    { file: path },
    { cause },
  );
}
