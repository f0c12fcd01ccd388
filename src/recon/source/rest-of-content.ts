import { inodeName, type Content } from './checkpoint.ts';
import { fileHead, isWhole, type FileHead } from './file-head.ts';
import type { KnownContents } from './known-contents.ts';
import { rotatedNames } from './rotated-names.ts';

/** Searches for a file that rotation has moved, before it is given up: names may be shifted while we look. */
const ATTEMPTS = 4;

/** What became of a content that is not where it was. */
export type Rest =
  | { readonly kind: 'file'; readonly path: string; readonly head: FileHead }
  /** It is read from its start as a content of its own: a copy that was found while it was made. */
  | { readonly kind: 'read-elsewhere' };

/** Looks for what a content has become by rotation; undefined when that is nowhere. */
export function findRest(content: Content, known: KnownContents): Promise<Rest | undefined> {
  return again(() => candidate(content, known));
}

/** Whether no file of a log, however rotated, begins as one of these contents does. */
export async function nothingLeft(path: string, contents: readonly Content[]): Promise<boolean> {
  const left = await again(async () => {
    for (const name of await rotatedNames(path)) {
      const head = await fileHead(name);
      if (head !== undefined && contents.some((content) => content.begins(head.head))) return name;
    }
    return undefined;
  });
  return left === undefined;
}

/** A rotation that shifts names while we look can hide a file from us. */
async function again<T>(search: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await search();
    if (found !== undefined || attempt === ATTEMPTS) return found;
    await new Promise((resolve) => setTimeout(resolve, 10 * attempt));
  }
}

async function candidate(content: Content, known: KnownContents): Promise<Rest | undefined> {
  let oldest: Extract<Rest, { kind: 'file' }> | undefined;
  let elsewhere: Rest | undefined;
  for (const path of await rotatedNames(content.path)) {
    const head = await fileHead(path);
    if (head === undefined || !content.begins(head.head)) continue;
    const others = known.ofInode(inodeName(head.status)).filter((other) => other !== content);
    if (others.some((other) => other.active || other.begins(head.head))) {
      if (others.some((other) => other.begins(head.head))) elsewhere = { kind: 'read-elsewhere' };
      continue;
    }
    if (!isWhole(head) && head.status.size < BigInt(content.offset)) continue;
    // Of several that begin alike, the one that was written next after we last looked: it keeps its time, or a copy has a later one.
    const { mtimeMs, mtimeNs } = head.status;
    if (mtimeMs < BigInt(content.modified)) continue;
    if (oldest === undefined || mtimeNs < oldest.head.status.mtimeNs) oldest = { kind: 'file', path, head };
  }
  return oldest ?? elsewhere;
}
