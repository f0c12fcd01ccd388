import type { Census, CensusHost } from '../../../exposure/model/census.ts';
import type { AnomalyDetector } from '../../../exposure/model/surprise.ts';

/**
 * Sets of what was ever seen, the oldest form of anomaly detection: a host's score is how many of its open ports, products,
 * versions and OS families it never had before in any scan. What is known of a host is kept under its MAC address, else its
 * name, else its address.
 */
export class SetNovelty implements AnomalyDetector {
  readonly name = 'set-novelty';
  readonly #seen = new Map<string, Set<string>>();
  #scans = 0;

  judge(census: Census): ReturnType<AnomalyDetector['judge']> {
    const first = this.#scans === 0;
    this.#scans += 1;
    return census.hosts.flatMap((host, index) => {
      const count = this.#learn(host);
      return first || count === 0 ? [] : [{ index, score: count, alert: true }];
    });
  }

  /** How much of what the host shows is new. */
  #learn(host: CensusHost): number {
    const identity = host.mac ?? host.hostname ?? host.address;
    let known = this.#seen.get(identity);
    let count = 0;
    if (known === undefined) {
      known = new Set();
      this.#seen.set(identity, known);
      count += 1;
    }
    for (const { key, state, product, version } of host.ports) {
      if (state !== 'open') continue;
      const news = [key, product && `${key} ${product}`, version && `${key} ${product} ${version}`].filter(
        (fact) => fact !== '' && !known.has(fact),
      );
      for (const fact of news) known.add(fact);
      count += news.length;
    }
    if (host.os !== undefined && !known.has(`os ${host.os.family}`)) {
      known.add(`os ${host.os.family}`);
      count += 1;
    }
    return count;
  }
}
