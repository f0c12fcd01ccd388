import { columnsOf, safe, type Outlet } from './print.ts';

/** How far a long piece of work has come. */
export interface Step {
  /** What is being worked on: a file name, for instance. Escaped when printed. */
  readonly label: string;
  readonly done: number;
  /** Undefined when nobody knows: standard input, for instance. */
  readonly total?: number | undefined;
  readonly unit: 'bytes' | 'items';
}

/** A single line on a terminal that is drawn over and over; nothing at all in a pipe. */
export interface Progress {
  readonly update: (step: Step) => void;
  /** Removes the line. */
  readonly end: () => void;
}

/** Milliseconds between two drawings: smooth to look at, and free. */
const INTERVAL = 100;
/** Seconds over which the rate is smoothed: short enough to follow, long enough to read. */
const SMOOTHING = 3;

/** Draws on the stream when it is a terminal. `now` tells milliseconds. */
export function createProgress(stream: Outlet, enabled: boolean, now: () => number): Progress {
  if (!enabled || stream.isTTY !== true) return { update: () => undefined, end: () => undefined };
  let drawnAt = -Infinity;
  let measured: { at: number; done: number; label: string } | undefined;
  let rate = 0;
  let visible = false;
  return {
    update: (step) => {
      const at = now();
      if (measured === undefined || measured.label !== step.label || step.done < measured.done) {
        measured = { at, done: step.done, label: step.label };
        rate = 0;
      }
      const finished = step.total !== undefined && step.done >= step.total;
      if (at - drawnAt < INTERVAL && !finished) return;
      const seconds = (at - measured.at) / 1000;
      if (seconds > 0) {
        const current = (step.done - measured.done) / seconds;
        const weight = rate === 0 ? 1 : 1 - Math.exp(-seconds / SMOOTHING);
        rate += (current - rate) * weight;
        measured = { at, done: step.done, label: step.label };
      }
      drawnAt = at;
      visible = true;
      stream.write(`\r\u001B[2K${formatStep(step, rate, columnsOf(stream, 80) - 1)}`);
    },
    end: () => {
      if (visible) stream.write('\r\u001B[2K');
      visible = false;
    },
  };
}

/** `office.xml  43%  132 MB of 306 MB  58 MB/s  3 s left`, cut to the columns given. */
export function formatStep(step: Step, ratePerSecond: number, columns: number): string {
  const { done, total, unit } = step;
  const amount = (value: number): string =>
    unit === 'bytes' ? formatBytes(value) : value.toLocaleString('en');
  const figures = [
    ...(total === undefined || total === 0 ? [] : [`${Math.min(100, Math.floor((done / total) * 100))}%`]),
    total === undefined ? amount(done) : `${amount(done)} of ${amount(total)}`,
    ...(ratePerSecond > 0 ? [`${amount(Math.round(ratePerSecond))}/s`] : []),
    ...(ratePerSecond > 0 && total !== undefined && done < total
      ? [`${formatSeconds((total - done) / ratePerSecond)} left`]
      : []),
  ].join('  ');
  const room = columns - figures.length - 2;
  if (room < 8) return figures.slice(0, Math.max(0, columns));
  const label = safe(step.label);
  // The end of a path says more than its beginning.
  return `${label.length > room ? `…${label.slice(label.length - room + 1)}` : label}  ${figures}`;
}

/** `312 kB`, `1.4 GB`: powers of 1000, as disks and networks are sold. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let index = 0;
  while (value >= 999.5 && index < units.length - 1) {
    value /= 1000;
    index += 1;
  }
  return `${index === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[index]}`;
}

/** `3 s`, `2 min`, `1 h 5 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
