import type { BaselineVersion as WireVersion } from '../../api/baseline.ts';
import type { Who } from '../../assembly/stored-baselines.ts';
import { sameSeries } from '../../exposure/flow/stored-scans.ts';
import type { BaselineVersion } from '../../exposure/queries/baselines.ts';
import { formatInstant } from '../../time/instant.ts';
import { actorOf, type Caller } from '../gate.ts';
import { writeDown, type Context, type Handlers } from '../handlers.ts';
import { addressOf, instantOf, portIn } from '../wire/values.ts';

type Names = 'baseline.list' | 'baseline.learn' | 'baseline.approve' | 'baseline.pin' | 'baseline.rollback';

/** What is expected: versions, and how new ones come about. */
export function baselineRoutes(context: Context): Handlers<Names> {
  const { workspace, feed, clock } = context;

  async function made(version: BaselineVersion): Promise<{ version: WireVersion; inForce: number | null }> {
    const inForce = await workspace.baselines.inForce();
    feed.publish({ kind: 'baseline', ids: [String(version.version)], at: clock() });
    return { version: versionOf(version, inForce), inForce: inForce?.version ?? null };
  }
  const change = <T>(
    caller: Caller,
    subject: string,
    note: string,
    details: Readonly<Record<string, unknown>>,
    make: (who: Who) => Promise<T>,
  ): Promise<T> =>
    writeDown(context, caller, { action: 'baseline.changed', subject, why: note, details }, (before) =>
      make({ by: actorOf(caller).user, note, before }),
    );

  return {
    'baseline.list': async () => {
      const [versions, inForce] = await Promise.all([
        workspace.baselines.versions(),
        workspace.baselines.inForce(),
      ]);
      return {
        inForce: inForce?.version ?? null,
        versions: versions.map((version) => versionOf(version, inForce)).toReversed(),
      };
    },
    'baseline.learn': async ({ body: { scans, upTo, note } }, caller) => {
      const newest = await workspace.findRun(upTo ?? 'latest');
      const all = await workspace.listRuns();
      const every =
        upTo === undefined ? all : all.slice(0, 1 + all.findIndex(({ info }) => info.id === newest.info.id));
      const wanted =
        scans === undefined
          ? undefined
          : new Set(await Promise.all(scans.map(async (scan) => (await workspace.findRun(scan)).info.id)));
      const runs = every.filter((run) =>
        wanted === undefined ? sameSeries(run, newest) : wanted.has(run.info.id),
      );
      const scansOf = { scans: runs.slice(0, 1_000).map(({ info }) => info.id) };
      const learned = await change(caller, 'learn', note, scansOf, (who) =>
        workspace.baselines.learn(runs, who),
      );
      return {
        version: (await made(learned.version)).version,
        notes: [...learned.notes],
        setAside: learned.setAside.map(({ run, why }) => ({ scan: run, why })),
      };
    },
    'baseline.approve': async ({ body }, caller) => {
      const { targets, scan, note } = body;
      const until = instantOf(body.until);
      const run = await workspace.findRun(scan);
      const parsed = targets.map(({ host, port }) => {
        const key = portIn(port);
        return { host: addressOf(host), ...(key === undefined ? {} : { port: key }) };
      });
      const details = {
        scan: run.info.id,
        targets: parsed,
        until: until === undefined ? null : formatInstant(until),
      };
      const { version } = await change(caller, 'approve', note, details, (who) =>
        workspace.baselines.approveAsSeen(run, parsed, { ...who, ...(until === undefined ? {} : { until }) }),
      );
      return made(version);
    },
    'baseline.pin': async ({ body: { version: number, note } }, caller) => {
      const version = await workspace.baselines.find(String(number));
      await change(caller, `pin ${number}`, note, {}, (who) => workspace.baselines.pin(version, who));
      return made(version);
    },
    'baseline.rollback': async ({ body: { version: number, note } }, caller) => {
      const target = await workspace.baselines.find(String(number));
      const { version } = await change(caller, `roll back to ${number}`, note, {}, (who) =>
        workspace.baselines.rollBack(target, who),
      );
      return made(version);
    },
  };
}

function versionOf(version: BaselineVersion, inForce: BaselineVersion | undefined): WireVersion {
  return {
    version: version.version,
    parent: version.parent ?? null,
    created: formatInstant(version.created),
    by: version.by,
    note: version.note,
    how: version.how,
    scans: [...version.runs],
    vantage: version.vantage,
    profile: version.profile,
    privileges: version.privileges,
    hosts: version.hosts,
    inForce: version.version === inForce?.version,
  };
}
