import { parsePortKey, TRANSPORT_PROTOCOLS, type PortKey } from '../../net/port-key.ts';
import { baselineRunId, type Baseline, type ExpectedHost } from '../model/baseline.ts';
import { parsePortList, restOf } from '../model/coverage.ts';
import type { Extraports, Host, Port } from '../model/host.ts';
import type { ScanRun } from '../model/scan-run.ts';
import { hostsInOrder } from './versions.ts';

/**
 * The baseline as if it were a run that saw exactly what is expected, so that a diff of it and a real run
 * yields the deviations. Covered ports without an expectation are folded, with their numbers named, into
 * `closed`: the baseline knows only that they were not open, which `deviations` takes into account.
 */
export function baselineAsRun(baseline: Baseline): ScanRun {
  const hosts = hostsInOrder(baseline)
    .filter((host) => host.presence === 'up')
    .map((host) => hostOf(host));
  return {
    info: {
      ...baseline.asked,
      start: baseline.created,
      verbose: 0,
      debugging: 0,
      preScripts: [],
      format: 'nmap-xml',
      status: 'complete',
      exit: 'success',
      postScripts: [],
      ...(baseline.asked.hosts === undefined ? {} : { hosts: baseline.asked.hosts }),
      id: baselineRunId(baseline.version),
      vantage: baseline.vantage,
      profile: baseline.profile,
      privileges: baseline.privileges,
    },
    hosts,
  };
}

function hostOf(expected: ExpectedHost): Host {
  return {
    address: expected.host,
    otherAddresses: [],
    ...(expected.mac === undefined ? {} : { mac: { address: expected.mac } }),
    status: { state: 'up', reason: 'baseline' },
    hostnames: expected.hostnames.map((name) => ({ name, type: 'PTR' })),
    ports: Array.from(expected.ports.values(), (port) => portOf(port.port, port.state, port.service)),
    extraports: foldedPorts(expected),
    os: expected.os === undefined ? [] : [{ name: expected.os, accuracy: 100, classes: [] }],
    scripts: [],
    timedOut: false,
  };
}

function portOf(key: PortKey, state: string, service: Port['service']): Port {
  const { portid, protocol } = parsePortKey(key)!;
  return {
    protocol,
    portid,
    state,
    ...(service === undefined ? {} : { service }),
    scripts: [],
  };
}

function foldedPorts(host: ExpectedHost): Extraports[] {
  const reasons = [];
  let total = 0;
  for (const protocol of TRANSPORT_PROTOCOLS) {
    const covered = parsePortList(host.coverage[protocol] ?? '');
    if (covered === undefined || covered.size === 0) continue;
    const listed: number[] = [];
    for (const key of host.ports.keys()) {
      const port = parsePortKey(key)!;
      if (port.protocol === protocol) listed.push(port.portid);
    }
    const { ports, text } = restOf(covered, listed);
    if (ports.size === 0) continue;
    reasons.push({ reason: 'baseline', count: ports.size, protocol, ports: text });
    total += ports.size;
  }
  return reasons.length === 0 ? [] : [{ state: 'closed', count: total, reasons }];
}
