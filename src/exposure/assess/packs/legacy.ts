import type { Rule } from '../rule.ts';
import type { ControlId } from '../controls.ts';
import { named, namedTests, openPort, portScript } from './conditions.ts';

const CLEARTEXT =
  'Passwords and data cross the network readable; whoever can watch or redirect the traffic has them.';
const NIST_SP800_123 = 'NIST SP 800-123, section 4.2 (remove or disable unnecessary services)';

const UNNEEDED: readonly ControlId[] = ['PCI DSS 4.0 2.2.4', 'PCI DSS 4.0 2.2.5', 'CIS v8 4.8'];
/** Logins that can be read on their way. */
const READABLE: readonly ControlId[] = [
  'PCI DSS 4.0 1.2.6',
  'PCI DSS 4.0 2.2.5',
  'PCI DSS 4.0 2.2.7',
  'PCI DSS 4.0 8.3.2',
  'CIS v8 3.10',
  'CIS v8 4.6',
  'CIS v8 4.8',
];

/** Services that were given up long ago because they cannot be made safe. 30 points: the seed design's "deprecated". */
export const LEGACY: readonly Rule[] = [
  {
    id: 'legacy.telnet',
    category: 'legacy',
    on: 'port',
    title: 'Telnet answers',
    severity: 'high',
    points: 30,
    match: named(['telnet'], [23]),
    why: `Telnet gives a login without encryption. ${CLEARTEXT}`,
    impact: 'A password read from the network opens the machine to whoever read it.',
    actions: [
      'Find out who still uses it, and move them to SSH.',
      'Switch the service off; where a device has nothing else, allow it from its management network only.',
    ],
    references: ['RFC 854', NIST_SP800_123],
    compliance: READABLE,
    severityIn: { 'internet-facing': 'critical' },
    tests: namedTests('telnet', 23),
  },
  {
    id: 'legacy.ftp',
    category: 'legacy',
    on: 'port',
    title: 'FTP without encryption answers',
    severity: 'medium',
    points: 30,
    match: `${named(['ftp'], [21])} && service.tunnel != "ssl"`,
    why: `FTP sends names, passwords and files without encryption unless TLS is forced. ${CLEARTEXT}`,
    impact: 'A password read from the network lets somebody else read or replace the files.',
    actions: [
      'Check whether TLS is required by the server.',
      'Move transfers to SFTP or HTTPS, then switch FTP off.',
    ],
    references: ['RFC 4217 (FTP over TLS)', NIST_SP800_123],
    compliance: READABLE,
    severityIn: { 'internet-facing': 'high' },
    tests: [
      ...namedTests('ftp', 21),
      { name: 'FTP behind TLS', facts: openPort(990, { name: 'ftp', tunnel: 'ssl' }), expect: false },
    ],
  },
  {
    id: 'legacy.ftp-anonymous',
    category: 'legacy',
    on: 'port',
    title: 'FTP lets anybody in',
    severity: 'high',
    points: 30,
    match: portScript('ftp-anon', 'Anonymous FTP login allowed'),
    why: 'The server accepted a login without a password during the scan.',
    impact: 'Anybody who reaches the port reads what is shared, and writes where writing is allowed.',
    actions: [
      'Look at what the anonymous account can list and write.',
      'Switch anonymous login off if nobody asked for it.',
    ],
    references: ['https://nmap.org/nsedoc/scripts/ftp-anon.html'],
    replaces: ['legacy.ftp'],
    compliance: ['PCI DSS 4.0 8.3.1', 'CIS v8 3.3', 'CIS v8 4.8'] satisfies readonly ControlId[],
    tests: [
      {
        name: 'ftp-anon got in',
        facts: openPort(
          21,
          { name: 'ftp' },
          { scripts: [{ id: 'ftp-anon', output: 'Anonymous FTP login allowed (FTP code 230)' }] },
        ),
        expect: true,
      },
      { name: 'the script did not run', facts: openPort(21, { name: 'ftp' }), expect: false },
    ],
  },
  {
    id: 'legacy.r-services',
    category: 'legacy',
    on: 'port',
    title: 'A Berkeley r-service (rexec, rlogin, rsh) answers',
    severity: 'high',
    points: 30,
    match: `port.protocol == "tcp" && (service.name in ["exec", "login", "shell", "rexec", "rlogin", "rsh"] || service.guessed && port.number in [512, 513, 514])`,
    why: 'These services trust the address or the name of the caller, both of which the caller can choose, and encrypt nothing.',
    impact: 'Somebody who forges an address may run commands without a password.',
    actions: [
      'Find out what still calls them; often it is one forgotten script.',
      'Move it to SSH and switch the services off.',
    ],
    references: ['RFC 1282', NIST_SP800_123],
    compliance: READABLE,
    severityIn: { 'internet-facing': 'critical' },
    tests: namedTests('shell', 514),
  },
  {
    id: 'legacy.tftp',
    category: 'legacy',
    on: 'port',
    title: 'TFTP answers',
    severity: 'medium',
    points: 30,
    match: named(['tftp'], [69], 'udp'),
    why: 'TFTP has no login at all: whoever knows a file name can have the file.',
    impact: 'Configurations and boot images can be read, and on some servers replaced.',
    actions: [
      'Check which directory is served and whether writing is on.',
      'Restrict it to the network that boots from it.',
    ],
    references: ['RFC 1350'],
    compliance: [...UNNEEDED, 'PCI DSS 4.0 8.3.1'] satisfies readonly ControlId[],
    severityIn: { 'internet-facing': 'high' },
    tests: namedTests('tftp', 69, 'udp'),
  },
  {
    id: 'legacy.finger',
    category: 'legacy',
    on: 'port',
    title: 'Finger answers',
    severity: 'low',
    points: 15,
    match: named(['finger'], [79]),
    why: 'Finger tells anybody who is logged in and which accounts exist.',
    impact: 'A list of account names makes guessing passwords easier.',
    actions: ['Switch the service off.'],
    references: ['RFC 1288, section 3'],
    compliance: UNNEEDED,
    tests: namedTests('finger', 79),
  },
  {
    id: 'legacy.small-services',
    category: 'legacy',
    on: 'port',
    title: 'A test service of the 1980s (echo, discard, daytime, qotd, chargen, time) answers',
    severity: 'medium',
    points: 15,
    match: `service.name in ["echo", "discard", "daytime", "qotd", "chargen", "time"] || service.guessed && port.number in [7, 9, 13, 17, 19, 37]`,
    why: 'Nobody needs these services, and over UDP echo and chargen answer a forged question with more than they were sent.',
    impact: 'The machine can be used to flood somebody else.',
    actions: ['Switch them off in inetd, xinetd or the device settings.'],
    references: [
      'RFC 864 (chargen)',
      'https://www.cisa.gov/news-events/alerts/2014/01/17/udp-based-amplification-attacks',
    ],
    compliance: UNNEEDED,
    severityIn: { 'internet-facing': 'high' },
    tests: [...namedTests('chargen', 19), ...namedTests('echo', 7, 'udp')],
  },
  {
    id: 'legacy.smb1',
    category: 'legacy',
    on: 'host',
    title: 'Windows file sharing still speaks SMB version 1',
    severity: 'high',
    points: 30,
    match: `host.scripts.exists(s, s.id == "smb-protocols" && (s.output.contains("SMBv1") || s.output.contains("NT LM 0.12")))`,
    why: 'SMB 1 was replaced in 2006 and is switched off by its maker; it lacks the protections of its successors.',
    impact: 'Self-spreading malware has used it to go from machine to machine.',
    actions: ['List the devices that still need it.', 'Switch SMB 1 off on the server.'],
    references: [
      'https://learn.microsoft.com/windows-server/storage/file-server/troubleshoot/detect-enable-and-disable-smbv1-v2-v3',
    ],
    compliance: [...UNNEEDED, 'PCI DSS 4.0 1.2.6'] satisfies readonly ControlId[],
    severityIn: { 'internet-facing': 'critical' },
    tests: [
      {
        name: 'smb-protocols lists the old dialect',
        facts: {
          host: {
            scripts: [
              { id: 'smb-protocols', output: 'dialects: NT LM 0.12 (SMBv1) [dangerous, but default]' },
            ],
          },
        },
        expect: true,
      },
      {
        name: 'only new dialects',
        facts: { host: { scripts: [{ id: 'smb-protocols', output: 'dialects: 2:0:2 2:1:0 3:0:0' }] } },
        expect: false,
      },
    ],
  },
  {
    id: 'legacy.ssh1',
    category: 'legacy',
    on: 'port',
    title: 'SSH still offers protocol version 1',
    severity: 'high',
    points: 30,
    match: `service.name == "ssh" && service.extrainfo.contains("protocol 1.")`,
    why: 'Version 1 of the SSH protocol can be read and altered on its way; version 2 replaced it in 2006.',
    impact: 'A session may be read, and commands put into it.',
    actions: ['Allow protocol 2 only, or replace the device if it knows no other.'],
    references: ['RFC 4251'],
    replaces: ['administrative.ssh'],
    compliance: READABLE,
    tests: [
      {
        name: 'protocol 1.99',
        facts: openPort(22, { name: 'ssh', extrainfo: 'protocol 1.99' }),
        expect: true,
      },
      {
        name: 'protocol 2.0',
        facts: openPort(22, { name: 'ssh', extrainfo: 'protocol 2.0' }),
        expect: false,
      },
    ],
  },
];
