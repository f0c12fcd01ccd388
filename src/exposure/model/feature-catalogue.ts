/** Raised whenever a feature is added or computed in another way: stored features of different versions do not mix. */
export const FEATURES_VERSION = 1;

/** What a feature is computed from. */
export type FeatureGroup =
  /** The scan alone, as the first design of Tidemark named them. */
  | 'seed'
  /** The host's own history in the series. */
  | 'temporal'
  /** The other hosts of the scan. */
  | 'peer'
  /** Several scans of a window, or several hosts of a subnet, together. */
  | 'correlated';

/** One number about one host in one scan. */
export interface Feature {
  readonly name: string;
  readonly group: FeatureGroup;
  /** `count`, `share` (0–1), `percent`, `days`, `nats`, `deviations` (standard deviations) or `flag` (0 or 1). */
  readonly unit: 'count' | 'share' | 'percent' | 'days' | 'nats' | 'deviations' | 'flag';
  /** What it is, in one sentence. */
  readonly meaning: string;
}

const feature = (group: FeatureGroup, name: string, unit: Feature['unit'], meaning: string): Feature => ({
  name,
  group,
  unit,
  meaning,
});

/**
 * All features, in the order of the columns. The first group is that of the first design (`--model seed`), in its
 * order; it names thirteen.
 */
export const FEATURES: readonly Feature[] = [
  feature('seed', 'open_ports', 'count', 'Ports that are open.'),
  feature('seed', 'filtered_ports', 'count', 'Ports that are filtered, listed or folded.'),
  feature('seed', 'closed_ports', 'count', 'Ports that are closed, listed or folded.'),
  feature('seed', 'unique_services', 'count', 'Different service names on open ports.'),
  feature('seed', 'versioned_services', 'count', 'Open ports whose service told its version.'),
  feature('seed', 'administrative_ports', 'count', 'Open ports among 22, 23, 3389 and 5900.'),
  feature('seed', 'tcp_ports', 'count', 'Open TCP ports.'),
  feature('seed', 'udp_ports', 'count', 'Open UDP ports.'),
  feature(
    'seed',
    'os_confidence',
    'percent',
    'How sure the scanner is of the operating system, 0 when it named none.',
  ),
  feature(
    'seed',
    'port_change_rate',
    'share',
    'Ports opened or gone since the last scan of the series, as a share of those open in either.',
  ),
  feature('seed', 'new_services', 'count', 'Service names that the host never showed before.'),
  feature('seed', 'deprecated_ports', 'count', 'Open ports among 21, 23, 69, 513 and 514.'),
  feature('seed', 'database_ports', 'count', 'Open ports among 1433, 3306, 5432 and 27017.'),

  feature(
    'temporal',
    'known_scans',
    'count',
    'Earlier scans of the series that saw the host, counted up to 14.',
  ),
  feature('temporal', 'new_ports', 'count', 'Open ports that were never open on the host before.'),
  feature(
    'temporal',
    'missing_ports',
    'count',
    'Ports open in the last scan of the series and not in this one.',
  ),
  feature(
    'temporal',
    'stability',
    'share',
    'Mean likeness (Jaccard) of the open ports of consecutive scans, 1 when they never changed.',
  ),
  feature(
    'temporal',
    'service_change_rate',
    'share',
    'Share of the ports open in both this and the last scan whose service, product or version changed.',
  ),
  feature(
    'temporal',
    'service_changes',
    'share',
    'Changes of a service, product or version per scan over the whole history: how often this host changes at all.',
  ),
  feature(
    'temporal',
    'os_changed',
    'flag',
    '1 when the family of the operating system differs from the last scan.',
  ),
  feature(
    'temporal',
    'open_ports_deviation',
    'deviations',
    'Open ports against the mean of the host itself, in its own standard deviations (at least 1 port).',
  ),
  feature('temporal', 'days_unchanged', 'days', 'Days since the open ports last changed, counted up to 365.'),

  feature(
    'peer',
    'rarest_port',
    'nats',
    'Rarity of the rarest open port: -ln of the share of hosts with it open.',
  ),
  feature('peer', 'mean_rarity', 'nats', 'Mean rarity of the open ports.'),
  feature('peer', 'alone_in_subnet', 'count', 'Open ports that no other host of the subnet has open.'),
  feature('peer', 'open_ports_against_subnet', 'count', 'Open ports less the median of the subnet.'),
  feature(
    'peer',
    'new_host',
    'flag',
    '1 when no earlier scan of the series saw the host, and there was one.',
  ),

  feature(
    'correlated',
    'risk_share',
    'share',
    'The part of the rule risk of the subnet that this host carries.',
  ),
  feature(
    'correlated',
    'risk_concentration',
    'share',
    'The part of the rule risk of the subnet that the tenth of its hosts with most of it carry.',
  ),
  feature('correlated', 'contradictions', 'count', 'Ports on which scans of the same window disagree.'),
  feature('correlated', 'profiles', 'count', 'Profiles of the window that saw the host.'),
];

/** Position of each feature, by name. */
export const FEATURE_INDEX: ReadonlyMap<string, number> = new Map(
  FEATURES.map(({ name }, index) => [name, index]),
);

/** Positions of the features of a group. */
export function featuresOf(...groups: readonly FeatureGroup[]): readonly number[] {
  return FEATURES.flatMap(({ group }, index) => (groups.includes(group) ? [index] : []));
}
