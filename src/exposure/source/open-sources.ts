import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Fault, type Problem } from '../../fault/fault.ts';
import {
  BrokenStream,
  compressionOf,
  decompress,
  DEFAULT_EXPANSION,
  type ExpansionLimits,
} from '../../files/decompress.ts';
import { expand, pathFault } from '../../files/expand.ts';
import { chained, fileChunks, streamChunks } from '../../files/read-chunks.ts';
import type { Source, SourceSummary } from '../model/source.ts';

/** What stands behind an argument: a source, or why there is none. Neither of the others stops the rest. */
export type OpenedSource =
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'fault'; readonly name: string; readonly fault: Fault }
  | { readonly kind: 'skipped'; readonly name: string; readonly why: string };

/** What `openSources` may be given besides its arguments. */
export interface SourceOptions {
  /** Read for the argument `-`. */
  readonly stdin?: Readable;
  readonly expansion?: ExpansionLimits;
}

/**
 * Opens files, directories (all files below them), patterns and `-`, one at a time and in order;
 * decompresses gzip and zstd, which it knows by their first bytes. What cannot be opened is yielded
 * as a fault. Where `nmap -oA` left several forms of one scan side by side, only its XML is taken:
 * the others would be the same run with less in it.
 */
export async function* openSources(
  args: readonly string[],
  options: SourceOptions = {},
): AsyncGenerator<OpenedSource> {
  const expansion = options.expansion ?? DEFAULT_EXPANSION;
  for await (const found of expand(args, { leftOut: coveredBy })) {
    switch (found.kind) {
      case 'file':
        yield* openFile(found.path, expansion);
        break;
      case 'stdin':
        yield openStdin(options.stdin ?? process.stdin, expansion);
        break;
      case 'skipped':
        yield { kind: 'skipped', name: found.path, why: found.why };
        break;
      case 'fault':
        yield { kind: 'fault', name: found.path, fault: found.fault };
        break;
      default:
        found satisfies never;
    }
  }
}

async function* openFile(path: string, expansion: ExpansionLimits): AsyncGenerator<OpenedSource> {
  let handle: FileHandle;
  let size: number | undefined;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    yield { kind: 'fault', name: path, fault: pathFault(path, error) };
    return;
  }
  try {
    const status = await handle.stat();
    size = status.isFile() ? status.size : undefined;
    yield {
      kind: 'source',
      source: new OpenSource(path, size, () => fileChunks(handle, path, size !== undefined), expansion),
    };
  } finally {
    await handle.close();
  }
}

function openStdin(stdin: Readable, expansion: ExpansionLimits): OpenedSource {
  return {
    kind: 'source',
    source: new OpenSource('-', undefined, () => streamChunks(stdin, '-'), expansion),
  };
}

class OpenSource implements Source {
  readonly name: string;
  readonly bytesOnDisk: number | undefined;
  bytesRead = 0;
  readonly #raw: () => AsyncGenerator<Uint8Array>;
  readonly #expansion: ExpansionLimits;
  #summary: SourceSummary | undefined;

  constructor(
    name: string,
    bytesOnDisk: number | undefined,
    raw: () => AsyncGenerator<Uint8Array>,
    expansion: ExpansionLimits,
  ) {
    this.name = name;
    this.bytesOnDisk = bytesOnDisk;
    this.#raw = raw;
    this.#expansion = expansion;
  }

  get rereadable(): boolean {
    return this.bytesOnDisk !== undefined;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const raw = this.#counted();
    // Enough of the beginning to see the compression, even when a pipe hands out single bytes.
    const head: Uint8Array[] = [];
    let headBytes = 0;
    while (headBytes < 4) {
      const next = await raw.next();
      if (next.done === true) break;
      head.push(next.value);
      headBytes += next.value.length;
    }
    const compression = compressionOf(Buffer.concat(head).subarray(0, 4));
    const hash = createHash('sha256');
    const problems: Problem[] = [];
    let bytes = 0;
    try {
      for await (const chunk of decompress(compression, chained(head, raw), this.#expansion, this.name)) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (!(error instanceof BrokenStream)) throw error;
      if (bytes === 0) {
        const fix = 'Get the file again from where it came from.';
        throw new Fault(
          'source/damaged',
          `${this.name}: ${error.message}`,
          fix,
          { file: this.name },
          { cause: error },
        );
      }
      problems.push({
        code: 'source/damaged',
        message: `the compressed data breaks off (${error.message})`,
        where: { file: this.name, offset: bytes },
      });
    }
    this.#summary = { sha256: hash.digest('hex'), bytes, compression, problems };
  }

  async *#counted(): AsyncGenerator<Uint8Array> {
    this.bytesRead = 0;
    for await (const chunk of this.#raw()) {
      this.bytesRead += chunk.length;
      yield chunk;
    }
  }

  summary(): SourceSummary {
    if (this.#summary === undefined) throw new TypeError(`${this.name} has not been read to its end`);
    return this.#summary;
  }
}

/** Why a file of `nmap -oA` is left to its XML sibling, or undefined. */
function coveredBy(name: string, siblings: ReadonlySet<string>): string | undefined {
  const match = /^(.+)\.(?:gnmap|nmap)$/.exec(name);
  if (match === null) return undefined;
  const sibling = [`${match[1]}.xml`, `${match[1]}.xml.gz`, `${match[1]}.xml.zst`].find((xml) =>
    siblings.has(xml),
  );
  return sibling === undefined ? undefined : `${sibling} holds the same scan`;
}
