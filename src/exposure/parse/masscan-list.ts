import type { Instant } from '../../time/instant.ts';
import { LineReader, MAX_LINE_BYTES } from './line-reader.ts';
import type { Line } from './lines.ts';
import { instantOf, masscanHost, type MasscanAnswer } from './masscan-host.ts';
import { headerOf } from './run-writer.ts';
import { quote } from './xml-fields.ts';

/**
 * Reads masscan's list, `-oL`: `open tcp 80 192.0.2.1 1700000000`, banners as
 * `banner tcp 80 192.0.2.1 1700000000 http HTTP/1.1…`. Each line is a piece of a host. The list names
 * neither command nor ports, so the run begins with the time of its first answer. It is complete when
 * `# end` was reached.
 */
export class MasscanListReader extends LineReader {
  #last: Instant | undefined;
  #cut = false;

  constructor(maxLineBytes: number = MAX_LINE_BYTES) {
    super(maxLineBytes);
  }

  line(line: Line): void {
    const { text } = line;
    if (text.startsWith('#')) this.#comment(text);
    else if (text.trim() !== '') this.#answer(line);
    this.#cut = !line.ended;
  }

  #comment(text: string): void {
    const words = text.slice(1).trim();
    if (words === 'masscan') {
      this.finish();
    } else if (words === 'end') {
      if (!this.run.isOpen) this.run.begin(headerOf('masscan-list', 'masscan'));
      this.run.end({ status: 'complete', ...this.#end() });
    }
  }

  #end(): { end?: Instant } {
    return this.#last === undefined ? {} : { end: this.#last };
  }

  #answer({ text, number, offset }: Line): void {
    const fields = text.split(' ', 6);
    const [state = '', protocol = '', port = '', ip = '', timestamp = '', kind] = fields;
    if (fields.length < 5) {
      this.log.problem(
        'parse/malformed',
        `${quote(text)} is not a line of masscan's list`,
        offset,
        undefined,
        number,
      );
      return;
    }
    const answer: MasscanAnswer = { state, protocol, port, ip, timestamp };
    let banner: Pick<MasscanAnswer, 'state' | 'banner'> | undefined;
    if (state === 'banner') {
      const before = fields.join(' ').length;
      banner = { state: 'open', banner: { kind: kind ?? 'unknown', text: text.slice(before + 1) } };
    }
    const host = masscanHost({ ...answer, ...banner }, (field, value, expected) =>
      this.log.problem('parse/out-of-range', `${quote(value)} is not ${expected}`, offset, field, number),
    );
    if (host === undefined) return;
    const at = instantOf(timestamp);
    if (!this.run.isOpen) {
      this.run.begin(headerOf('masscan-list', 'masscan', at === undefined ? {} : { start: at }));
    }
    this.#last = at ?? this.#last;
    this.run.host(host);
  }

  protected override finish(): void {
    this.run.end({ status: this.#cut ? 'truncated' : 'interrupted', ...this.#end() });
    this.#last = undefined;
  }
}
