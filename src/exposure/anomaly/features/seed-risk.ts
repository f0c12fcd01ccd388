import { FEATURE_INDEX } from '../../model/feature-catalogue.ts';

/** Port lists and points of the first design of Tidemark (`assessment.md`, "The seed design, as written"). */
export const SEED_PORTS = {
  administrative: [22, 23, 3389, 5900],
  deprecated: [21, 23, 69, 513, 514],
  database: [1433, 3306, 5432, 27_017],
} as const;

const POINTS = { deprecated: 30, administrative: 20, database: 25, large: 15 };
/** "More than 20 open." */
const LARGE = 20;

const at = (name: string): number => FEATURE_INDEX.get(name)!;
const DEPRECATED = at('deprecated_ports');
const ADMINISTRATIVE = at('administrative_ports');
const DATABASE = at('database_ports');
const OPEN = at('open_ports');

/**
 * The seed's rule risk of one host, 0–90: 30 for any deprecated port, 20 for any administrative, 25 for any database,
 * 15 for more than 20 open ports. `features` is in the order of FEATURES.
 */
export function seedRuleRisk(features: ArrayLike<number>): number {
  return (
    (features[DEPRECATED]! > 0 ? POINTS.deprecated : 0) +
    (features[ADMINISTRATIVE]! > 0 ? POINTS.administrative : 0) +
    (features[DATABASE]! > 0 ? POINTS.database : 0) +
    (features[OPEN]! > LARGE ? POINTS.large : 0)
  );
}

/** The seed's blend: anomaly risk = clamp(−25 × decision, 0, 50), total = 0.6 × rules + 0.4 × anomaly. */
export function seedTotal(ruleRisk: number, decision: number): number {
  return 0.6 * ruleRisk + 0.4 * Math.min(50, Math.max(0, -25 * decision));
}

/** The seed's words. Its own arithmetic never reaches 70: rules give at most 54 (0.6 × 90), and a decision above −1 less than 10 more (0.4 × 25). */
export function seedLevel(total: number): 'low' | 'medium' | 'high' {
  if (total >= 70) return 'high';
  return total >= 40 ? 'medium' : 'low';
}
