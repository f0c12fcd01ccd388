import type { Rule } from '../rule.ts';

/** Alerts of the anomaly model as findings: rules for how bad, learning for how unusual (`assessment.md`). */
const alert = (
  id: string,
  condition: string,
  facts: Readonly<Record<string, unknown>>,
  words: Pick<Rule, 'title' | 'severity' | 'why' | 'impact' | 'actions'>,
): Rule => ({
  id: `unusual.${id}`,
  category: 'unusual',
  on: 'host',
  points: 20,
  match: `anomaly.alert && ${condition}`,
  references: [],
  // An alert is about a change: that the host itself is expected makes it no milder.
  whenNew: words.severity,
  whenExpected: words.severity,
  ...words,
  tests: [
    { name: 'an alert', facts: { anomaly: { alert: true, ...facts } }, expect: true },
    { name: 'unusual, within the budget', facts: { anomaly: { alert: false, ...facts } }, expect: false },
    {
      name: 'an alert about something else',
      facts: { anomaly: { alert: true, channel: 'none' } },
      expect: false,
    },
  ],
});

const ASK =
  'Ask whoever runs the host whether the change was planned, and say so with tidemark feedback if it was.';

export const UNUSUAL: readonly Rule[] = [
  alert(
    'severe-port',
    'anomaly.channel == "new-port" && anomaly.severe',
    { channel: 'new-port', severe: true },
    {
      title: 'A port that is risky to expose is open here for the first time',
      severity: 'high',
      why: 'Neither this host nor the hosts that are like it have shown this port before, and what answers there is risky to expose.',
      impact: 'Somebody may be offering access to this machine, on purpose or by mistake.',
      actions: [ASK, 'Find the program that listens there, and close the port until it is explained.'],
    },
  ),
  alert(
    'new-port',
    'anomaly.channel == "new-port" && !anomaly.severe',
    { channel: 'new-port' },
    {
      title: 'A port is open here for the first time, and hosts like this one do not have it',
      severity: 'medium',
      why: 'Neither this host nor the hosts that are like it have shown this port before.',
      impact: 'A program listens that was not there before; nobody may be looking after it.',
      actions: [ASK, 'Find the program that listens there.'],
    },
  ),
  alert(
    'missing-port',
    'anomaly.channel == "missing-port"',
    { channel: 'missing-port' },
    {
      title: 'A service that was always there has gone',
      severity: 'medium',
      why: 'The port was open in nearly every scan that could see it, and hosts like this one still have it.',
      impact:
        'A service is down, or something that watches the host, such as a monitoring agent, was stopped.',
      actions: ['Check whether the service runs, and who stopped it.', ASK],
    },
  ),
  alert(
    'changed-service',
    'anomaly.channel in ["service", "product", "version"]',
    { channel: 'product' },
    {
      title: 'Something else answers on a port than used to',
      severity: 'medium',
      why: 'The name, the product or the version that the service announces changed in a way that is rare in this network.',
      impact: 'The service was replaced or set back to an older version, by its owner or by somebody else.',
      actions: [ASK, 'Compare what is installed with what should be.'],
    },
  ),
  alert(
    'operating-system',
    'anomaly.channel == "os"',
    { channel: 'os' },
    {
      title: 'The host looks like another operating system than before',
      severity: 'medium',
      why: 'Scans have recognised one family of operating systems here for long, and now recognise another.',
      impact: 'The machine was installed anew, or another machine answers at its address.',
      actions: ['Check that the machine at this address is the one that it should be.', ASK],
    },
  ),
  alert(
    'new-host',
    'anomaly.channel == "new-host"',
    { channel: 'new-host' },
    {
      title: 'A host that was never seen before, and that does not fit its surroundings',
      severity: 'medium',
      why: 'New hosts are rare in this part of the network, or this one is unlike those around it.',
      impact: 'A device that nobody manages may be connected to the network.',
      actions: ['Find the device, by its hardware address and the switch port that it is on.', ASK],
    },
  ),
  alert(
    'combination',
    'anomaly.channel == "combination"',
    { channel: 'combination' },
    {
      title: 'Services stand together here that stand together nowhere else',
      severity: 'medium',
      why: 'Each of these ports is common in this network; both on one host are not.',
      impact: 'The machine may be doing something besides what it is there for.',
      actions: ['Check which of the services belongs on the machine.', ASK],
    },
  ),
  alert(
    'slow-drift',
    'anomaly.channel == "drift"',
    { channel: 'drift' },
    {
      title: 'The host has been gathering open ports, a few at a time',
      severity: 'medium',
      why: 'Each step alone is harmless; together they are more than a host like this one shows in such a time.',
      impact: 'The host is exposed further than anybody decided.',
      actions: ['Go through what was added since the first scan, and keep what is needed.', ASK],
    },
  ),
];
