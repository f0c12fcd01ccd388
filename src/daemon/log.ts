/** How much something matters: `warning` asks for a look some time, `error` for one soon. */
export type LogLevel = 'info' | 'warning' | 'error';

/** One event for the log. Texts may quote the outside: whoever writes them escapes. */
export interface LogEntry {
  readonly level: LogLevel;
  /** `room.what`, for programs: `part.failing`, `scan.imported`. */
  readonly event: string;
  /** For people, in one sentence without a full stop. */
  readonly message: string;
  /** What belongs to it, for programs. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** Takes what is to be logged. Must not throw. */
export type Log = (level: LogLevel, event: string, message: string, fields?: LogEntry['fields']) => void;
