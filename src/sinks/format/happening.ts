import { isClosing, type Outgoing } from '../../findings/outgoing.ts';

/** What a message says of its finding or digest: it is told for the first time, again because it changed, or for the last. */
export function happeningOf(outgoing: Outgoing): 'new' | 'changed' | 'closed' {
  if (isClosing(outgoing)) return 'closed';
  return outgoing.revision === 1 ? 'new' : 'changed';
}
