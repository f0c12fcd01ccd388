import type { Census, CensusHost, CensusPort } from '../../../exposure/model/census.ts';
import type { AnomalyDetector } from '../../../exposure/model/surprise.ts';
import type { IpAddress } from '../../../net/ip-address.ts';

/**
 * What a diff of two scans reports, as Nmap's ndiff does: whatever differs from the last scan of the profile is an alert.
 * A host's score is how many of its lines a diff would print: ports that appear, go, change their state, service, product
 * or version, the OS guess, a host that was not listed. Hosts that are gone cannot be scored: nothing is listed of them.
 */
export class AnyChange implements AnomalyDetector {
  readonly name = 'any-change';
  readonly #last = new Map<string, ReadonlyMap<IpAddress, CensusHost>>();

  judge(census: Census): ReturnType<AnomalyDetector['judge']> {
    const before = this.#last.get(census.profile);
    this.#last.set(census.profile, new Map(census.hosts.map((host) => [host.address, host])));
    if (before === undefined) return [];
    return census.hosts.flatMap((host, index) => {
      const count = differences(before.get(host.address), host);
      return count === 0 ? [] : [{ index, score: count, alert: true }];
    });
  }
}

function differences(before: CensusHost | undefined, now: CensusHost): number {
  const was = new Map((before?.ports ?? []).map((port) => [port.key, port]));
  let ports = 0;
  for (const port of now.ports) {
    const other = was.get(port.key);
    was.delete(port.key);
    if (other === undefined || describe(other) !== describe(port)) ports += 1;
  }
  const os = before !== undefined && osText(before) !== osText(now) ? 1 : 0;
  return ports + was.size + os + (before === undefined ? 1 : 0);
}

function describe({ state, service, product, version }: CensusPort): string {
  return JSON.stringify([state, service, product, version]);
}

function osText({ os }: CensusHost): string {
  return os === undefined ? '' : JSON.stringify([os.family, os.generation]);
}
