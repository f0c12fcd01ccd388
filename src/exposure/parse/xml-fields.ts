import { fromSeconds, type Instant } from '../../time/instant.ts';
import type { EventLog } from './problems.ts';
import { ABSENT, type XmlAttributes } from './xml-attributes.ts';

/** 2255-06-05: past it an Instant is no longer exact (time/instant.ts). */
const LAST_SECOND = 9_007_199_254;

/** How a quoted value is shown in a problem. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

/** Attributes as the values they stand for. What is out of range is a problem and counts as absent. */
export class XmlFields {
  readonly #log: EventLog;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** A whole number from 0 to `max`; undefined when absent or wrong. `field` is `element/@name`. */
  uint(attributes: XmlAttributes, name: string, max: number, field: string): number | undefined {
    const value = attributes.uint(name);
    if (value >= 0 && value <= max) return value;
    if (value !== ABSENT) this.wrong(attributes, name, field, `a whole number from 0 to ${max}`);
    return undefined;
  }

  /** A decimal number that is not negative, such as a round-trip time. */
  decimal(attributes: XmlAttributes, name: string, field: string): number | undefined {
    const text = attributes.get(name);
    if (text === undefined) return undefined;
    if (/^[0-9]{1,12}(\.[0-9]{1,12})?$/.test(text)) return Number(text);
    this.wrong(attributes, name, field, 'a decimal number');
    return undefined;
  }

  /** Epoch seconds. */
  instant(attributes: XmlAttributes, name: string, field: string): Instant | undefined {
    const seconds = this.uint(attributes, name, LAST_SECOND, field);
    return seconds === undefined ? undefined : fromSeconds(seconds);
  }

  /** Records that an attribute is not there, or not what it should be. */
  wrong(attributes: XmlAttributes, name: string, field: string, expected: string): void {
    const value = attributes.get(name);
    const offset = attributes.offsetOf(name);
    if (value === undefined)
      this.#log.problem('parse/missing', `there is none, but ${expected} is needed`, offset, field);
    else this.#log.problem('parse/out-of-range', `${quote(value)} is not ${expected}`, offset, field);
  }
}
