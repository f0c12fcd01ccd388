import type { Severity } from '../../../findings/severity.ts';
import type { ControlId } from '../controls.ts';
import type { Rule } from '../rule.ts';
import type { SeverityIn } from '../zone.ts';

const CHANGED =
  'Ask whoever looks after the host whether this was planned. If it was, record it as normal with “tidemark baseline approve”.';

interface Drift {
  readonly topic: string;
  readonly title: string;
  readonly severity: Severity;
  readonly points: number;
  /** Kinds of change. */
  readonly kinds: readonly string[];
  /** Further condition. */
  readonly and?: string;
  readonly why: string;
  readonly impact: string;
  readonly actions?: readonly string[];
  readonly compliance?: readonly ControlId[];
  readonly replaces?: readonly string[];
  readonly severityIn?: SeverityIn;
}

const DRIFTS: readonly Drift[] = [
  {
    topic: 'port-opened',
    title: 'A port opened that was not expected',
    severity: 'medium',
    points: 20,
    kinds: ['port-opened'],
    why: 'Something listens that did not listen before.',
    impact: 'A program that nobody planned may be open to others.',
    actions: [
      CHANGED,
      'On the host, find the program that listens: “ss -tlnp” on Linux, “netstat -abno” on Windows.',
    ],
    compliance: ['PCI DSS 4.0 1.2.5', 'PCI DSS 4.0 6.5.1', 'CIS v8 4.8'],
    severityIn: { 'internet-facing': 'high', management: 'high' },
  },
  {
    topic: 'port-closed',
    title: 'An expected service no longer answers',
    severity: 'low',
    points: 5,
    kinds: ['port-closed', 'port-filtered'],
    why: 'A port that used to be open is not.',
    impact: 'A service may be down, or a firewall may have changed.',
    actions: ['Check whether the service is meant to run.', CHANGED],
  },
  {
    topic: 'state-changed',
    title: 'A port changed its state',
    severity: 'info',
    points: 0,
    kinds: ['port-state-changed'],
    why: 'Neither side was open; it mostly says that a firewall changed.',
    impact: 'None by itself.',
  },
  {
    topic: 'service-changed',
    title: 'Another service answers on a known port',
    severity: 'medium',
    points: 20,
    kinds: ['service-changed'],
    why: 'The port is the same and the program behind it is not.',
    impact: 'Somebody replaced a service, or something else took its place.',
    compliance: ['PCI DSS 4.0 6.5.1'],
  },
  {
    topic: 'encryption-removed',
    title: 'A service no longer encrypts',
    severity: 'high',
    points: 25,
    kinds: ['service-changed'],
    // A name from the table of port numbers says that nothing was recognised, and nothing of encryption.
    and: 'change.before.startsWith("ssl/") && !change.after.startsWith("ssl/") && !service.guessed',
    why: 'The port spoke TLS, the encryption behind https, and now speaks without it.',
    impact: 'Passwords and data that go there can be read on their way.',
    actions: [
      'Check the server’s settings and its certificate: a certificate that ran out is often met by switching encryption off.',
      CHANGED,
    ],
    compliance: ['PCI DSS 4.0 2.2.7', 'PCI DSS 4.0 4.2.1', 'CIS v8 3.10'],
    severityIn: { 'internet-facing': 'critical' },
    replaces: ['drift.service-changed'],
  },
  {
    topic: 'product-changed',
    title: 'Another product answers on a known port',
    severity: 'medium',
    points: 15,
    kinds: ['product-changed'],
    why: 'The service is the same and the software is not.',
    impact: 'A move to other software, planned or not.',
    compliance: ['PCI DSS 4.0 6.5.1'],
  },
  {
    topic: 'version-downgrade',
    title: 'Software went back to an older version',
    severity: 'medium',
    points: 20,
    kinds: ['version-changed'],
    and: 'change.downgrade',
    why: 'Versions rarely go down on purpose: a restored backup, an old image, or another machine on the address.',
    impact: 'Faults that were mended may be back.',
    actions: ['Check why the older version runs.', CHANGED],
    compliance: ['PCI DSS 4.0 6.3.3', 'PCI DSS 4.0 6.5.1'],
  },
  {
    topic: 'version-changed',
    title: 'A version changed',
    severity: 'info',
    points: 0,
    kinds: ['version-changed'],
    and: '!change.downgrade',
    why: 'Mostly an update.',
    impact: 'None by itself.',
    actions: ['If the update was planned, record it as normal with “tidemark baseline approve”.'],
  },
  {
    topic: 'host-appeared',
    title: 'A host is there that was not expected',
    severity: 'medium',
    points: 20,
    kinds: ['host-appeared'],
    why: 'An address answers that did not answer before.',
    impact: 'A machine that nobody looks after may be on the network.',
    actions: ['Find out whose machine it is.', CHANGED],
    compliance: ['PCI DSS 4.0 12.5.1', 'CIS v8 1.1', 'CIS v8 1.2'],
    severityIn: { 'internet-facing': 'high', management: 'high' },
  },
  {
    topic: 'host-disappeared',
    title: 'An expected host does not answer',
    severity: 'low',
    points: 5,
    kinds: ['host-disappeared', 'host-went-down'],
    why: 'An address that used to answer does not.',
    impact: 'A machine may be down, moved, or hidden by a firewall.',
    actions: ['Check whether the host is meant to run.', CHANGED],
    compliance: ['PCI DSS 4.0 12.5.1', 'CIS v8 1.1'],
  },
  {
    topic: 'host-came-up',
    title: 'A host that was down is up',
    severity: 'info',
    points: 0,
    kinds: ['host-came-up'],
    why: 'The scan before found it down.',
    impact: 'None by itself.',
  },
  {
    topic: 'mac-changed',
    title: 'Another network card answers at a known address',
    severity: 'medium',
    points: 15,
    kinds: ['mac-changed'],
    and: 'change.before != "" && change.after != ""',
    why: 'The IP address is the same and the MAC address, the number built into a network card, is not: other hardware, a standby that took over, or another machine that took the address.',
    impact: 'What answers may not be the machine that you know.',
    actions: [
      'Ask whoever runs the network which machine has the address now: the DHCP server (which hands out addresses) and the switch know.',
      CHANGED,
    ],
    compliance: ['CIS v8 1.2'],
    severityIn: { management: 'high' },
  },
  {
    topic: 'os-changed',
    title: 'The operating system looks different',
    severity: 'medium',
    points: 15,
    kinds: ['os-changed'],
    and: 'change.before != "" && change.after != ""',
    why: 'The host answers like another system than before. OS detection guesses, so check on the host.',
    impact: 'The machine may have been installed anew, or another one took its address.',
    compliance: ['PCI DSS 4.0 6.5.1'],
  },
  {
    topic: 'hostname-changed',
    title: 'The host name changed',
    severity: 'info',
    points: 0,
    kinds: ['hostnames-changed'],
    why: 'Reverse lookup gives another name.',
    impact: 'None by itself.',
  },
  {
    topic: 'service-moved',
    title: 'A service moved to another port',
    severity: 'medium',
    points: 15,
    kinds: ['service-moved'],
    why: 'The same service left one port and answers on another.',
    impact: 'Rules for the old port, in firewalls and monitoring, no longer meet it.',
    compliance: ['PCI DSS 4.0 6.5.1'],
  },
];

function example(drift: Drift): Readonly<Record<string, unknown>> {
  return {
    kind: drift.kinds[0],
    pattern: 'change',
    before: 'ssl/http',
    after: 'http',
    comparable: true,
    downgrade: drift.topic === 'version-downgrade',
  };
}

/** Departures from the pinned baseline, or from an earlier run. */
export const DRIFT: readonly Rule[] = [
  ...DRIFTS.map((drift): Rule => ({
    id: `drift.${drift.topic}`,
    category: 'drift',
    on: 'change',
    title: drift.title,
    severity: drift.severity,
    points: drift.points,
    match: `change.pattern == "change" && change.kind in [${drift.kinds.map((kind) => JSON.stringify(kind)).join(', ')}]${drift.and === undefined ? '' : ` && ${drift.and}`}`,
    why: drift.why,
    impact: drift.impact,
    actions: drift.actions ?? [CHANGED],
    references: [],
    compliance: drift.compliance ?? [],
    ...(drift.replaces === undefined ? {} : { replaces: drift.replaces }),
    ...(drift.severityIn === undefined ? {} : { severityIn: drift.severityIn }),
    tests: [
      { name: 'it happens', facts: { change: example(drift), service: { guessed: false } }, expect: true },
      {
        name: 'another change',
        facts: { change: { ...example(drift), kind: 'extraports-changed' } },
        expect: false,
      },
      { name: 'a habit', facts: { change: { ...example(drift), pattern: 'flapping' } }, expect: false },
    ],
  })),
  {
    id: 'drift.flapping',
    category: 'drift',
    on: 'change',
    title: 'It comes and goes, as before',
    severity: 'info',
    points: 0,
    match: 'change.pattern == "flapping"',
    why: 'The baseline knows it as something that is not always there, so its comings and goings are said once.',
    impact: 'None by itself.',
    actions: ['If it should always be there, look into why it is not.'],
    references: [],
    tests: [
      {
        name: 'a flapping port closed',
        facts: { change: { kind: 'port-closed', pattern: 'flapping' } },
        expect: true,
      },
      {
        name: 'a plain change',
        facts: { change: { kind: 'port-closed', pattern: 'change' } },
        expect: false,
      },
    ],
  },
  {
    id: 'drift.ephemeral',
    category: 'drift',
    on: 'change',
    title: 'An RPC service moved among its usual high ports',
    severity: 'info',
    points: 0,
    match: 'change.pattern == "ephemeral"',
    why: 'The system deals these ports out anew at every start; which one it is says nothing.',
    impact: 'None by itself.',
    actions: ['Nothing to do.'],
    references: ['RFC 6335, section 6'],
    tests: [
      { name: 'msrpc moved', facts: { change: { kind: 'port-opened', pattern: 'ephemeral' } }, expect: true },
      {
        name: 'a plain change',
        facts: { change: { kind: 'port-opened', pattern: 'change' } },
        expect: false,
      },
    ],
  },
];
