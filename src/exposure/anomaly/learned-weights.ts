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
    'port-severity': 0.6432,
    'port-rest': 0.2014,
    combination: 0.589,
    moved: 0.5987,
    'subnet-burst': 0.482,
    'first-port': 0.075,
    missing: 0.2037,
    'missing-peers': 0.1,
    'missing-agent': 0.4092,
    service: 0.2,
    product: 0.9614,
    'version-up': 0.1357,
    'version-down': 0.7489,
    'banner-lost': 0.1,
    os: 0.4858,
    'os-run': 1.036,
    host: 0.3,
    'host-vendor': 0.25,
    'host-fit': 0.15,
    'host-severity': 0.5,
    drift: 0.3213,
  },
  context: {
    bias: -5.321,
    misses: -0.005178,
    'same-today': -0.4601,
    'miss-rate': -5.488,
    'tcp-covered': 0.05888,
    udp: -1.11,
  },
};
