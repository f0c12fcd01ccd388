import type { ChangeFeed, ChangeNotice } from '../assembly/change-feed.ts';
import type { SinkRoom } from '../assembly/stored-sinks.ts';
import type { Workspace } from '../assembly/workspace.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../time/instant.ts';
import type { Bell } from './bell.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** What there may be to do, each with the bell that wakes the part that does it. */
export interface Bells {
  /** There may be a scan that nobody has assessed. */
  readonly assess: Bell;
  /** There may be telemetry that nobody has judged. */
  readonly detect: Bell;
  /** A finding may have changed. */
  readonly deliver: Bell;
}

/** What the parts work with. */
export interface Context {
  readonly workspace: Workspace;
  /** The configuration in effect: asked for each time, since it may be read again. */
  readonly config: () => Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly feed: ChangeFeed;
  readonly bells: Bells;
  /** Wakes every sink that waits for messages: each has a bell of its own, since a bell wakes one. */
  readonly sinkBells: Set<Bell>;
  /** Environment of scans: PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sinks: Pick<SinkRoom, 'version' | 'stdout'>;
}

/** Tells who follows that something changed. */
export function publish(
  { feed, clock }: Pick<Context, 'feed' | 'clock'>,
  kind: ChangeNotice['kind'],
  ids: readonly string[] = [],
): void {
  feed.publish({ kind, ids, at: clock() });
}
