import type { Flow } from '../../recon/model/telemetry-record.ts';
import { TCP, UDP } from '../../recon/model/ip-protocol.ts';

/** A TCP attempt that got no connection: unanswered or reset. What drop logs, S0 and REJ have in common. */
export function isUnansweredOrRefused(flow: Flow): boolean {
  return flow.outcome === 'silent' || flow.outcome === 'refused' || flow.outcome === 'unreachable';
}

/** TCP, by far what most rules look at. */
export function isTcp(flow: Flow): boolean {
  return flow.protocol === TCP;
}

/** TCP or UDP: what has ports. */
export function hasPorts(flow: Flow): boolean {
  return flow.protocol === TCP || flow.protocol === UDP;
}
