import type { ExpectedHost, ExpectedPort } from '../model/baseline.ts';
import type { PortKey } from '../../net/port-key.ts';

/** An expected host as JSON text, for the store: its ports as a list, everything else as it is. */
export function encodeExpectedHost(host: ExpectedHost): string {
  return JSON.stringify({ ...host, ports: [...host.ports.values()] });
}

/** The inverse of encodeExpectedHost. Throws a SyntaxError on other text. */
export function decodeExpectedHost(text: string): ExpectedHost {
  const { ports, ...host } = JSON.parse(text) as Omit<ExpectedHost, 'ports'> & {
    ports: readonly ExpectedPort[];
  };
  return { ...host, ports: new Map<PortKey, ExpectedPort>(ports.map((port) => [port.port, port])) };
}
