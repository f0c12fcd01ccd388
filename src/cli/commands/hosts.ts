import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ListedHost, Workspace } from '../../assembly/workspace.ts';
import { parseIpAddress, type IpAddress } from '../../net/ip-address.ts';
import type { Call, ExitStatus, Run } from '../call.ts';
import { ANSWERS, helpAfter } from '../help.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `tidemark hosts [HOST]`: every host ever seen, or one host's whole history. */
export function hostsCommand(run: Run): CommandUnknownOpts {
  const command = new Command('hosts').description(
    'list every host ever seen, or show the whole history of one',
  );
  command
    .argument('[host]', 'address, or a name that a scan gave')
    .option('--full', 'list the open ports of every scan, not only what turned')
    .addHelpText(
      'after',
      helpAfter(
        [
          ['tidemark hosts', 'every host, when it was seen, its open ports'],
          ['tidemark hosts 10.20.0.7', 'what that host showed, scan by scan'],
        ],
        ANSWERS,
      ),
    )
    .action((host, options) =>
      run((call) => (host === undefined ? list(call) : history(call, host, options.full === true))),
    );
  return command;
}

async function list(call: Call): Promise<ExitStatus> {
  const { hostsTable, hostJson } = await import('../hosts-table.ts');
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const hosts: ListedHost[] = [];
    for await (const host of workspace.listHosts()) hosts.push(host);
    if (print.json) await print.value({ schema: 'tidemark/hosts/1', hosts: hosts.map(hostJson) });
    else if (hosts.length > 0) await print.text(hostsTable(hosts, print));
    else print.note('no hosts yet; put scans into the history with `tidemark import FILE…`');
    return 0;
  });
}

async function history(call: Call, asked: string, full: boolean): Promise<ExitStatus> {
  const [{ hostHistory }, { historyText, historyJson }] = await Promise.all([
    import('../host-history.ts'),
    import('../hosts-table.ts'),
  ]);
  return withWorkspace(call, async (workspace) => {
    const { print } = call;
    const address = await addressOf(workspace, asked);
    const runs = new Map((await workspace.listRuns()).map(({ info }) => [info.id as string, info]));
    const sightings = (await workspace.hostHistory(address)).flatMap(({ run: id, host }) => {
      const run = runs.get(id);
      return run === undefined ? [] : [{ run, host }];
    });
    if (sightings.length === 0) throw await unknownHost(asked);
    const entries = hostHistory(sightings);
    if (print.json) await print.value(historyJson(address, entries));
    else await print.text(historyText(address, entries, full, print));
    return 0;
  });
}

/** The address that was typed, or the one host that had the name last. */
async function addressOf(workspace: Workspace, asked: string): Promise<IpAddress> {
  const address = parseIpAddress(asked);
  if (address !== undefined) return address;
  const found: ListedHost[] = [];
  const wanted = asked.toLowerCase();
  for await (const host of workspace.listHosts()) {
    if (host.names.some((name) => name.toLowerCase() === wanted)) found.push(host);
  }
  const [first, ...others] = found;
  if (first === undefined) throw await unknownHost(asked);
  if (others.length > 0) {
    const { Fault } = await import('../../fault/fault.ts');
    const addresses = found.map((host) => host.address).join(', ');
    throw new Fault(
      'cli/ambiguous-host',
      `several hosts have the name ${asked}: ${addresses}`,
      'Give the address.',
    );
  }
  return first.address;
}

async function unknownHost(asked: string): Promise<Error> {
  const { Fault } = await import('../../fault/fault.ts');
  return new Fault('cli/unknown-host', `no scan has seen ${asked}`, 'List the hosts: tidemark hosts');
}
