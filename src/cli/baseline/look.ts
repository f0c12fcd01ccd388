import type { Workspace } from '../../assembly/workspace.ts';
import { diffBaselines } from '../../exposure/flow/baselines.ts';
import type { Baseline, ExpectedHost } from '../../exposure/model/baseline.ts';
import type { BaselineVersion } from '../../exposure/queries/baselines.ts';
import { Fault } from '../../fault/fault.ts';
import { compareIpAddresses, type IpAddress } from '../../net/ip-address.ts';
import { counted } from '../../text/phrase.ts';
import { renderTable, type TableCell } from '../../report/table.ts';
import { formatInstant, formatMinute } from '../../time/instant.ts';
import type { Call, ExitStatus } from '../call.ts';
import { serviceWords } from '../host-history.ts';
import { safe } from '../print.ts';
import { withWorkspace } from '../with-workspace.ts';
import { differenceJson, differenceText, hostJson, provenanceWords } from './expectation-words.ts';

export type { BaselineVersion };

/** `tidemark baseline versions`. */
export async function listVersions(call: Call): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const [versions, inForce] = [await workspace.baselines.versions(), await workspace.baselines.inForce()];
    if (print.json) {
      await print.value({
        schema: 'tidemark/baseline-versions/1',
        versions: versions.map((version) => versionJson(version, inForce)),
      });
      return 0;
    }
    if (versions.length === 0) {
      print.note('no baseline yet; learn one from scans of a known-safe time with `tidemark baseline learn`');
      return 0;
    }
    const rows = versions
      .toReversed()
      .map((version): TableCell[] => [
        `${version.version}`,
        version.version === inForce?.version ? { text: 'in force', tone: 'good' } : '',
        version.how,
        version.hosts,
        version.runs.length,
        formatMinute(version.created),
        version.by,
        version.note,
      ]);
    const columns = ['VERSION', '', 'HOW', 'HOSTS', 'SCANS', 'MADE', 'BY', 'NOTE'].map((title) => ({
      title,
    }));
    await print.text(renderTable(columns, rows, { width: print.width, paint: print.paint }));
    return 0;
  });
}

/** A version in JSON output, its hosts apart. */
export function versionJson(
  version: BaselineVersion,
  inForce: BaselineVersion | undefined,
): Record<string, unknown> {
  return {
    version: version.version,
    inForce: version.version === inForce?.version,
    ...(version.parent === undefined ? {} : { parent: version.parent }),
    how: version.how,
    created: formatInstant(version.created),
    by: version.by,
    note: version.note,
    vantage: version.vantage,
    privileges: version.privileges,
    profile: version.profile,
    hosts: version.hosts,
    scans: version.runs,
  };
}

/** `tidemark baseline diff`. */
export async function diffVersions(call: Call, a: string, b: string): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const [before, after] = [await workspace.baselines.find(a), await workspace.baselines.find(b)];
    const differences = diffBaselines(
      await workspace.baselines.load(before),
      await workspace.baselines.load(after),
    );
    if (print.json) {
      await print.value({
        schema: 'tidemark/baseline-diff/1',
        before: before.version,
        after: after.version,
        differences: differences.map(differenceJson),
      });
    } else {
      await print.text(
        `--- baseline version ${before.version}, ${formatMinute(before.created)}\n+++ baseline version ${after.version}, ${formatMinute(after.created)}\n`,
      );
      for (const difference of differences) await print.text(differenceText(difference, print));
    }
    return differences.length > 0 ? 1 : 0;
  });
}

/** `tidemark baseline show`. */
export async function showVersion(
  call: Call,
  reference: string,
  only: IpAddress | undefined,
): Promise<ExitStatus> {
  return withWorkspace(call, async (workspace: Workspace) => {
    const { print } = call;
    const version = await workspace.baselines.find(reference);
    const baseline = await workspace.baselines.load(version);
    const hosts = hostsOf(baseline, only);
    if (print.json) {
      await print.value({
        schema: 'tidemark/baseline/1',
        ...versionJson(version, await workspace.baselines.inForce()),
        expected: hosts.map(hostJson),
      });
      return 0;
    }
    await print.text(
      `${print.paint('strong', `baseline version ${version.version}`)}  ${version.how} by ${safe(version.by)}, ${formatMinute(version.created)}${version.note === '' ? '' : `: ${safe(version.note)}`}\n` +
        `${counted(baseline.hosts.size, 'host')}, from ${counted(version.runs.length, 'scan')} of ${safe(`${version.vantage}/${version.profile}`)}\n`,
    );
    for (const host of hosts) await print.text(hostText(host, print.width, call));
    return 0;
  });
}

function hostsOf(baseline: Baseline, only: IpAddress | undefined): readonly ExpectedHost[] {
  const hosts = [...baseline.hosts.values()].toSorted((a, b) => compareIpAddresses(a.host, b.host));
  if (only === undefined) return hosts;
  const host = baseline.hosts.get(only);
  if (host !== undefined) return [host];
  throw new Fault(
    'cli/unknown-host',
    `version ${baseline.version} expects nothing of ${only}`,
    'List its hosts: tidemark baseline show',
  );
}

function hostText(host: ExpectedHost, width: number, { print }: Pick<Call, 'print'>): string {
  const names = host.hostnames.length === 0 ? '' : ` ${host.hostnames.join(' ')}`;
  const marks = [
    ...(host.presence === 'gone' ? ['expected gone'] : []),
    ...(host.flapping ? ['comes and goes'] : []),
    `up in ${host.support.seen} of ${host.support.comparable}`,
    ...(host.os === undefined ? [] : [host.os]),
  ];
  const head = `\n${print.paint('strong', host.host)}${safe(names)}  ${print.paint('quiet', safe(marks.join(', ')))}\n`;
  const ports = [...host.ports.values()];
  if (ports.length === 0) return `${head}  no open port is expected\n`;
  const rows = ports.map((port): TableCell[] => [
    port.port,
    port.flapping ? `${port.state}, flapping` : port.state,
    serviceWords(port),
    `${port.support.seen} of ${port.support.comparable}`,
    provenanceWords(port.provenance),
  ]);
  const columns = ['PORT', 'STATE', 'SERVICE', 'SEEN', 'WHY'].map((title) => ({
    title,
    overflow: title === 'WHY' ? ('wrap' as const) : ('truncate' as const),
  }));
  return head + renderTable(columns, rows, { width, paint: print.paint, indent: 2 });
}
