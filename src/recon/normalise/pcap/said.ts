import type { AppEvent } from '../../model/telemetry-record.ts';

/** What a parser of first payloads found: the service, and of the rest of an event what the protocol has. */
export type Said = Pick<AppEvent, 'service'> &
  Partial<
    Pick<
      AppEvent,
      'action' | 'name' | 'target' | 'agent' | 'status' | 'accepted' | 'ja3' | 'ja4' | 'hassh' | 'shape'
    >
  >;
