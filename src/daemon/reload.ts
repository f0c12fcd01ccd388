import type { Config } from '../config/config.ts';

/** What a configuration that was read again changes. */
export interface ReloadPlan {
  /** Keys that keep their old value until a restart. */
  readonly restart: readonly string[];
  /** The new configuration, with the old values of those keys. */
  readonly effective: Config;
  readonly parts: {
    /** Names of parts that end: gone from the configuration, or described otherwise. */
    readonly gone: ReadonlySet<string>;
    /** Names of parts that begin. */
    readonly fresh: ReadonlySet<string>;
  };
}

/** Compares two configurations. */
export function reloadPlan(old: Config, next: Config): ReloadPlan {
  const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  const restart = [
    ...(differs(old.store, next.store) ? ['store'] : []),
    ...(differs(old.server, next.server) ? ['server'] : []),
    ...(differs(old.audit, next.audit) ? ['audit'] : []),
    ...(differs(old.recon.retention, next.recon.retention) ? ['recon.retention'] : []),
    ...(old.serve.socket === next.serve.socket ? [] : ['serve.socket']),
  ];
  const { socket: _, ...serve } = next.serve;
  const effective: Config = {
    ...next,
    store: old.store,
    server: old.server,
    audit: old.audit,
    recon: { ...next.recon, retention: old.recon.retention },
    serve: { ...serve, ...(old.serve.socket === undefined ? {} : { socket: old.serve.socket }) },
  };
  const [before, after] = [inputsOf(old), inputsOf(effective)];
  const gone = [...before].filter(([name, what]) => after.get(name) !== what).map(([name]) => name);
  const fresh = [...after].filter(([name, what]) => before.get(name) !== what).map(([name]) => name);
  return { restart, effective, parts: { gone: new Set(gone), fresh: new Set(fresh) } };
}

/** Parts that the configuration describes, by name, each with its description. */
function inputsOf({ serve, recon, sinks }: Config): ReadonlyMap<string, string> {
  const { sensor, sampling, utcOffsetMinutes, latenessSeconds } = recon;
  return new Map([
    ...sinks.map((each) => [`sink ${each.name}`, JSON.stringify(each)] as const),
    ...(serve.drop.folder === undefined ? [] : [['drop folder', JSON.stringify(serve.drop)] as const]),
    ...serve.watch.map(
      (each) =>
        [
          `watch ${each.name}`,
          // What a watcher does not say is as `recon` says when it begins.
          JSON.stringify([each, sensor, sampling, utcOffsetMinutes, latenessSeconds]),
        ] as const,
    ),
  ]);
}
