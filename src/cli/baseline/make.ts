import type { ApprovalTarget } from '../../assembly/approve-as-seen.ts';
import type { Who } from '../../assembly/stored-baselines.ts';
import type { Workspace } from '../../assembly/workspace.ts';
import { sameSeries } from '../../exposure/flow/stored-scans.ts';
import type { StoredRun } from '../../exposure/queries/runs.ts';
import { Fault } from '../../fault/fault.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { PortKey } from '../../net/port-key.ts';
import { counted } from '../../text/phrase.ts';
import { formatInstant, type Instant } from '../../time/instant.ts';
import { writeDown } from '../audit.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe } from '../print.ts';
import { shortId } from '../scans-table.ts';
import { whoActs } from '../who.ts';
import { withWorkspace } from '../with-workspace.ts';
import { versionJson, type BaselineVersion } from './look.ts';

/** Scans or targets that a record of the audit log names; it says how many there were. */
const MOST_NAMED = 1000;

/** Makes a change of the baseline, which the audit log tells. */
function change<T>(
  call: Call,
  subject: string,
  note: string,
  details: Readonly<Record<string, unknown>>,
  make: (who: Who) => Promise<T>,
): Promise<T> {
  return writeDown(call, 'baseline.changed', { subject, why: note, details }, (before) =>
    make({ ...whoActs(note, call.process.env), before }),
  );
}

/** Which of the scans are learned from. */
interface LearnOptions {
  readonly first?: number;
  readonly last?: number;
  readonly before?: string;
}

/** What is approved, by whom it concerns. */
interface ApproveOptions {
  readonly host?: readonly IpAddress[];
  readonly port?: readonly PortKey[];
  readonly finding?: string;
  readonly scan: string;
  readonly until?: Instant;
  readonly note: string;
}

/** `tidemark baseline learn`. */
export async function learn(
  call: Call,
  references: readonly string[],
  options: LearnOptions & { readonly note: string },
): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const runs = await runsToLearn(workspace, references, options);
    const details = { scans: runs.slice(0, MOST_NAMED).map(({ info }) => info.id), of: runs.length };
    const learned = await change(call, 'learn', options.note, details, (who) =>
      workspace.baselines.learn(runs, who),
    );
    const inForce = await workspace.baselines.inForce();
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
    // Not a verification, which looks at the ports of one finding.
    const newest = order.length === 0 ? undefined : await workspace.findRun('latest');
    runs = order.filter((run) => newest !== undefined && sameSeries(run, newest));
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
export async function approve(call: Call, options: ApproveOptions): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const scan = await workspace.findRun(options.scan);
    const targets = await targetsOf(workspace, scan, options);
    const { until } = options;
    const details = {
      scan: scan.info.id,
      targets: targets.slice(0, MOST_NAMED),
      of: targets.length,
      until: until === undefined ? null : formatInstant(until),
    };
    const { version } = await change(call, 'approve', options.note, details, (who) =>
      workspace.baselines.approveAsSeen(scan, targets, { ...who, ...(until === undefined ? {} : { until }) }),
    );
    return sayMade(call, workspace, version);
  });
}

async function targetsOf(
  workspace: Workspace,
  scan: StoredRun,
  options: ApproveOptions,
): Promise<readonly ApprovalTarget[]> {
  if (options.finding !== undefined) return targetsOfFinding(workspace, scan, options.finding);
  if (options.host === undefined) {
    throw new Fault(
      'cli/usage',
      'nothing to approve was named',
      'Name a host with --host, or a finding with --finding.',
    );
  }
  return options.host.flatMap((host): ApprovalTarget[] =>
    options.port === undefined ? [{ host }] : options.port.map((port) => ({ host, port })),
  );
}

async function targetsOfFinding(
  workspace: Workspace,
  scan: StoredRun,
  id: string,
): Promise<readonly ApprovalTarget[]> {
  const { findings } = await workspace.assess(scan);
  const found = findings.filter((finding) => finding.id.startsWith(id));
  const [finding, ...others] = found;
  if (finding === undefined || others.length > 0) {
    throw new Fault(
      'cli/unknown-finding',
      found.length === 0
        ? `the scan ${shortId(scan.info.id)} has no finding ${id}`
        : `several findings of the scan ${shortId(scan.info.id)} begin with ${id}`,
      'Give the identifier as `tidemark assess --full` shows it, and the scan with --scan.',
    );
  }
  const { host, hosts = host === undefined ? [] : [host], port } = finding.subject;
  return hosts.map((address) => ({ host: address, ...(port === undefined ? {} : { port }) }));
}

/** `tidemark baseline pin`. */
export async function pin(call: Call, reference: string, note: string): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const version = await workspace.baselines.find(reference);
    await change(call, `pin ${version.version}`, note, {}, (who) => workspace.baselines.pin(version, who));
    return sayMade(call, workspace, version);
  });
}

/** `tidemark baseline rollback`. */
export async function rollBack(call: Call, reference: string, note: string): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const target = await workspace.baselines.find(reference);
    const { version } = await change(call, `roll back to ${target.version}`, note, {}, (who) =>
      workspace.baselines.rollBack(target, who),
    );
    return sayMade(call, workspace, version);
  });
}

async function sayMade(call: Call, workspace: Workspace, version: BaselineVersion): Promise<ExitStatus> {
  const inForce = await workspace.baselines.inForce();
  if (call.print.json) {
    await call.print.value({ schema: 'tidemark/baseline-version/1', ...versionJson(version, inForce) });
    return 0;
  }
  await call.print.text(`baseline version ${version.version}: ${counted(version.hosts, 'host')}\n`);
  if (version.parent !== undefined) {
    await call.print.text(`  what it changes: tidemark baseline diff ${version.parent} ${version.version}\n`);
  }
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
