import { probePayloadOf, type ProbeTransport } from '../../../fingerprint/probe-payload.ts';
import type { Said } from './said.ts';

/** A payload that asks an unknown service what it is; the family is the action. Whether the peer went along it does not tell. */
export function probeSaid(asked: Uint8Array, transport: ProbeTransport): Said | undefined {
  const probe = probePayloadOf(asked, transport);
  return probe === undefined
    ? undefined
    : { service: probe.service, action: probe.family, name: probe.name, target: probe.target };
}
