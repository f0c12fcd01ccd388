import * as z from 'zod';
import { Time } from './fields.ts';

/**
 * GET /events: a stream of server-sent events (WHATWG HTML, 9.2). The name of an event is its kind and its data is this
 * document; its id is given back as `Last-Event-ID`. An event `reset` says that what was missed is no longer known:
 * read everything again.
 */
export const ChangeEvent = z
  .object({
    kind: z.enum(['finding', 'episode', 'scan', 'baseline', 'delivery', 'part']),
    ids: z.array(z.string()).meta({ description: 'What changed; empty: anything of the kind.' }),
    at: Time,
  })
  .meta({ id: 'ChangeEvent' });

export type ChangeEvent = z.output<typeof ChangeEvent>;
