import { Content, type Checkpoint, type InodeName } from './checkpoint.ts';
import { logName, nearby } from './rotated-names.ts';

/** The contents that a follower knows: of this run, and of earlier ones by their checkpoints. */
export class KnownContents {
  readonly #byInode = new Map<string, Content[]>();
  readonly #byName = new Map<string, Set<Content>>();

  /** Of checkpoints with one key the last counts. */
  constructor(checkpoints: readonly Checkpoint[]) {
    const last = new Map(checkpoints.map((checkpoint) => [checkpoint.key, checkpoint]));
    for (const checkpoint of last.values()) this.add(new Content(checkpoint));
  }

  add(content: Content): void {
    const key = keyOf(content);
    this.#byInode.set(key, [content, ...(this.#byInode.get(key) ?? [])]);
    const name = logName(content.path);
    this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(content));
  }

  /** The content is in another file now, of the same log. */
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

  /** Every content of logs that are called as this one, wherever they are. */
  called(path: string): readonly Content[] {
    return [...(this.#byName.get(logName(path)) ?? [])];
  }

  /** Every content of a log, under whatever name, in its folder or its archive. */
  ofLog(path: string): readonly Content[] {
    return this.called(path).filter((content) => nearby(content.path, path));
  }

  /**
   * When a log began to be followed, or earlier, in ms since 1970: what was last written before that is older than all that is
   * known of it. The least of all times, not the newest: of several files that rotation has made, a kill may have let
   * us remember the last alone. Undefined of a log that is not known.
   */
  followedSince(path: string): number | undefined {
    let since: number | undefined;
    for (const { modified } of this.ofLog(path)) since = Math.min(since ?? modified, modified);
    return since;
  }

  *[Symbol.iterator](): Iterator<Content> {
    for (const contents of this.#byName.values()) yield* contents;
  }
}

function keyOf({ device, inode }: InodeName): string {
  return `${device}:${inode}`;
}
