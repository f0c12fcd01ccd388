import type { Rule, RuleTest } from '../rule.ts';
import type { ControlId } from '../controls.ts';
import { exposedWeighsMore } from '../zone.ts';
import { named, namedTests, openPort, portScript, product } from './conditions.ts';

const REVIEW = 'Check that only the administrators’ networks reach it.';
const MFA = 'Check that it asks for more than a password: a key, or a code from a second device.';
/** Ways in that are encrypted, or can be. */
const CONTROLS: readonly ControlId[] = [
  'PCI DSS 4.0 1.2.5',
  'PCI DSS 4.0 2.2.4',
  'CIS v8 4.6',
  'CIS v8 12.8',
];
/** Ways in that are not encrypted. */
const READABLE: readonly ControlId[] = [...CONTROLS, 'PCI DSS 4.0 2.2.7', 'PCI DSS 4.0 8.3.2'];
/** Ways in that ask for nothing. */
const UNGUARDED: readonly ControlId[] = [...CONTROLS, 'PCI DSS 4.0 8.3.1'];

function administrative(
  topic: string,
  rest: Pick<Rule, 'title' | 'match' | 'why' | 'tests'> & Partial<Rule>,
): Rule {
  return {
    id: `administrative.${topic}`,
    category: 'administrative',
    on: 'port',
    severity: 'medium',
    points: 20,
    impact: 'Whoever has, guesses or steals a login here runs the machine.',
    actions: [REVIEW, MFA],
    references: [],
    compliance: CONTROLS,
    severityIn: exposedWeighsMore(rest.severity ?? 'medium'),
    ...rest,
  };
}

/** Ways to run a machine from afar. 20 points: the seed design's "administrative". */
export const ADMINISTRATIVE: readonly Rule[] = [
  administrative('ssh', {
    title: 'SSH answers',
    severity: 'low',
    whenNew: 'medium',
    whenExpected: 'info',
    severityIn: { 'internet-facing': 'medium', management: 'info' },
    match: named(['ssh'], [22]),
    why: 'SSH is the usual way to run a server; it is worth a look only where nobody expected it.',
    actions: [REVIEW, 'Check that it takes keys and no passwords.'],
    tests: namedTests('ssh', 22),
  }),
  administrative('rdp', {
    title: 'Windows Remote Desktop answers',
    match: named(['ms-wbt-server', 'rdp'], [3389]),
    why: 'Remote Desktop is the door that password guessers try first.',
    tests: namedTests('ms-wbt-server', 3389),
  }),
  administrative('winrm', {
    title: 'Windows Remote Management (WinRM) answers',
    severity: 'low',
    match: named(['wsman', 'wsmans'], [5985, 5986]),
    why: 'WinRM runs commands on the machine for whoever has an administrator’s login.',
    tests: namedTests('wsman', 5985),
  }),
  administrative('vnc', {
    title: 'VNC answers',
    match: named(['vnc', 'vnc-http'], [5900, 5901, 5902, 5903, 5800]),
    why: 'Classic VNC protects the whole screen with one password of at most eight characters and encrypts nothing.',
    actions: [REVIEW, 'Carry it through SSH or a VPN.'],
    references: ['RFC 6143, section 7.2'],
    compliance: READABLE,
    tests: namedTests('vnc', 5900),
  }),
  administrative('vnc-open', {
    title: 'VNC lets anybody in',
    severity: 'critical',
    whenExpected: 'high',
    points: 40,
    match: `port.scripts.exists(s, s.id == "vnc-info" && s.output.matches("(^|[^a-zA-Z])None [(]1[)]"))`,
    why: 'The server offered the security type “None” during the scan: no password is asked.',
    impact: 'Anybody who reaches the port sees and uses the screen.',
    actions: ['Set a password or close the port today.', 'Carry it through SSH or a VPN.'],
    references: ['RFC 6143, section 7.2.1', 'https://nmap.org/nsedoc/scripts/vnc-info.html'],
    compliance: UNGUARDED,
    severityIn: {},
    replaces: ['administrative.vnc'],
    tests: [
      {
        name: 'vnc-info lists None',
        facts: openPort(
          5900,
          { name: 'vnc' },
          { scripts: [{ id: 'vnc-info', output: 'Security types:\n  None (1)' }] },
        ),
        expect: true,
      },
      {
        name: 'a password is asked',
        facts: openPort(
          5900,
          { name: 'vnc' },
          { scripts: [{ id: 'vnc-info', output: 'Security types:\n  VNC Authentication (2)' }] },
        ),
        expect: false,
      },
    ],
  }),
  administrative('ipmi', {
    title: 'A server’s management controller (IPMI) answers',
    whenNew: 'high',
    severityIn: { 'internet-facing': 'critical', management: 'low' },
    points: 25,
    match: named(['asf-rmcp', 'ipmi'], [623], 'udp'),
    why: 'IPMI runs below the operating system, and version 2.0 hands out password hashes to anybody who asks.',
    impact: 'Whoever gets in can switch the machine off, watch its console and install another system.',
    actions: ['Move management controllers to a network of their own.', 'Change the factory passwords.'],
    references: [
      'https://www.cisa.gov/news-events/alerts/2013/07/26/risks-using-intelligent-platform-management-interface-ipmi',
    ],
    tests: namedTests('asf-rmcp', 623, 'udp'),
  }),
  administrative('remote-control', {
    title: 'A remote-control program (Radmin, TeamViewer, AnyDesk, DameWare, NoMachine, pcAnywhere) answers',
    match: `${named(['radmin', 'teamviewer', 'anydesk', 'damewaremr', 'pcanywheredata', 'nomachine-nx'], [4899, 5631, 5938, 6129, 7070])} || ${product('Radmin', 'TeamViewer', 'AnyDesk', 'DameWare')}`,
    why: 'Such programs are often put on a machine by one person and forgotten by all others.',
    tests: [
      ...namedTests('radmin', 4899),
      { name: 'by product', facts: openPort(7, { product: 'AnyDesk' }), expect: true },
    ],
  }),
  administrative('webmin', {
    title: 'Webmin, a web page that runs the whole machine, answers',
    match: `${product('Webmin', 'MiniServ')} || service.name == "snet-sensor-mgmt" && service.guessed`,
    why: 'Webmin runs the whole machine from a web page.',
    tests: [
      {
        name: 'MiniServ announces itself',
        facts: openPort(10_000, { name: 'http', product: 'MiniServ' }),
        expect: true,
      },
      {
        name: 'port 10000 by number',
        facts: openPort(10_000, { name: 'snet-sensor-mgmt', guessed: true }),
        expect: true,
      },
      {
        name: 'another web server',
        facts: openPort(10_000, { name: 'http', product: 'nginx' }),
        expect: false,
      },
    ],
  }),
  administrative('console', {
    title: 'The web console of a device or server answers',
    match: product(
      'iDRAC',
      'Integrated Lights-Out',
      'HP iLO',
      'Cockpit',
      'pfSense',
      'OPNsense',
      'RouterOS',
      'MikroTik',
      'FortiGate',
      'SonicWALL',
      'Synology',
      'QNAP',
      'UniFi',
      'phpMyAdmin',
      'Jenkins',
      'cPanel',
      'Plesk',
    ),
    why: 'Such a page runs the device or the service behind it.',
    tests: [
      {
        name: 'a router',
        facts: openPort(80, { name: 'http', product: 'MikroTik RouterOS httpd' }),
        expect: true,
      },
      { name: 'a web site', facts: openPort(80, { name: 'http', product: 'nginx' }), expect: false },
    ],
  }),
  administrative('x11', {
    title: 'An X11 display answers',
    severity: 'high',
    points: 30,
    match: named(['X11'], [6000, 6001, 6002, 6003, 6004, 6005]),
    why: 'X11 over the network is not encrypted, and a display without access control gives keyboard and screen away.',
    impact: 'Somebody else may read what is typed and shown.',
    actions: ['Start the display with “-nolisten tcp”.', 'Use X11 forwarding of SSH instead.'],
    compliance: READABLE,
    references: ['https://nmap.org/nsedoc/scripts/x11-access.html'],
    tests: namedTests('X11', 6000),
  }),
  administrative('x11-open', {
    title: 'An X11 display lets anybody in',
    severity: 'critical',
    whenExpected: 'high',
    points: 40,
    match: portScript('x11-access', 'access is granted'),
    why: 'The display accepted the scanner’s connection: no access control is on.',
    impact: 'Anybody who reaches the port reads what is typed and shown.',
    actions: ['Close the port today.', 'Start the display with “-nolisten tcp”.'],
    references: ['https://nmap.org/nsedoc/scripts/x11-access.html'],
    replaces: ['administrative.x11'],
    compliance: UNGUARDED,
    severityIn: {},
    tests: [
      {
        name: 'x11-access got in',
        facts: openPort(
          6000,
          { name: 'X11' },
          { scripts: [{ id: 'x11-access', output: 'X server access is granted' }] },
        ),
        expect: true,
      },
      { name: 'the script says nothing', facts: openPort(6000, { name: 'X11' }), expect: false },
    ] satisfies readonly RuleTest[],
  }),
];
