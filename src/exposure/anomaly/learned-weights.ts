import type { SurpriseWeights } from './weights.ts';

/**
 * Weights that were learned; in force from the fourth scan on. A logistic regression with non-negative weights, none
 * below half of its hand weight, fitted by `scripts/train-surprise.ts` to 12 made-up histories of 75 scans (daily
 * histories of the estate, training seeds 1 to 12, 500 to 1,500 hosts): 60739 host-scans with evidence, 3031 of them
 * of planted events. No real network and no world of the evaluation took part. Made by that script; do not edit.
 */
export const LEARNED_WEIGHTS: SurpriseWeights = {
  features: {
    port: 0.175,
    'port-severity': 0.4617,
    'port-peers': 0.03899,
    'port-subnet': 0.2206,
    'port-rest': 0.1917,
    combination: 0.7374,
    moved: 0.4448,
    'subnet-burst': 0.4793,
    'first-port': 0.075,
    missing: 0.2714,
    'missing-peers': 0.1,
    'missing-agent': 0.3948,
    service: 0.2,
    product: 1.123,
    'version-up': 0.1831,
    'version-down': 0.9052,
    'banner-lost': 0.1093,
    os: 0.5856,
    'os-run': 1.063,
    host: 0.3,
    'host-vendor': 0.7099,
    'host-fit': 0.15,
    'host-severity': 0.5,
    drift: 0.3011,
  },
  context: {
    bias: -5.517,
    misses: -0.05475,
    'same-today': -0.4703,
    'miss-rate': -6.496,
    'tcp-covered': -0.3989,
    udp: -1.318,
  },
};
