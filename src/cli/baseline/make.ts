import type { Workspace } from '../../assembly/workspace.ts';
import type { Approval } from '../../exposure/flow/baselines.ts';
import type { StoredRun } from '../../exposure/queries/runs.ts';
import { Fault } from '../../fault/fault.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import { counted } from '../../report/summary-words.ts';
import type { Instant } from '../../time/instant.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe } from '../print.ts';
import { shortId } from '../scans-table.ts';
import { whoActs } from '../who.ts';
import { withWorkspace } from '../with-workspace.ts';
import { versionJson, type BaselineVersion } from './look.ts';

/** Which of the scans are learned from. */
interface LearnOptions {
  readonly first?: number;
  readonly last?: number;
  readonly before?: string;
}

/** `tidemark baseline learn`. */
export async function learn(
  call: Call,
  references: readonly string[],
  options: LearnOptions & { readonly note: string },
): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const runs = await runsToLearn(workspace, references, options);
    const learned = await workspace.learnBaseline(runs, whoActs(options.note, call.process.env));
    const inForce = await workspace.baselineInForce();
    const { print } = call;
    if (print.json) {
      await print.value({
        schema: 'tidemark/baseline-version/1',
        ...versionJson(learned.version, inForce),
        notes: learned.notes,
        setAside: learned.setAside,
      });
      return 0;
    }
    await print.text(
      `baseline version ${learned.version.version}: ${counted(learned.version.hosts, 'host')}, learned from ${counted(learned.version.runs.length, 'scan')}\n`,
    );
    for (const note of learned.notes) await print.text(`  ${safe(note)}\n`);
    for (const { run, why } of learned.setAside) {
      await print.text(`  set aside ${shortId(run)}: ${safe(why)}\n`);
    }
    await sayForce(call, learned.version, inForce);
    return 0;
  });
}

async function runsToLearn(
  workspace: Workspace,
  references: readonly string[],
  options: LearnOptions,
): Promise<readonly StoredRun[]> {
  const order = await workspace.listRuns();
  let runs: readonly StoredRun[];
  if (references.length > 0) {
    const wanted = new Set<string>();
    for (const reference of references) wanted.add((await workspace.findRun(reference)).info.id);
    runs = order.filter(({ info }) => wanted.has(info.id));
  } else {
    const newest = order.at(-1);
    runs = order.filter(
      ({ info }) =>
        info.vantage === newest?.info.vantage &&
        info.profile === newest.info.profile &&
        info.privileges === newest.info.privileges,
    );
  }
  if (options.before !== undefined) {
    const end = (await workspace.findRun(options.before)).info.id;
    const index = order.findIndex(({ info }) => info.id === end);
    const older = new Set(order.slice(0, index).map(({ info }) => info.id));
    runs = runs.filter(({ info }) => older.has(info.id));
  }
  if (options.first !== undefined) runs = runs.slice(0, options.first);
  return options.last === undefined ? runs : runs.slice(-options.last);
}

/** `tidemark baseline approve`. */
export async function approve(
  call: Call,
  options: {
    readonly host: readonly IpAddress[];
    readonly port?: readonly PortKey[];
    readonly scan: string;
    readonly until?: Instant;
    readonly note: string;
  },
): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const { host: hosts, port: ports, until } = options;
    const approvals: readonly Approval[] =
      ports === undefined
        ? await hostsAsScanned(workspace, hosts, options.scan)
        : [{ what: 'deployment', hosts, ports }];
    const { version } = await workspace.approve(approvals, {
      ...whoActs(options.note, call.process.env),
      ...(until === undefined ? {} : { until }),
    });
    return sayMade(call, workspace, version);
  });
}

async function hostsAsScanned(
  workspace: Workspace,
  hosts: readonly IpAddress[],
  reference: string,
): Promise<readonly Approval[]> {
  const scan = await workspace.loadRun(await workspace.findRun(reference));
  return hosts.map((address) => {
    const host = scan.hosts.find((one) => one.address === address);
    if (host !== undefined) return { what: 'host', host };
    throw new Fault(
      'cli/unknown-host',
      `the scan ${shortId(scan.info.id)} did not see ${address}`,
      'Name the ports with --port, or another scan with --scan.',
    );
  });
}

/** `tidemark baseline pin`. */
export async function pin(call: Call, reference: string, note: string): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const version = await workspace.findBaseline(reference);
    await workspace.pinBaseline(version, whoActs(note, call.process.env));
    return sayMade(call, workspace, version);
  });
}

/** `tidemark baseline rollback`. */
export async function rollBack(call: Call, reference: string, note: string): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const target = await workspace.findBaseline(reference);
    const { version } = await workspace.rollBack(target, whoActs(note, call.process.env));
    return sayMade(call, workspace, version);
  });
}

async function sayMade(call: Call, workspace: Workspace, version: BaselineVersion): Promise<ExitStatus> {
  const inForce = await workspace.baselineInForce();
  if (call.print.json) {
    await call.print.value({ schema: 'tidemark/baseline-version/1', ...versionJson(version, inForce) });
    return 0;
  }
  await call.print.text(`baseline version ${version.version}: ${counted(version.hosts, 'host')}\n`);
  await sayForce(call, version, inForce);
  return 0;
}

/** A version that is made but not in force would be a trap, so it is said. */
async function sayForce(
  call: Call,
  made: BaselineVersion,
  inForce: BaselineVersion | undefined,
): Promise<void> {
  const words =
    inForce?.version === made.version
      ? 'deviations are measured against it'
      : `deviations are still measured against version ${inForce?.version ?? 'none'}, which is pinned; put this one in force with: tidemark baseline pin ${made.version}`;
  await call.print.text(`  ${words}\n`);
}
