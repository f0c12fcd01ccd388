import type { IpAddress } from '../../net/ip-address.ts';
import { compareIpAddresses } from '../../net/ip-address.ts';
import type { Host } from './host.ts';
import { mergePieces } from './merge-hosts.ts';
import type { ScanEvent } from './scan-event.ts';
import type { RunContext, RunFooter, RunHeader, RunId, ScanRun } from './scan-run.ts';

/**
 * Gathers the events of a reader into whole runs, their hosts merged by address and in numeric order:
 * for diffs, small runs and tests, since all hosts are in memory at once. The first run has the
 * context's id, further runs of the same file `-2`, `-3` and so on. Problems are left to the caller;
 * events before the first `run`, and a run without `end`, do not occur.
 */
export function collectRun(events: Iterable<ScanEvent>, context: RunContext): readonly ScanRun[] {
  const runs: ScanRun[] = [];
  let header: RunHeader | undefined;
  let hosts = new Map<IpAddress, Host[]>();
  const close = (footer: RunFooter): void => {
    if (header === undefined) return;
    const id = (runs.length === 0 ? context.id : `${context.id}-${runs.length + 1}`) as RunId;
    const merged = Array.from(hosts.values(), mergePieces);
    runs.push({
      info: { ...header, ...footer, ...context, id },
      hosts: merged.toSorted((a, b) => compareIpAddresses(a.address, b.address)),
    });
    header = undefined;
    hosts = new Map();
  };
  for (const event of events) {
    switch (event.kind) {
      case 'run':
        header = event.header;
        break;
      case 'host': {
        const pieces = hosts.get(event.host.address);
        if (pieces === undefined) hosts.set(event.host.address, [event.host]);
        else pieces.push(event.host);
        break;
      }
      case 'end':
        close(event.footer);
        break;
      case 'problem':
        break;
      default:
        event satisfies never;
    }
  }
  return runs;
}
