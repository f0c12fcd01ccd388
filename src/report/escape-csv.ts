import { showControls } from '../text/acting-characters.ts';

/**
 * What spreadsheets take for a formula at the start of a cell: `= + - @`, tab, carriage return, line feed, and the
 * full-width forms of the four (OWASP, "CSV Injection"); after white space too, since some importers trim.
 */
const FORMULA_START = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/;

/** `-3`, `+1.5`, `1e3`: a value, not a formula. */
const PLAIN_NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * One CSV field (RFC 4180). Acting characters are shown (`\n`, `\x1b`), so one record is always one line. Text
 * that a spreadsheet would run as a formula gets a leading apostrophe, which makes it text there; plain numbers
 * do not need one. Quoted when it holds a comma, semicolon, quote, apostrophe guard or outer space.
 */
export function escapeCsv(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const guard = FORMULA_START.test(value) && !PLAIN_NUMBER.test(value) ? "'" : '';
  const field = `${guard}${showControls(value)}`;
  return /[",;']|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** One record with its line end (CR LF, as RFC 4180 has it). */
export function csvRecord(values: readonly (string | number | undefined)[]): string {
  return `${values.map(escapeCsv).join(',')}\r\n`;
}
