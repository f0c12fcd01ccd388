import { sightingOf, viewHost } from '../exposure/model/coverage.ts';
import type { Host, Port } from '../exposure/model/host.ts';
import { serviceWords as wordsOfService } from '../exposure/model/port-matrix.ts';
import type { RunInfo } from '../exposure/model/scan-run.ts';
import { comparePorts, portKey, type PortKey } from '../net/port-key.ts';

/** One run of a host's history: what was open, and what turned since the last run that knew. */
export interface HistoryEntry {
  readonly run: RunInfo;
  readonly host: Host;
  /** In port order. */
  readonly open: readonly Port[];
  /** Ports that are open, and were known not to be, or are seen for the first time. */
  readonly opened: readonly Port[];
  /** Ports that were open and are known not to be any more, with the state they are in. */
  readonly noLongerOpen: readonly { readonly port: PortKey; readonly state: string }[];
  /** Open ports whose service reads otherwise than when last seen, with the words from before. */
  readonly changed: readonly { readonly port: Port; readonly before: string }[];
}

/** What is remembered of a host as seen from one standpoint. */
interface Memory {
  readonly lastOpen: Map<PortKey, Port>;
  /** Whether the port was open when its state was last known. */
  readonly known: Map<PortKey, boolean>;
}

/**
 * The history of one host, oldest first. A port that a run did not probe, or could not know of, keeps
 * what was last known: absence is not evidence.
 */
export function hostHistory(
  sightings: readonly { readonly run: RunInfo; readonly host: Host }[],
): readonly HistoryEntry[] {
  const memories = new Map<string, Memory>();
  return sightings.map(({ run, host }) => {
    const view = viewHost(run, host);
    // What one place sees says nothing about what another sees, nor SYN about connect scans.
    const standpoint = `${run.vantage} ${run.privileges}`;
    const { lastOpen, known }: Memory = memories.get(standpoint) ?? { lastOpen: new Map(), known: new Map() };
    memories.set(standpoint, { lastOpen, known });
    const open = host.ports.filter(({ state }) => state === 'open').toSorted(comparePorts);
    const opened: Port[] = [];
    const changed: { port: Port; before: string }[] = [];
    for (const port of open) {
      const key = portKey(port.portid, port.protocol);
      const before = lastOpen.get(key);
      if (known.get(key) !== true) opened.push(port);
      else if (
        before !== undefined &&
        serviceWords(before) !== serviceWords(port) &&
        saysMore(port, before)
      ) {
        changed.push({ port, before: serviceWords(before) });
      }
      known.set(key, true);
      if (before === undefined || saysMore(port, before)) lastOpen.set(key, port);
    }
    const noLongerOpen: { port: PortKey; state: string }[] = [];
    for (const [key, port] of lastOpen) {
      if (known.get(key) !== true || open.some((one) => portKey(one.portid, one.protocol) === key)) continue;
      const sighting = sightingOf(view, port.portid, port.protocol);
      const state =
        sighting.kind === 'seen'
          ? sighting.port.state
          : sighting.kind === 'folded'
            ? sighting.state
            : undefined;
      // `open|filtered` is Nmap's word for having heard nothing: no news.
      if (state === undefined || state === 'open|filtered') continue;
      known.set(key, false);
      noLongerOpen.push({ port: key, state });
    }
    return { run, host, open, opened, noLongerOpen, changed };
  });
}

/** `ssl/http nginx 1.22.1`, as Nmap prints it. Attacker-written. */
export function serviceWords({ service }: Pick<Port, 'service'>): string {
  return service === undefined ? '' : wordsOfService(service);
}

/** A run without version detection knows only a name from a table: that is no change of the service. */
function saysMore(port: Port, before: Port): boolean {
  return !(port.service?.method !== 'probed' && before.service?.method === 'probed');
}
