/** How bad it would be, apart from how sure we are. `info` never raises a risk. */
export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';

/** From least to most. */
export const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical'];

/** Overall risk of a host or a run: the words people remember us by. */
export type RiskLevel = 'low' | 'medium' | 'high' | 'critical';

/** For sorting: most severe first. */
export function compareSeverity(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(b) - SEVERITIES.indexOf(a);
}

/** One step worse; critical stays. */
export function raise(severity: Severity): Severity {
  return SEVERITIES[Math.min(SEVERITIES.indexOf(severity) + 1, SEVERITIES.length - 1)]!;
}

/** One step milder; info stays. */
export function lower(severity: Severity): Severity {
  return SEVERITIES[Math.max(SEVERITIES.indexOf(severity) - 1, 0)]!;
}
