import type { TrackedFlow } from '../../../packet/tracked-flow.ts';
import { SCTP, TCP, UDP } from '../../model/ip-protocol.ts';
import type { AppEvent, Flow } from '../../model/telemetry-record.ts';
import { dnsSaid } from './dns.ts';
import { httpSaid } from './http.ts';
import type { Said } from './said.ts';
import { sshSaid } from './ssh.ts';
import { tlsSaid } from './tls.ts';

const NONE: readonly AppEvent[] = [];

/** What the first payloads of a flow say above the transport. */
export function appEvents(flow: TrackedFlow, record: Flow): readonly AppEvent[] {
  const asked = flow.orig.head?.octets;
  const answered = flow.resp.head?.octets;
  if (asked === undefined || record.protocol === SCTP) return NONE;
  const said = whatIsSaid(flow, record, asked, answered ?? new Uint8Array(0));
  if (said === undefined) return NONE;
  return [
    {
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
    },
  ];
}

function whatIsSaid(
  flow: TrackedFlow,
  record: Flow,
  asked: Uint8Array,
  answered: Uint8Array,
): Said | undefined {
  if (record.protocol === TCP)
    return (
      httpSaid(asked, answered) ??
      tlsSaid(asked, answered, flow.orig.bytes) ??
      sshSaid(asked) ??
      dnsSaid(asked, answered, record)
    );
  return record.protocol === UDP ? dnsSaid(asked, answered, record) : undefined;
}
