import type { ChangeLine } from '../../findings/summary.ts';
import type { Deviation } from '../model/deviation.ts';
import { deviationWords } from './change-words.ts';
import { count } from './reliability.ts';

/** Different lines that are kept while gathering, and that are shown. Banners can make every line differ. */
const LINES_KEPT = 5_000;
const LINES_SHOWN = 200;

interface Line {
  readonly kind: string;
  readonly text: string;
  readonly comparable: boolean;
  readonly host: Deviation['host'];
  hosts: number;
}

/** The "what changed" list: the same sentence on several hosts is one line with their number. */
export class ChangeLines {
  readonly #against: string;
  readonly #lines = new Map<string, Line>();
  #further = 0;

  constructor(against: string) {
    this.#against = against;
  }

  /** Takes in one deviation, in the order of the change set. */
  add(deviation: Deviation): void {
    const text = deviationWords(deviation, this.#against);
    const { kind } = deviation.changes[0];
    const key = JSON.stringify([kind, deviation.comparable, text]);
    const known = this.#lines.get(key);
    if (known !== undefined) known.hosts += 1;
    else if (this.#lines.size < LINES_KEPT) {
      this.#lines.set(key, { kind, text, comparable: deviation.comparable, host: deviation.host, hosts: 1 });
    } else this.#further += 1;
  }

  /** Lines in the order in which they were first met; the last one counts what is not shown. */
  lines(): ChangeLine[] {
    const all = [...this.#lines.values()];
    const shown: ChangeLine[] = all.slice(0, LINES_SHOWN).map((line) => ({
      kind: line.kind,
      host: line.hosts === 1 ? line.host : undefined,
      text: line.hosts === 1 ? line.text : `${line.text} (on ${count(line.hosts, 'host')})`,
      comparable: line.comparable,
    }));
    const left = all.slice(LINES_SHOWN).reduce((sum, line) => sum + line.hosts, this.#further);
    if (left > 0) {
      shown.push({
        kind: 'more',
        host: undefined,
        text: count(left, 'further change'),
        comparable: true,
      });
    }
    return shown;
  }
}
