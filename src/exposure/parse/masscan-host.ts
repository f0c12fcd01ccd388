import { parseIpAddress } from '../../net/ip-address.ts';
import { fromSeconds, type Instant } from '../../time/instant.ts';
import type { Host, Port, Service } from '../model/host.ts';
import { answerOf, bannerScript, isMasscanService, transportProtocol } from './nmap-port.ts';

/** One answer as masscan lists it, fields still text. */
export interface MasscanAnswer {
  readonly ip: string;
  readonly protocol: string;
  readonly port: string;
  readonly state: string;
  readonly reason?: string;
  readonly ttl?: string;
  /** Epoch seconds. */
  readonly timestamp?: string;
  /** The kind of a banner and its text. */
  readonly banner?: { readonly kind: string; readonly text: string };
}

/** Reports a field that is not what it should be. */
export type FieldProblem = (field: string, value: string, expected: string) => void;

/** Epoch seconds as an Instant; undefined when the text is not one. */
export function instantOf(text: string | undefined): Instant | undefined {
  if (text === undefined || !/^[0-9]{1,10}$/.test(text)) return undefined;
  const seconds = Number(text);
  return seconds === 0 || seconds > 9_007_199_254 ? undefined : fromSeconds(seconds);
}

/** A whole number from 0 to `max`, or undefined. */
export function wholeNumber(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^[0-9]{1,6}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

/**
 * The piece of a host that one answer is; undefined (and a problem) when the answer cannot be used.
 * masscan says nothing of the host itself except by an echo or ARP reply, so its state is unknown
 * otherwise. A banner is kept as the script that Nmap would have found it with.
 */
export function masscanHost(answer: MasscanAnswer, problem: FieldProblem): Host | undefined {
  const address = parseIpAddress(answer.ip);
  if (address === undefined) {
    problem('ip', answer.ip, 'an IP address');
    return undefined;
  }
  const end = instantOf(answer.timestamp);
  if (end === undefined && answer.timestamp !== undefined) {
    problem('timestamp', answer.timestamp, 'a time in epoch seconds');
  }
  const reason = answerOf(answer.protocol);
  const port = reason === undefined ? portOf(answer, problem) : undefined;
  if (reason === undefined && port === undefined) return undefined;
  return {
    address,
    otherAddresses: [],
    status: reason === undefined ? { state: 'unknown' } : { state: 'up', reason },
    hostnames: [],
    ports: port === undefined ? [] : [port],
    extraports: [],
    os: [],
    scripts: [],
    timedOut: false,
    ...(end === undefined ? undefined : { end }),
  };
}

function portOf(answer: MasscanAnswer, problem: FieldProblem): Port | undefined {
  const protocol = transportProtocol(answer.protocol);
  const portid = wholeNumber(answer.port, 65_535);
  if (protocol === undefined) problem('proto', answer.protocol, 'tcp, udp or sctp');
  if (portid === undefined) problem('port', answer.port, 'a whole number from 0 to 65535');
  if (protocol === undefined || portid === undefined) return undefined;
  const { banner, reason } = answer;
  const reasonTtl = wholeNumber(answer.ttl, 255);
  if (reasonTtl === undefined && answer.ttl !== undefined) {
    problem('ttl', answer.ttl, 'a whole number from 0 to 255');
  }
  const service: Service | undefined =
    banner !== undefined && isMasscanService(banner.kind) ? { name: banner.kind } : undefined;
  return {
    protocol,
    portid,
    state: answer.state,
    ...(reason === undefined ? undefined : { reason }),
    ...(reasonTtl === undefined ? undefined : { reasonTtl }),
    ...(service === undefined ? undefined : { service }),
    scripts: banner === undefined ? [] : [bannerScript(banner.kind, banner.text)],
  };
}
