import type { TrackedFlow } from '../../../packet/tracked-flow.ts';
import { TCP, UDP } from '../../model/ip-protocol.ts';
import type { AppEvent, Flow } from '../../model/telemetry-record.ts';
import { dnsSaid } from './dns.ts';
import { httpSaid } from './http.ts';
import type { Said } from './said.ts';
import { sshSaid } from './ssh.ts';
import { tlsSaid } from './tls.ts';

const NOTHING = new Uint8Array(0);

/** What the first payloads of a flow say above the transport; undefined when nothing that is known here. */
export function whatIsSaid(flow: TrackedFlow): Said | undefined {
  const asked = flow.orig.head?.octets;
  if (asked === undefined) return undefined;
  const answered = flow.resp.head?.octets ?? NOTHING;
  const { protocol, respPort } = flow;
  if (protocol === UDP) return dnsSaid(asked, answered, respPort, protocol);
  if (protocol !== TCP) return undefined;
  return (
    httpSaid(asked, answered) ??
    tlsSaid(asked, answered, flow.orig.bytes) ??
    sshSaid(asked) ??
    dnsSaid(asked, answered, respPort, protocol)
  );
}

/** What was said, as an event of the flow's record. */
export function appEvent(said: Said, record: Flow): AppEvent {
  return {
    kind: 'app',
    time: record.time,
    source: record.source,
    sourcePort: record.sourcePort,
    destination: record.destination,
    destinationPort: record.destinationPort,
    protocol: record.protocol,
    action: '',
    name: '',
    target: '',
    agent: '',
    status: '',
    accepted: undefined,
    ja3: '',
    ja4: '',
    hassh: '',
    uid: record.uid,
    ...said,
  };
}
