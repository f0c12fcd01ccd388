import { clip } from '../text/acting-characters.ts';
import { bdi, type SafeHtml } from './escape-html.ts';

/**
 * How much of a summary one HTML file shows, so that a run of 65,536 hosts, or one with hostile strings everywhere,
 * stays under 5 MB and opens on a phone. A character takes at most 6 bytes once escaped. With every list full and
 * every string at its longest and worst, the file is 4.96 MB: summary-html.test.ts builds it and holds it under 5.
 * Every list says what it left out.
 */
export const BOUNDS = {
  findings: 30,
  observationsPerFinding: 4,
  evidencePerObservation: 3,
  hostsPerFinding: 12,
  stepsPerFinding: 6,
  changes: 150,
  hostsPerChange: 8,
  hostsWithFindings: 500,
  hostsWithout: 250,
  titlesPerHost: 2,
  namesPerHost: 2,
  entries: 40,
  services: 12,
  subnets: 12,
  scoreParts: 12,
  hostsExplained: 25,
  trend: 60,
} as const;

/**
 * The same for a report about telemetry, whose episodes have two pictures of PLOT_POINTS each: telemetry-html.test.ts
 * builds the worst one and holds it under 5 MB.
 */
export const RECON_BOUNDS = {
  episodes: 20,
  listed: 200,
  sources: 12,
  traits: 6,
  families: 8,
  unusual: 6,
  openPorts: 24,
  exposed: 8,
  steps: 12,
  terms: 16,
  records: 8,
  actions: 8,
  passing: 40,
  digest: 40,
  figures: 12,
} as const;

/** Longest texts in UTF-16 units: sentences may quote banners of any length. */
export const LONGEST = { title: 120, sentence: 280, fact: 320, name: 80, args: 2_000, label: 60 } as const;

/** Scanned text for element content: cut, escaped, and isolated from the direction of its neighbours. */
export function scanned(text: string, longest: number): SafeHtml {
  return bdi(clip(text, longest));
}
