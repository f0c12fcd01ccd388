import { comparePorts, parsePortKey, portKey, type PortKey } from '../../net/port-key.ts';
import type { Instant } from '../../time/instant.ts';
import type { Host, HostState, Service } from './host.ts';
import type { RunInfo } from './scan-run.ts';

/** What a port was in a run: `state` as the scanner names it, `service` an index of `services`, or undefined. */
export interface MatrixCell {
  readonly run: number;
  readonly port: number;
  readonly state: string;
  readonly service: number | undefined;
}

/** Ports over time: runs across, oldest first; ports down. A pair without a cell: the run lists nothing of that port. */
export interface PortMatrix {
  readonly runs: readonly {
    readonly run: string;
    /** Undefined where the file does not say when it began. */
    readonly at: Instant | undefined;
    readonly profile: string;
    /** Of the host: `up`, `down`, `skipped`, `unknown`. */
    readonly status: HostState;
  }[];
  readonly ports: readonly PortKey[];
  /** `ssh OpenSSH 9.2p1`; hostile: escape. */
  readonly services: readonly string[];
  readonly cells: readonly MatrixCell[];
  /** What is not in it: the oldest runs, and ports that were seldom open. */
  readonly leftOut: { readonly runs: number; readonly ports: number };
}

/** Runs across at most: a year of weeks, twice a week. */
const MOST_RUNS = 120;
/** Ports down at most: the most often open first. */
const MOST_PORTS = 200;

/**
 * The matrix of one host's history.
 * @param sightings of the host, oldest first.
 */
export function portMatrix(
  sightings: readonly { readonly info: RunInfo; readonly host: Host }[],
  most: { readonly runs: number; readonly ports: number } = { runs: MOST_RUNS, ports: MOST_PORTS },
): PortMatrix {
  const shown = sightings.slice(-most.runs);
  const timesOpen = new Map<PortKey, number>();
  for (const { host } of shown)
    for (const { portid, protocol, state } of host.ports) {
      const key = portKey(portid, protocol);
      timesOpen.set(key, (timesOpen.get(key) ?? 0) + (state === 'open' ? 1 : 0));
    }
  const ports = [...timesOpen]
    .toSorted(([a, many], [b, more]) => more - many || compareKeys(a, b))
    .slice(0, most.ports)
    .map(([key]) => key)
    .toSorted(compareKeys);
  const places = new Map(ports.map((key, index) => [key, index]));
  const services = new Map<string, number>();
  const cells = shown.flatMap(({ host }, run) =>
    host.ports.flatMap(({ portid, protocol, state, service }): MatrixCell[] => {
      const port = places.get(portKey(portid, protocol));
      if (port === undefined) return [];
      const words = service === undefined ? '' : serviceWords(service);
      if (words !== '' && !services.has(words)) services.set(words, services.size);
      return [{ run, port, state, service: services.get(words) }];
    }),
  );
  return {
    runs: shown.map(({ info, host }) => ({
      run: info.id,
      at: info.start,
      profile: info.profile,
      status: host.status.state,
    })),
    ports,
    services: [...services.keys()],
    cells,
    leftOut: { runs: sightings.length - shown.length, ports: timesOpen.size - ports.length },
  };
}

function compareKeys(a: PortKey, b: PortKey): number {
  return comparePorts(parsePortKey(a)!, parsePortKey(b)!);
}

/** `ssl/http nginx 1.22.1`, as Nmap prints it. Attacker-written: escape. */
export function serviceWords({ name, tunnel, product, version }: Service): string {
  return [tunnel === undefined ? name : `${tunnel}/${name}`, product, version]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}
