import type { HostDetail } from '../../../api/hosts.ts';

/** What answered on a port, from one scan to another. */
export interface ServiceSpan {
  readonly port: string;
  /** As Nmap would print it; empty where nothing was said of it. Attacker-written: escape. */
  readonly service: string;
  /** Index of the first and of the last scan that found it so. */
  readonly first: number;
  readonly last: number;
  /** How many found it so. */
  readonly scans: number;
  /** Is it what the newest scan that lists the port says? */
  readonly newest: boolean;
}

/**
 * Every service that a host was ever seen to offer: ports in their order, of each the newest first. A scan that lists
 * nothing of a port says nothing, so it ends no span; another state or another service does.
 */
export function serviceSpans({
  scans,
  ports,
  services,
  cells,
}: Pick<HostDetail['matrix'], 'scans' | 'ports' | 'services' | 'cells'>): readonly ServiceSpan[] {
  const rows = ports.map(() => new Map<number, HostDetail['matrix']['cells'][number]>());
  for (const cell of cells) rows[cell.port]?.set(cell.scan, cell);
  return rows.flatMap((row, at) => {
    const spans: ServiceSpan[] = [];
    let open: ServiceSpan | undefined;
    for (let scan = 0; scan < scans.length; scan += 1) {
      const cell = row.get(scan);
      if (cell === undefined) continue;
      const service = cell.service === null ? '' : (services[cell.service] ?? '');
      const goes = open !== undefined && cell.state === 'open' && open.service === service;
      if (open !== undefined && !goes) spans.push({ ...open, newest: false });
      if (cell.state !== 'open') open = undefined;
      else if (open !== undefined && goes) open = { ...open, last: scan, scans: open.scans + 1 };
      else open = { port: ports[at] ?? '', service, first: scan, last: scan, scans: 1, newest: true };
    }
    if (open !== undefined) spans.push(open);
    return spans.toReversed();
  });
}
