import { Buffer } from 'node:buffer';
import { formatIpv4 } from '../../net/ip-address.ts';
import { addressOfSlice } from '../diff/host-slices.ts';
import { sameHostBytes } from '../diff/same-host-bytes.ts';
import { compareRuns } from '../diff/compare-runs.ts';
import { diffHost } from '../diff/diff-host.ts';
import { diffMissing, diffRunLevel, sortHostDiffs } from '../diff/diff-runs.ts';
import { sortChanges } from '../diff/sort-changes.ts';
import { viewHost } from '../model/coverage.ts';
import { depthOf, type Depth } from '../model/depth.ts';
import type { Host } from '../model/host.ts';
import type { HostDiff, RunDiff } from '../model/run-diff.ts';
import { type DiffInput, NotPlain, type Key, type Waiting, Side, keyOf, standingOn } from './diff-side.ts';
import { type InputDiffOptions, type InputDiff, conclude } from './diff-verdict.ts';

/**
 * Walks two XML inputs side by side: hosts that are equal byte for byte, but for what is never compared, are
 * not read at all. Throws NotPlain when only reading the inputs whole can tell.
 */
export class TwinDiff {
  readonly #a: Side;
  readonly #b: Side;
  readonly #options: InputDiffOptions;
  readonly #hosts: HostDiff[] = [];
  #depth: Depth | undefined;

  constructor(a: DiffInput, b: DiffInput, options: InputDiffOptions) {
    this.#a = new Side(a);
    this.#b = new Side(b);
    this.#options = options;
  }

  async run(): Promise<InputDiff> {
    const a = this.#a;
    const b = this.#b;
    try {
      while (!a.advance()) await a.fill();
      while (!b.advance()) await b.fill();
      while (!a.ended || !b.ended) {
        if (a.unsliced.length > 0) this.#drain(a, b);
        if (b.unsliced.length > 0) this.#drain(b, a);
        const moved = this.#step();
        if (moved !== 'b') while (!a.advance()) await a.fill();
        if (moved !== 'a') while (!b.advance()) await b.fill();
      }
      this.#drain(a, b);
      this.#drain(b, a);
      return this.#finish();
    } finally {
      await a.close();
      await b.close();
    }
  }

  /** Takes over hosts that the reader has met outside of slices. */
  #drain(side: Side, other: Side): void {
    for (const host of side.unsliced.splice(0)) {
      side.note(keyOf(host));
      this.#match(side, other, keyOf(host), { host });
    }
  }

  /** Matches the hosts on which the sides stand, or puts one aside; says which sides are through with theirs. */
  #step(): 'a' | 'b' | 'both' {
    const a = this.#a;
    const b = this.#b;
    const x = a.slices;
    const y = b.slices;
    const both = a.standing && b.standing;
    const same = both && sameHostBytes(x.buffer, x.from, x.to, y.buffer, y.from, y.to);
    const keyA = a.standing ? addressOfSlice(x.buffer, x.from, x.to) : -1;
    if (same && keyA >= 0) {
      a.note(keyA);
      b.note(keyA);
      a.reach.count();
      b.reach.count();
      return 'both';
    }
    const keyB = b.standing ? addressOfSlice(y.buffer, y.from, y.to) : -1;
    if (both && keyA >= 0 && keyA === keyB) {
      a.note(keyA);
      b.note(keyA);
      this.#compare(keyA, standingOn(a), standingOn(b));
      return 'both';
    }
    // Files in the order of addresses run side by side when the smaller address goes first; in any other
    // order hosts wait for their twins.
    const aFirst = !b.standing || keyA < keyB || b.waiting.has(keyA);
    if (a.standing && aFirst) {
      this.#put(a, b, keyA);
      return 'a';
    }
    this.#put(b, a, keyB);
    return 'b';
  }

  #put(side: Side, other: Side, key: number): void {
    const waiting = standingOn(side);
    if (key < 0) {
      side.unsliced.push(side.read(waiting.bytes));
    } else {
      side.note(key);
      this.#match(side, other, key, waiting);
    }
  }

  #match(side: Side, other: Side, key: Key, mine: Waiting): void {
    const twin = other.waiting.get(key);
    if (twin === undefined) {
      // A view into the window does not outlive the next chunk.
      side.waiting.set(key, 'bytes' in mine ? { bytes: Buffer.from(mine.bytes) } : mine);
      return;
    }
    other.waiting.delete(key);
    if (side === this.#a) this.#compare(key, mine, twin);
    else this.#compare(key, twin, mine);
  }

  #compare(key: Key, mine: Waiting, twin: Waiting): void {
    if ('bytes' in mine && 'bytes' in twin) {
      const { bytes: x } = mine;
      const { bytes: y } = twin;
      if (sameHostBytes(x, 0, x.length, y, 0, y.length)) {
        this.#a.reach.count();
        this.#b.reach.count();
        return;
      }
    }
    const before = this.#read(this.#a, key, mine);
    const after = this.#read(this.#b, key, twin);
    const { header: headerA } = this.#a;
    const { header: headerB } = this.#b;
    if (headerA === undefined || headerB === undefined) throw new NotPlain();
    this.#depth ??= depthOf(headerA, headerB);
    const views = { before: viewHost(headerA, before), after: viewHost(headerB, after) };
    const changes = diffHost(views.before, views.after, this.#depth);
    if (changes.length > 0)
      this.#hosts.push({ host: before.address, ...views, changes: sortChanges(changes) });
  }

  #read(side: Side, key: Key, waiting: Waiting): Host {
    const host = 'host' in waiting ? waiting.host : side.read(waiting.bytes);
    if (host.address !== (typeof key === 'number' ? formatIpv4(key) : key)) throw new NotPlain();
    side.reach.add(host);
    return host;
  }

  #finish(): InputDiff {
    const a = this.#a;
    const b = this.#b;
    const onlyA = Array.from(a.waiting, ([key, waiting]) => this.#read(a, key, waiting));
    const onlyB = Array.from(b.waiting, ([key, waiting]) => this.#read(b, key, waiting));
    a.finish();
    b.finish();
    if (a.unsliced.length + b.unsliced.length > 0) throw new NotPlain();
    const infoA = a.info();
    const infoB = b.info();
    const depth = depthOf(infoA, infoB);
    // Whether a name typed as a target stands at another address can only be told when all hosts are read.
    const typed = [...onlyA, ...onlyB].some((host) => host.hostnames.some((name) => name.type === 'user'));
    if (typed) throw new NotPlain();
    const reachA = a.reach.finish(infoA);
    const reachB = b.reach.finish(infoB);
    const hosts = [...this.#hosts];
    for (const host of onlyA) {
      const changes = diffMissing(host, 'before', reachB, reachA);
      hosts.push({ host: host.address, before: viewHost(infoA, host), after: undefined, changes });
    }
    for (const host of onlyB) {
      const changes = diffMissing(host, 'after', reachA, reachB);
      hosts.push({ host: host.address, before: undefined, after: viewHost(infoB, host), changes });
    }
    const diff: RunDiff = {
      a: infoA,
      b: infoB,
      comparability: compareRuns(infoA, infoB),
      depth,
      runChanges: sortChanges(diffRunLevel(infoA, infoB, depth)),
      hosts: sortHostDiffs(hosts),
    };
    return conclude(diff, this.#options, { a: a.problems, b: b.problems });
  }
}
