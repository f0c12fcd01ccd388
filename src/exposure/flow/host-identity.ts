import { contains, parsePrefix } from '../../net/prefix.ts';
import type { ExposureConfig } from '../config.ts';
import type { Identity } from '../diff/diff-runs.ts';

/** What makes a host the same one, by the network it lies in; `address` where nothing else was configured. */
export function identityByNetwork(networks: ExposureConfig['networks']): Identity {
  const known = networks
    .map(({ prefix, identity }) => ({ prefix: parsePrefix(prefix)!, identity }))
    .toSorted((a, b) => b.prefix.length - a.prefix.length);
  if (known.every(({ identity }) => identity === 'address')) return 'address';
  return (host) => known.find(({ prefix }) => contains(prefix, host.address))?.identity ?? 'address';
}
