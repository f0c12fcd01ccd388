import type { Problem } from '../../fault/fault.ts';
import type { Content } from './checkpoint.ts';
import type { KnownContents } from './known-contents.ts';
import { generationMissing } from './lost-telemetry.ts';
import { nothingLeft } from './rest-of-content.ts';

/**
 * Logs that an earlier run had read to their end, and of which nothing is left: when there is something of them again,
 * rotation may have deleted what came between, and nobody ever saw that.
 */
export class MissingGenerations {
  readonly #known: KnownContents;
  /** By a path of each log: the contents that were known. */
  readonly #ended = new Map<string, readonly Content[]>();
  #looked = false;

  /** `contents`: of the checkpoints, as far as they are followed again. */
  constructor(contents: readonly Content[], known: KnownContents) {
    this.#known = known;
    const seen = new Set<Content>();
    for (const content of contents) {
      if (seen.has(content)) continue;
      const log = known.ofLog(content.path);
      for (const other of log) seen.add(other);
      // What has not ended is looked for, and missed, by itself.
      if (log.every(({ ended }) => ended)) this.#ended.set(content.path, log);
    }
  }

  /** To be asked after every look at all names. Each log is told of once. */
  async problems(): Promise<readonly Problem[]> {
    if (!this.#looked) {
      for (const [path, contents] of this.#ended)
        if (!(await nothingLeft(path, contents))) this.#ended.delete(path);
    }
    this.#looked = true;
    const found: Problem[] = [];
    for (const [path, contents] of this.#ended) {
      if (this.#known.ofLog(path).length === contents.length) continue;
      this.#ended.delete(path);
      found.push(generationMissing(path));
    }
    return found;
  }
}
