import type { ControlId } from '../controls.ts';
import type { Rule } from '../rule.ts';

/** How much a host offers at all. 15 points for more than 20 open ports: the seed design's "large surface". */
export const SURFACE: readonly Rule[] = [
  {
    id: 'surface.large',
    category: 'surface',
    on: 'host',
    title: 'More than 20 ports are open',
    severity: 'low',
    whenExpected: 'info',
    points: 15,
    match: 'host.open_count > 20',
    why: 'Each open port is a program that strangers can speak to, and somebody has to keep it mended.',
    impact: 'The more programs listen, the likelier it is that one of them has a fault.',
    actions: ['Go through the list and switch off what nobody uses.'],
    references: [],
    compliance: ['PCI DSS 4.0 2.2.4', 'CIS v8 4.8'] satisfies readonly ControlId[],
    severityIn: { 'internet-facing': 'medium' },
    tests: [
      { name: '21 ports', facts: { host: { open_count: 21 } }, expect: true },
      { name: '20 ports', facts: { host: { open_count: 20 } }, expect: false },
    ],
  },
  {
    id: 'surface.everything',
    category: 'surface',
    on: 'host',
    title: 'More than 500 ports are open',
    severity: 'low',
    points: 15,
    match: 'host.open_count > 500',
    why: 'Hardly any host has so many services: a firewall, a proxy or a trap answers in their place, so little of this list is real.',
    impact: 'What this host really offers is not known from here.',
    actions: ['Scan it from another place, or with version detection, to see what is really behind it.'],
    references: ['https://nmap.org/book/firewall-subversion.html'],
    replaces: ['surface.large'],
    tests: [
      { name: '1,000 ports', facts: { host: { open_count: 1000 } }, expect: true },
      { name: '30 ports', facts: { host: { open_count: 30 } }, expect: false },
    ],
  },
];
