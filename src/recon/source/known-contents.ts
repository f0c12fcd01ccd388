import { Content, type Checkpoint, type InodeName } from './checkpoint.ts';
import { nearby, sameLog } from './rotated-names.ts';

/** The contents that a follower knows: of this run, and of earlier ones by their checkpoints. */
export class KnownContents {
  readonly #all = new Set<Content>();
  readonly #byInode = new Map<string, Content[]>();

  /** Of checkpoints with one key the last counts. */
  constructor(checkpoints: readonly Checkpoint[]) {
    const last = new Map(checkpoints.map((checkpoint) => [checkpoint.key, checkpoint]));
    for (const checkpoint of last.values()) this.add(new Content(checkpoint));
  }

  add(content: Content): void {
    this.#all.add(content);
    const key = keyOf(content);
    this.#byInode.set(key, [content, ...(this.#byInode.get(key) ?? [])]);
  }

  /** The content is in another file now. */
  move(content: Content, path: string, file: InodeName): void {
    const rest = this.ofInode(content).filter((other) => other !== content);
    this.#byInode.set(keyOf(content), rest);
    content.path = path;
    content.device = file.device;
    content.inode = file.inode;
    this.add(content);
  }

  /** What has been in a file, the newest first. */
  ofInode(file: InodeName): readonly Content[] {
    return this.#byInode.get(keyOf(file)) ?? [];
  }

  /** Every content of a log, under whatever name, in its folder or its archive. */
  ofLog(path: string): readonly Content[] {
    return [...this.#all].filter((content) => sameLog(content.path, path) && nearby(content.path, path));
  }

  /**
   * When a log began to be followed, or earlier, in ms since 1970: what was last written before that is older than all that is
   * known of it. The least of all times, not the newest: of several files that rotation has made, a kill may have let
   * us remember the last alone. Undefined of a log that is not known.
   */
  followedSince(path: string): number | undefined {
    const times = this.ofLog(path).map(({ modified }) => modified);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  [Symbol.iterator](): Iterator<Content> {
    return this.#all.values();
  }
}

function keyOf({ device, inode }: InodeName): string {
  return `${device}:${inode}`;
}
