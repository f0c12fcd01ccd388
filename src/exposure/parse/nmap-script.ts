import type { Script, ScriptElement, ScriptTable } from '../model/host.ts';
import type { XmlAttributes } from './xml-attributes.ts';

interface OpenTable {
  readonly key: string | undefined;
  readonly items: (ScriptTable | ScriptElement)[];
}

/** Builds one `<script>` with its nested `<table>` and `<elem>`. Keys may be absent and may repeat. */
export class ScriptBuilder {
  readonly #id: string;
  readonly #output: string;
  readonly #open: OpenTable[] = [{ key: undefined, items: [] }];
  #elementKey: string | undefined;
  #text: string[] | undefined;

  constructor(attributes: XmlAttributes) {
    this.#id = attributes.get('id') ?? '';
    this.#output = attributes.get('output') ?? '';
  }

  /** Takes an element inside the script; false when it is none that Nmap writes there. */
  open(name: string, attributes: XmlAttributes): boolean {
    if (this.#text !== undefined) return false;
    if (name === 'table') {
      this.#open.push({ key: attributes.get('key'), items: [] });
      return true;
    }
    if (name !== 'elem') return false;
    this.#elementKey = attributes.get('key');
    this.#text = [];
    return true;
  }

  /** Whether an `<elem>` is open, whose text is wanted. */
  get wantsText(): boolean {
    return this.#text !== undefined;
  }

  text(text: string): void {
    this.#text?.push(text);
  }

  close(): void {
    if (this.#text !== undefined) {
      const value = this.#text.length === 1 ? this.#text[0]! : this.#text.join('');
      const key = this.#elementKey;
      this.#open.at(-1)?.items.push(key === undefined ? { value } : { key, value });
      this.#text = undefined;
      return;
    }
    const { key, items } = this.#open.pop()!;
    this.#open.at(-1)?.items.push(key === undefined ? { items } : { key, items });
  }

  finish(): Script {
    const items = this.#open[0]?.items ?? [];
    const base = { id: this.#id, output: this.#output };
    return items.length === 0 ? base : { ...base, items };
  }
}
