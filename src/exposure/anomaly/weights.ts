import type { PortKey } from '../../net/port-key.ts';
import type { SurpriseChannel, SurpriseCount, SurpriseItem } from '../model/surprise.ts';
import type { PeerGroup } from './surprise-state.ts';

/**
 * What the score is a weighted sum of. Each is a surprise in nats or a small count; all but the context are
 * zero or more, and more is stranger.
 */
export const FEATURES = [
  /** Largest surprise of a new port, and the same times its severity. */
  'port',
  'port-severity',
  /** −ln of how common it is among peers, and in the subnet. */
  'port-peers',
  'port-subnet',
  /** Sum over the other new ports (at the first scan: ports), times severity; at most REST_CAP. */
  'port-rest',
  'combination',
  /** A new port answers as one does that is missing: the smaller of both surprises. */
  'moved',
  /** How seldom a subnet shows so many different new ports at once: a packet filter that was opened. */
  'subnet-burst',
  /** The largest surprise of a port that no earlier scan covered, times severity. */
  'first-port',
  'missing',
  /** Largest surprise of a missing port, or at the first scan a lacking one, that nearly all peers have. */
  'missing-peers',
  /** Largest surprise of a missing port through which the host is watched. */
  'missing-agent',
  'service',
  'product',
  'version-up',
  'version-down',
  'banner-lost',
  'os',
  'os-run',
  /** A host seen for the first time: rate, vendor, fit, and the severity of what it shows. */
  'host',
  'host-vendor',
  'host-fit',
  'host-severity',
  'drift',
] as const;
export type Feature = (typeof FEATURES)[number];

/** What the sum starts with: the bias, and circumstances that make surprises of a kind more or less telling. */
export const CONTEXT = ['bias', 'misses', 'same-today', 'miss-rate', 'tcp-covered', 'udp'] as const;
export type Context = (typeof CONTEXT)[number];

/** One addend before weights: a feature's value, or a part of it. */
export interface SurprisePart {
  readonly feature: Feature;
  readonly channel: SurpriseChannel;
  readonly ports: readonly PortKey[];
  /** Of the feature. */
  readonly amount: number;
  readonly surprise: number;
  readonly counts: readonly SurpriseCount[];
  readonly before?: string;
  readonly after?: string;
}

/** What is strange about a host, before weights. */
export interface HostParts {
  readonly parts: readonly SurprisePart[];
  readonly context: Readonly<Record<Context, number>>;
  readonly group: PeerGroup | undefined;
  /** Of the most severe new port. */
  readonly severity: number;
}

/** Weights of a score. */
export interface SurpriseWeights {
  readonly features: Readonly<Record<Feature, number>>;
  readonly context: Readonly<Record<Context, number>>;
}

/** Set by judgement: in force in the second and third scan, and half of them as the least that learning may leave. */
export const HAND_WEIGHTS: SurpriseWeights = {
  features: {
    port: 0.35,
    'port-severity': 0.65,
    'port-peers': 0,
    'port-subnet': 0,
    'port-rest': 0.15,
    combination: 0.5,
    moved: 0.5,
    'subnet-burst': 0.3,
    'first-port': 0.15,
    missing: 0.35,
    'missing-peers': 0.2,
    'missing-agent': 0.6,
    service: 0.4,
    product: 0.7,
    'version-up': 0.05,
    'version-down': 0.9,
    'banner-lost': 0.2,
    os: 0.5,
    'os-run': 2,
    host: 0.6,
    'host-vendor': 0.5,
    'host-fit': 0.3,
    'host-severity': 1,
    drift: 0.1,
  },
  context: { bias: -7, misses: 0, 'same-today': 0, 'miss-rate': 0, 'tcp-covered': 0, udp: 0 },
};

/**
 * In force at the first scan, where only what the hosts of one scan show against each other is known: a port that is rare
 * there says more than one that some later scan covers for the first time, and so do further ones. Chosen on training
 * seeds 101 to 106: average precision of the first scan .53, against .42 by HAND_WEIGHTS and without the other ports and
 * those that are lacking.
 */
export const FIRST_WEIGHTS: SurpriseWeights = {
  ...HAND_WEIGHTS,
  features: { ...HAND_WEIGHTS.features, 'first-port': 0.35, 'port-rest': 0.06 },
};

/** Weighs the parts: items that sum to the score. */
export function weigh(
  { parts, context }: Pick<HostParts, 'parts' | 'context'>,
  weights: SurpriseWeights,
): { readonly score: number; readonly items: readonly SurpriseItem[] } {
  const items = new Map<string, SurpriseItem>();
  for (const { feature, channel, ports, amount, surprise, counts, before, after } of parts) {
    const value = weights.features[feature] * amount;
    if (value === 0) continue;
    const key = `${channel} ${ports.join()} ${after ?? ''}`;
    const sum = (items.get(key)?.value ?? 0) + value;
    items.set(key, {
      channel,
      ports,
      value: sum,
      surprise,
      counts,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    });
  }
  let history = 0;
  for (const [name, amount] of Object.entries(context)) history += weights.context[name as Context] * amount;
  const list: SurpriseItem[] = [
    ...items.values(),
    { channel: 'history', ports: [], value: history, surprise: 0, counts: [] },
  ];
  list.sort((a, b) => b.value - a.value);
  return { score: list.reduce((sum, { value }) => sum + value, 0), items: list };
}
