import type { FamilyMatch } from '../model/episode.ts';
import { judgeApplicationFingerprint } from './application-fingerprint/judge.ts';
import type { EpisodeFacts } from './episode-facts.ts';
import { judgeFastFanOut } from './fast-fan-out/judge.ts';
import { judgeFragmented } from './fragmented-or-decoy/judge.ts';
import { judgeFullRange } from './full-range/judge.ts';
import { judgeInternalDiscovery } from './internal-discovery/judge.ts';
import { judgeServiceEnumeration } from './service-enumeration/judge.ts';
import { judgeSlow } from './slow/judge.ts';

/** All families that fit, the one that says most first: what was asked of services, then how it hid, then its width and speed. */
export function judgeFamilies(facts: EpisodeFacts): readonly FamilyMatch[] {
  return [
    judgeServiceEnumeration(facts),
    judgeInternalDiscovery(facts),
    judgeFragmented(facts),
    judgeSlow(facts),
    judgeFullRange(facts),
    judgeFastFanOut(facts),
    judgeApplicationFingerprint(facts),
  ].filter((match) => match !== undefined);
}
