import { PROTO_TCP, PROTO_UDP } from './ip-numbers.ts';
import { CLOSED, ESTABLISHED, INACTIVE, PARTIAL, RESET, SYN_ACK_SENT, SYN_SENT } from './tcp-endpoint.ts';
import type { TrackedFlow } from './tracked-flow.ts';

/** Zeek's conn_state of a flow: `conn_state` in scripts/base/protocols/conn/main.zeek of Zeek 8. */
export function connState(flow: TrackedFlow): string {
  if (flow.protocol === PROTO_TCP) return tcpState(flow);
  if (flow.protocol !== PROTO_UDP) return 'OTH';
  if (flow.orig.packets > 0) return flow.resp.packets > 0 ? 'SF' : 'S0';
  return flow.resp.packets > 0 ? 'SHR' : 'OTH';
}

function tcpState({ orig, resp, history }: TrackedFlow): string {
  const quietOrig = orig.state === INACTIVE || orig.state === PARTIAL;
  const quietResp = resp.state === INACTIVE || resp.state === PARTIAL;
  if (resp.state === RESET) {
    const onlySyn = orig.state === SYN_SENT || orig.state === SYN_ACK_SENT;
    if (onlySyn || (orig.state === RESET && orig.size === 0 && resp.size === 0)) return 'REJ';
    return quietOrig ? 'RSTRH' : 'RSTR';
  }
  if (orig.state === RESET) {
    if (!quietResp) return 'RSTO';
    return /^\^?S[^HAFGIQ]*R/.test(history) ? 'RSTOS0' : 'OTH';
  }
  if (resp.state === CLOSED && orig.state === CLOSED) return 'SF';
  if (orig.state === CLOSED) return quietResp ? 'SH' : 'S2';
  if (resp.state === CLOSED) return quietOrig ? 'SHR' : 'S3';
  if (orig.state === SYN_SENT && resp.state === INACTIVE) return 'S0';
  return orig.state === ESTABLISHED && resp.state === ESTABLISHED ? 'S1' : 'OTH';
}
