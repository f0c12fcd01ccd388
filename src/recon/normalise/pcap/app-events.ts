import type { Instant } from '../../../time/instant.ts';
import type { TrackedFlow } from '../../../packet/tracked-flow.ts';
import { ICMP, TCP, UDP } from '../../model/ip-protocol.ts';
import type { AppEvent, Endpoints } from '../../model/telemetry-record.ts';
import { bittorrentSaid } from './bittorrent.ts';
import { dnsSaid } from './dns.ts';
import { httpSaid } from './http.ts';
import { probeSaid } from './probe.ts';
import type { Said } from './said.ts';
import { sshSaid } from './ssh.ts';
import { tlsSaid } from './tls.ts';

const NOTHING = new Uint8Array(0);

/** What the first payloads of a flow say above the transport; undefined when nothing that is known here. */
export function whatIsSaid(flow: TrackedFlow): Said | undefined {
  const { protocol, respPort, orig, resp } = flow;
  if (orig.head === undefined) return undefined;
  const http = protocol === TCP ? httpSaid(orig.head.text, resp.head?.text ?? '') : undefined;
  if (http !== undefined) return http;
  const asked = orig.head.octets;
  const answered = resp.head?.octets ?? NOTHING;
  if (protocol === UDP)
    return (
      dnsSaid(asked, answered, respPort, protocol) ?? bittorrentSaid(asked, true) ?? probeSaid(asked, 'udp')
    );
  if (protocol === ICMP) return probeSaid(asked, 'icmp');
  if (protocol !== TCP) return undefined;
  return (
    tlsSaid(asked, answered, flow.orig.bytes) ??
    sshSaid(asked) ??
    dnsSaid(asked, answered, respPort, protocol) ??
    bittorrentSaid(asked, false) ??
    probeSaid(asked, 'tcp')
  );
}

/** What was said between two ends, as an event. */
export function appEvent(said: Said, ends: Endpoints, time: Instant): AppEvent {
  return {
    kind: 'app',
    time,
    source: ends.source,
    sourcePort: ends.sourcePort,
    destination: ends.destination,
    destinationPort: ends.destinationPort,
    protocol: ends.protocol,
    action: '',
    name: '',
    target: '',
    agent: '',
    status: '',
    accepted: undefined,
    ja3: '',
    ja4: '',
    hassh: '',
    uid: '',
    ...said,
  };
}
