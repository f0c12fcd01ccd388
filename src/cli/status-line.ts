import { truncate } from '../report/wrap.ts';
import { columnsOf, type Outlet } from './print.ts';

/** One line on a terminal that is written over; other lines go above it. Nothing at all in a pipe. */
export interface StatusLine {
  /** Whether somebody sees it. */
  readonly visible: boolean;
  /** The caller has escaped what came from outside. */
  readonly show: (text: string) => void;
  readonly clear: () => void;
}

/** A status line on the stream when it is a terminal. */
export function createStatusLine(stream: Outlet, enabled: boolean): StatusLine {
  if (!enabled || stream.isTTY !== true)
    return { visible: false, show: () => undefined, clear: () => undefined };
  let drawn = false;
  return {
    visible: true,
    show: (text) => {
      stream.write(`\r\u001B[2K${truncate(text, columnsOf(stream, 80) - 1)}`);
      drawn = true;
    },
    clear: () => {
      if (drawn) stream.write('\r\u001B[2K');
      drawn = false;
    },
  };
}
