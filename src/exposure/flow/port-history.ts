import type { IpAddress } from '../../net/ip-address.ts';
import { parsePortKey, portKey, type PortKey, type TransportProtocol } from '../../net/port-key.ts';
import type { QueryRunner } from '../../sql/ports.ts';
import type { PortHistory } from '../assess/assess.ts';
import type { Coverage } from '../model/coverage.ts';
import { parseCoverage } from '../queries/host-row.ts';
import { coverageHistory, coverageTexts, openPortHistory } from '../queries/hosts.ts';
import type { StoredRun } from '../queries/runs.ts';

/** Answers how often a port of a host was open in earlier runs, and how often it could have been seen. */
export type PortHistoryOf = (host: IpAddress, port: PortKey) => PortHistory | undefined;

/**
 * Reads the history of every open port over the given runs. Counting is the engine's work; here the
 * counts are only laid over the coverages, of which a network has few.
 */
export async function readPortHistory(
  store: QueryRunner,
  runs: readonly StoredRun[],
): Promise<PortHistoryOf> {
  if (runs.length === 0) return () => undefined;
  const ids = runs.map((run) => run.info.id);
  const sightings = new Map<string, Omit<PortHistory, 'comparable'>>();
  for await (const { address, portid, protocol, ...sighting } of store.run(openPortHistory, { runs: ids })) {
    sightings.set(`${address} ${portKey(portid, protocol as TransportProtocol)}`, sighting);
  }
  const coverages = new Map<string, Coverage>();
  for await (const { hash, text } of store.run(coverageTexts, { runs: ids }))
    coverages.set(hash, parseCoverage(text));
  const timesCovered = new Map<IpAddress, { readonly coverage: Coverage; readonly runs: number }[]>();
  for await (const row of store.run(coverageHistory, { runs: ids })) {
    const coverage = coverages.get(row.coverage);
    if (coverage === undefined) continue;
    const known = timesCovered.get(row.address);
    if (known === undefined) timesCovered.set(row.address, [{ coverage, runs: row.runs }]);
    else known.push({ coverage, runs: row.runs });
  }
  return (host, port) => {
    const sighting = sightings.get(`${host} ${port}`);
    const key = parsePortKey(port);
    let comparable = 0;
    for (const { coverage, runs: times } of timesCovered.get(host) ?? []) {
      const ports = key === undefined ? undefined : coverage.get(key.protocol);
      if (ports !== undefined && ports !== 'unknown' && ports.has(key!.portid)) comparable += times;
    }
    if (sighting === undefined) return { seen: 0, comparable };
    // A run that saw the port open covered it, whatever its coverage says.
    return { ...sighting, comparable: Math.max(comparable, sighting.seen) };
  };
}
