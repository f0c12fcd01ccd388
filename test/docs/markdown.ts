/** A fenced block of a page. */
export interface FencedBlock {
  /** Language of the info string: `sh`, `console`, `yaml`; empty without one. */
  readonly language: string;
  /** What follows the language: `exit=1`, `norun reason="…"`. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Line of the opening fence, counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** A link of a page, as written. */
export interface Link {
  readonly line: number;
  readonly target: string;
}

/** What the tests need of a page in Markdown. Fences of backticks only, indented or not: the pages use no others. */
export interface Page {
  readonly blocks: readonly FencedBlock[];
  readonly links: readonly Link[];
  /** Anchors of the headings, after GitHub's rule. */
  readonly anchors: ReadonlySet<string>;
  readonly headings: readonly string[];
}

const FENCE = /^( *)```+([^`]*)$/;
const HEADING = /^(#{1,6}) +(.+?) *#*$/;
/** `[text](target)` and `![text](target)`; `<…>` around a target is taken off. */
const LINK = /\]\(<?([^()\s<>]+)>?(?: +"[^"]*")?\)/g;
/** `[name]: target` on a line of its own. */
const REFERENCE = /^\[[^\]]+\]: +(\S+)$/;

/** Reads a page. */
export function readPage(text: string): Page {
  const blocks: FencedBlock[] = [];
  const links: Link[] = [];
  const anchors = new Set<string>();
  const headings: string[] = [];
  let open: { readonly info: string; readonly line: number; readonly indent: number } | undefined;
  let inside: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const fence = FENCE.exec(line);
    if (open !== undefined) {
      if (fence !== null && fence[2]?.trim() === '') {
        blocks.push({ ...readInfo(open.info), line: open.line, text: `${inside.join('\n')}\n` });
        open = undefined;
      } else inside.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
      continue;
    }
    if (fence !== null) {
      open = { info: fence[2]?.trim() ?? '', line: index + 1, indent: fence[1]?.length ?? 0 };
      inside = [];
      continue;
    }
    const heading = HEADING.exec(line)?.[2];
    if (heading !== undefined) {
      headings.push(heading);
      anchors.add(freeAnchor(anchorOf(heading), anchors));
    }
    const prose = line.replaceAll(/`[^`]*`/g, '``');
    for (const [, target = ''] of prose.matchAll(LINK)) links.push({ line: index + 1, target });
    const reference = REFERENCE.exec(prose)?.[1];
    if (reference !== undefined) links.push({ line: index + 1, target: reference });
  }
  if (open !== undefined) throw new Error(`the block of line ${open.line} has no end`);
  return { blocks, links, anchors, headings };
}

/** GitHub's anchor of a heading: lower case, without punctuation, blanks as hyphens. */
function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
}

function freeAnchor(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let number = 1; ; number++) if (!taken.has(`${wanted}-${number}`)) return `${wanted}-${number}`;
}

function readInfo(info: string): Pick<FencedBlock, 'language' | 'attributes'> {
  const language = /^\S*/.exec(info)?.[0] ?? '';
  const attributes = new Map<string, string>();
  for (const [, name = '', quoted, bare] of info
    .slice(language.length)
    .matchAll(/([a-z]+)(?:=(?:"([^"]*)"|(\S+)))?/g))
    attributes.set(name, quoted ?? bare ?? '');
  return { language, attributes };
}
