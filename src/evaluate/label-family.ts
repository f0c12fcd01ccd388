import type { Family, Shape } from '../recon/model/episode.ts';

/** What a label says of a scan, in its own words and numbers. */
export interface LabelFacts {
  /** Type, technique, shape and note, joined. */
  readonly words: string;
  /** Seconds that it took; undefined when not known. */
  readonly seconds: number | undefined;
  /** Distinct ports that it touched on one host; undefined when not known. */
  readonly ports: number | undefined;
}

/** A scan is slow from this many seconds: 4 h, as the detection has it. */
const SLOW_SECONDS = 4 * 3600;

/** Half of all TCP ports and more is the full range, as far as labels go. */
const FULL_RANGE_PORTS = 32_768;

/**
 * The one of the eight families that a labelled scan is counted under. Labels say how a scan was made, and the
 * families overlap (a slow scan may be distributed), so that the rarest trait decides: it is what the family is for.
 */
export function labelFamily(facts: LabelFacts): Family {
  const { words } = facts;
  if (/fragment|decoy|\bmtu\b/i.test(words)) return 'fragmented-or-decoy';
  if (/distributed/i.test(words)) return 'distributed';
  if (/ssl-enum|\bja[34]\b|tls hello/i.test(words)) return 'application-fingerprint';
  if (/lateral|logon|\bldap\b|\bsmb enum/i.test(words)) return 'internal-discovery';
  if (/version|\bnse\b|aggressive|banner|chain|dirscan|dns_enum|axfr|os_detect/i.test(words))
    return 'service-enumeration';
  if (/full[- ]range|all ports|1-65535/i.test(words) || (facts.ports ?? 0) >= FULL_RANGE_PORTS)
    return 'full-range';
  if (/slow|sneaky|paranoid/i.test(words) || (facts.seconds ?? 0) >= SLOW_SECONDS) return 'slow';
  return 'fast-fan-out';
}

/** The shape that a label names, or none. `distributed_vertical` is vertical; a sweep is horizontal. */
export function labelShape(words: string): readonly Shape[] {
  if (/\bblock\b/i.test(words)) return ['block'];
  if (/strobe/i.test(words)) return ['strobe'];
  if (/vertical/i.test(words)) return ['vertical'];
  if (/horizontal|sweep/i.test(words)) return ['horizontal'];
  if (/\bsingle\b/i.test(words)) return ['single'];
  return [];
}
