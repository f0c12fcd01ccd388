import type { ControlId } from '../controls.ts';
import type { Rule } from '../rule.ts';
import { exposedWeighsMore } from '../zone.ts';
import { named, namedTests, openPort, product } from './conditions.ts';

const CONTROLS: readonly ControlId[] = [
  'PCI DSS 4.0 1.2.5',
  'PCI DSS 4.0 2.2.4',
  'CIS v8 4.6',
  'CIS v8 12.3',
  'CIS v8 12.8',
];
const READABLE: readonly ControlId[] = [...CONTROLS, 'PCI DSS 4.0 2.2.7'];

function management(
  topic: string,
  rest: Pick<Rule, 'title' | 'match' | 'why' | 'actions' | 'references' | 'tests'> & Partial<Rule>,
): Rule {
  const severity = rest.severity ?? 'medium';
  return {
    id: `remote-management.${topic}`,
    category: 'administrative',
    on: 'port',
    severity,
    severityIn: exposedWeighsMore(severity),
    points: 20,
    impact: 'Whoever gets in runs the device, below or beside its operating system.',
    compliance: CONTROLS,
    ...rest,
  };
}

/**
 * Management of devices beside their own logins: boards, routers, switches. IPMI, WinRM, VNC and remote-control programs are
 * in the administrative pack, SNMP among the unsafe services.
 */
export const REMOTE_MANAGEMENT: readonly Rule[] = [
  management('intel-amt', {
    title: 'Intel AMT, remote control built into the mainboard, answers',
    match: `${named(['amt-soap-http', 'amt-soap-https', 'amt-redir-tcp', 'amt-redir-tls'], [16992, 16993, 16994, 16995])} || ${product('Intel AMT', 'Active Management Technology')}`,
    severityIn: { 'internet-facing': 'critical', management: 'low' },
    points: 25,
    why: 'AMT answers even while the operating system is off, and old firmware let anybody in without a password.',
    actions: [
      'Check the firmware against the maker’s notice.',
      'Switch AMT off in the BIOS where nobody uses it.',
    ],
    references: ['https://www.intel.com/content/www/us/en/security-center/advisory/intel-sa-00075.html'],
    tests: [
      ...namedTests('amt-soap-http', 16992),
      { name: 'by product', facts: openPort(7, { product: 'Intel AMT WebUI' }), expect: true },
    ],
  }),
  management('smart-install', {
    title: 'Cisco Smart Install answers',
    severity: 'high',
    whenExpected: 'high',
    severityIn: { 'internet-facing': 'critical' },
    points: 30,
    match: named(['smart-install', 'cisco-smartinstall'], [4786]),
    why: 'The switch takes a new configuration or system from anybody who asks; no login is part of the protocol.',
    actions: ['Switch it off (“no vstack”) unless a director is in use.', 'Block 4786/tcp at the edge.'],
    references: [
      'https://sec.cloudapps.cisco.com/security/center/content/CiscoSecurityAdvisory/cisco-sa-20180409-smi',
    ],
    compliance: [...CONTROLS, 'PCI DSS 4.0 8.3.1'] satisfies readonly ControlId[],
    tests: namedTests('smart-install', 4786),
  }),
  management('tr-069', {
    title: 'A router’s management port for the provider (TR-069, CWMP) answers',
    match: named(['cwmp'], [7547]),
    why: 'Only the provider’s server has to reach it; worms have used it to take over home routers.',
    actions: ['Ask the provider to let only its own server in, or block the port.', 'Update the router.'],
    references: ['Broadband Forum TR-069'],
    tests: namedTests('cwmp', 7547),
  }),
  management('winbox', {
    title: 'MikroTik WinBox answers',
    match: `${named(['winbox'], [8291])} || ${product('MikroTik WinBox')}`,
    why: 'WinBox runs the whole router, and faults in old versions gave its passwords away.',
    actions: ['Allow it from the administrators’ network only (“/ip service”).', 'Update RouterOS.'],
    references: ['https://help.mikrotik.com/docs/display/ROS/Securing+your+router'],
    tests: [
      ...namedTests('winbox', 8291),
      { name: 'by product', facts: openPort(7, { product: 'MikroTik WinBox' }), expect: true },
    ],
  }),
  management('netconf', {
    title: 'Device configuration by NETCONF answers',
    severity: 'low',
    whenExpected: 'info',
    match: named(['netconf-ssh', 'netconf'], [830]),
    why: 'NETCONF reads and writes the whole configuration of a router or switch, over SSH.',
    actions: ['Allow it from the management network only.'],
    references: ['RFC 6242'],
    tests: namedTests('netconf-ssh', 830),
  }),
  management('ubiquiti', {
    title: 'Ubiquiti discovery answers',
    severity: 'low',
    whenExpected: 'info',
    points: 10,
    match: named(['ubiquiti-discovery', 'scp-config'], [10001], 'udp'),
    why: 'It tells anybody the name, model and version of the device, and answers a forged question with more than it was sent.',
    impact: 'The device can be used to flood somebody else, and its version is known to everybody.',
    actions: ['Switch discovery off, or block 10001/udp at the edge.'],
    references: ['https://nmap.org/nsedoc/scripts/ubiquiti-discovery.html'],
    tests: namedTests('ubiquiti-discovery', 10001, 'udp'),
  }),
  management('xdmcp', {
    title: 'A graphical login over the network (XDMCP) answers',
    match: named(['xdmcp'], [177], 'udp'),
    why: 'XDMCP encrypts nothing: the password that is typed crosses the network readable.',
    impact: 'A password read from the network opens the machine to whoever read it.',
    actions: ['Switch XDMCP off in the display manager.', 'Use X11 forwarding of SSH instead.'],
    references: ['X Display Manager Control Protocol, X.Org'],
    compliance: [...READABLE, 'PCI DSS 4.0 8.3.2'] satisfies readonly ControlId[],
    tests: namedTests('xdmcp', 177, 'udp'),
  }),
  management('agent', {
    title: 'A monitoring agent (NRPE, Zabbix, Checkmk) answers',
    severity: 'low',
    whenNew: 'low',
    whenExpected: 'info',
    severityIn: { 'internet-facing': 'high' },
    points: 10,
    match: named(['nrpe', 'nrpep', 'zabbix-agent', 'zabbix', 'checkmk-agent'], [5666, 10050, 6556]),
    why: 'The agent tells the state of the machine, and some run commands for whoever may ask.',
    impact: 'The machine tells others what runs on it.',
    actions: ['Allow it from the monitoring server only, in the agent’s own settings.'],
    references: ['https://github.com/NagiosEnterprises/nrpe/blob/master/SECURITY.md'],
    tests: namedTests('nrpe', 5666),
  }),
];
