import type { Severity } from '../../findings/severity.ts';
import { DEPTHS, type Episode } from '../model/episode.ts';
import { isFullyAuthorised } from './apply-ledger.ts';
import { attemptOnExposed, isGrave, isNew } from './meeting.ts';
import { deepestStep } from './title.ts';

/** Severity and score of an episode. */
export interface Rank {
  readonly severity: Severity;
  /** 0–100. */
  readonly score: number;
}

/**
 * What an episode could cost, by what it came to. The first line that fits gives severity and band; within the band
 * depth and breadth decide, so that no amount of either lifts a scan out of its line:
 *
 * | what it came to                                         | severity | score  |
 * | ------------------------------------------------------- | -------- | ------ |
 * | all of it in the ledger                                 | info     | 0      |
 * | got in: a session, or the target connects out           | critical | 96–100 |
 * | tried to: an exploit, a burst of passwords              | high     | 90–95  |
 * | a login after an authorised scan                        | high     | 85     |
 * | touched what is open and new                            | high     | 80–89  |
 * | touched what is open, and a finding of ours is grave     | high     | 75–79  |
 * | background of the internet                              | info     | 0–9    |
 * | touched what our own scans found open; from inside      | high     | 60–74  |
 * | the same; from outside                                  | medium   | 60–74  |
 * | from inside                                             | medium   | 45–59  |
 * | from outside, deeper than touching                      | low      | 30–44  |
 * | from outside, touched                                   | low      | 10–29  |
 *
 * New: see isNew; grave: high or critical. A service probe before the attempt adds 2: port scan plus service probe is what
 * precedes most attacks that a scan precedes (Panjwani et al., DSN 2005). An attempt at a host with a service that our own
 * scans know to be open adds 1.
 */
export function rank(episode: Episode): Rank {
  if (isFullyAuthorised(episode)) return { severity: 'info', score: 0 };
  const deepest = deepestStep(episode);
  if (deepest !== undefined) {
    const probed = episode.transition.some(
      (step) => step.step === 'service-probe' && step.destination === deepest.destination,
    );
    const inside = deepest.step === 'session' || deepest.step === 'outbound';
    const base = inside ? 96 : 90;
    const further = deepest.step === 'outbound' || deepest.step === 'exploit-attempt' ? 2 : 0;
    const exposed = !inside && attemptOnExposed(episode) !== undefined ? 1 : 0;
    return { severity: inside ? 'critical' : 'high', score: base + further + (probed ? 2 : 0) + exposed };
  }
  if (episode.authorised !== undefined && episode.depth === 'entered') return { severity: 'high', score: 85 };
  if (episode.exposed.some((target) => isNew(target, episode)))
    return { severity: 'high', score: 80 + within(episode, 9) };
  if (episode.exposed.some(isGrave)) return { severity: 'high', score: 75 + within(episode, 4) };
  if (episode.noise) return { severity: 'info', score: within(episode, 9) };
  if (episode.exposed.length > 0)
    return { severity: episode.internal ? 'high' : 'medium', score: 60 + within(episode, 14) };
  if (episode.internal) return { severity: 'medium', score: 45 + within(episode, 14) };
  return episode.depth === 'touched'
    ? { severity: 'low', score: 10 + within(episode, 19) }
    : { severity: 'low', score: 30 + within(episode, 14) };
}

/** Depth for up to half of the band, breadth (contacts by powers of ten, up to 100,000) for the other. */
function within(episode: Episode, most: number): number {
  const depth = DEPTHS.indexOf(episode.depth) / (DEPTHS.length - 1);
  const contacts = episode.authorised?.remainderContacts ?? episode.targets.contacts;
  const breadth = Math.min(1, Math.log10(Math.max(1, contacts)) / 5);
  return Math.round(most * (0.5 * depth + 0.5 * breadth));
}
