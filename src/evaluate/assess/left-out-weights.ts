import type { SurpriseWeights } from '../../exposure/flow/detectors.ts';
export const LEFT_OUT_WEIGHTS: Readonly<Record<string, SurpriseWeights>> = {};
