import type { Instant } from '../../time/instant.ts';
import type { Contact } from './contact.ts';
import { hasOutcome, outcomeBit, OUTCOMES, type Outcome } from './outcome.ts';
import type { Flow } from './telemetry-record.ts';
import { smallest } from '../../text/order.ts';

const NEVER_ANSWERED = outcomeBit('refused') | outcomeBit('silent') | outcomeBit('unreachable');

/** A contact as it grows. */
export interface GrowingContact extends Contact {
  first: Instant;
  outcome: Outcome;
  last: Instant;
  outcomes: number;
  flags: number;
  service: string;
  sourceBytes: number;
  destinationBytes: number;
  duration: number;
  sampling: number;
}

/** The contact of its first record. */
export function contactOf(flow: Flow): GrowingContact {
  return {
    source: flow.source,
    destination: flow.destination,
    port: flow.destinationPort,
    protocol: flow.protocol,
    first: flow.time,
    outcome: flow.outcome,
    last: flow.time,
    outcomes: outcomeBit(flow.outcome),
    flags: flow.sourceFlags,
    service: flow.service,
    sourceBytes: flow.sourceBytes,
    destinationBytes: flow.destinationBytes,
    duration: flow.duration,
    sampling: flow.sampling,
  };
}

/** Adds a record to its contact. */
export function merge(contact: GrowingContact, flow: Flow): void {
  if (
    flow.time < contact.first ||
    (flow.time === contact.first && OUTCOMES.indexOf(flow.outcome) < OUTCOMES.indexOf(contact.outcome))
  ) {
    contact.first = flow.time;
    contact.outcome = flow.outcome;
  }
  if (flow.time > contact.last) contact.last = flow.time;
  contact.outcomes |= outcomeBit(flow.outcome);
  contact.flags |= flow.sourceFlags;
  if (flow.service !== contact.service) contact.service = smallest([flow.service, contact.service]);
  contact.sourceBytes = Math.max(contact.sourceBytes, flow.sourceBytes);
  contact.destinationBytes = Math.max(contact.destinationBytes, flow.destinationBytes);
  contact.duration = Math.max(contact.duration, flow.duration);
  contact.sampling = Math.max(contact.sampling, flow.sampling);
}

/** 1 when a contact was ever answered. */
export function answered(outcomes: number): number {
  return hasOutcome(outcomes, 'answered') ? 1 : 0;
}

/** 1 when a contact failed and nothing ever came back that shows life. */
export function failed(outcomes: number): number {
  const alive = hasOutcome(outcomes, 'answered') || hasOutcome(outcomes, 'half-open');
  return !alive && (outcomes & NEVER_ANSWERED) !== 0 ? 1 : 0;
}
