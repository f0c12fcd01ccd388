import { ConfigFault } from '../config/problem.ts';
import { Fault, formatWhere, type FaultCode, type Where } from '../fault/fault.ts';
import { escapeJson } from '../report/escape-json.ts';
import { safe } from './print.ts';

/** Schema `tidemark/error/1`: what --json puts on stderr when a command fails. Fields are only ever added. */
export interface ErrorReport {
  readonly schema: 'tidemark/error/1';
  readonly code: FaultCode;
  readonly message: string;
  /** Imperative sentence. */
  readonly fix: string;
  readonly where: Where;
  /** All problems, when there is more than the one above. */
  readonly problems?: readonly { code: FaultCode; message: string; fix?: string; where: Where }[];
  /** Only with --debug. */
  readonly stack?: string;
}

/** What to print about a failure. Everything in it is escaped for a terminal. */
export function describeFailure(error: unknown, options: { json: boolean; debug: boolean }): string {
  const report = reportOf(error, options.debug);
  if (options.json) return escapeJson(report, 2);
  // Some messages begin with the file already.
  const { file, ...inFile } = report.where;
  const where = formatWhere(file !== undefined && report.message.includes(file) ? inFile : report.where);
  const lines = [
    `tidemark: ${safe(report.message)}${where === '' ? '' : ` (${safe(where)})`}`,
    `fix: ${safe(report.fix)}`,
  ];
  if (report.stack !== undefined) lines.push(report.stack.split('\n').map(safe).join('\n'));
  return lines.join('\n');
}

/** The failure as an object: a Fault as it is, a known system error in words, anything else as a bug. */
export function reportOf(error: unknown, debug: boolean): ErrorReport {
  const stack = debug ? { stack: stackOf(error) } : {};
  if (error instanceof Fault) {
    const { code, message, fix, where } = error;
    const problems =
      error instanceof ConfigFault && error.problems.length > 1 ? { problems: error.problems } : {};
    return { schema: 'tidemark/error/1', code, message, fix, where, ...problems, ...stack };
  }
  const system = systemError(error);
  if (system !== undefined) return { schema: 'tidemark/error/1', ...system, ...stack };
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    schema: 'tidemark/error/1',
    code: 'cli/bug',
    message: `a bug in tidemark: ${message}`,
    fix: debug
      ? 'Please report it with the lines below and what you did.'
      : 'Run the same command with --debug and report what it prints.',
    where: {},
    ...stack,
  };
}

/** What the operating system refuses, in words. Codes as Node names them (errno.h). */
const SYSTEM_ERRORS: Readonly<Record<string, readonly [message: string, fix: string]>> = {
  ENOENT: ['no such file or directory', 'Correct the path.'],
  EACCES: ['permission denied', 'Make it accessible for this user, or run as one who may.'],
  EPERM: ['operation not permitted', 'Make it accessible for this user, or run as one who may.'],
  EISDIR: ['is a directory', 'Name a file.'],
  ENOTDIR: ['a part of the path is not a directory', 'Correct the path.'],
  ENOSPC: ['no space left on the device', 'Free some space, or move the data with --data-dir.'],
  EROFS: ['the file system is read-only', 'Choose another place.'],
  EMFILE: ['too many open files', 'Raise the limit (ulimit -n), or give fewer files at once.'],
};

function systemError(error: unknown): Pick<ErrorReport, 'code' | 'message' | 'fix' | 'where'> | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : SYSTEM_ERRORS[code];
  if (known === undefined || code === undefined) return undefined;
  const [message, fix] = known;
  return {
    code: `system/${code.toLowerCase()}`,
    message: syscall === undefined ? message : `${message} (${syscall})`,
    fix,
    where: path === undefined ? {} : { file: path },
  };
}

/** One frame a line. What the message says stays on one, however many line ends are in it. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return onOneLine(String(error));
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  const { name, message, stack = '' } = error;
  // V8 begins a stack with the message as it was when the error was made; the frames come after it.
  const behind = stack.includes(message) ? stack.slice(stack.indexOf(message) + message.length) : '';
  const frames = behind.includes('\n') ? behind.slice(behind.indexOf('\n')) : '';
  return `${name}: ${onOneLine(message)}${frames}${cause}`;
}

function onOneLine(text: string): string {
  return text.replaceAll('\n', String.raw`\n`);
}
