import type { Severity } from '../../../findings/severity.ts';
import type { Rule, RuleTest } from '../rule.ts';
import type { ControlId } from '../controls.ts';
import { named, namedTests, openPort, portScript } from './conditions.ts';

const EXPOSED: readonly ControlId[] = ['PCI DSS 4.0 1.2.5', 'PCI DSS 4.0 2.2.4', 'CIS v8 4.8'];
const INSECURE: readonly ControlId[] = ['PCI DSS 4.0 1.2.6', 'PCI DSS 4.0 2.2.5', 'CIS v8 4.8'];
const UNGUARDED: readonly ControlId[] = ['PCI DSS 4.0 2.2.4', 'PCI DSS 4.0 8.3.1', 'CIS v8 4.8'];

function unsafe(
  topic: string,
  severity: Severity,
  points: number,
  rest: Pick<Rule, 'title' | 'match' | 'why' | 'impact' | 'actions' | 'references' | 'tests'> & Partial<Rule>,
): Rule {
  return {
    id: `unsafe.${topic}`,
    category: 'unsafe',
    on: 'port',
    severity,
    points,
    compliance: EXPOSED,
    severityIn: { 'internet-facing': severity === 'low' ? 'medium' : 'high' },
    ...rest,
  };
}

/** Services that are known to hurt when the wrong people reach them. */
export const UNSAFE: readonly Rule[] = [
  unsafe('snmp', 'medium', 20, {
    title: 'SNMP answers',
    match: named(['snmp'], [161], 'udp'),
    why: 'SNMP 1 and 2c know only a shared word, sent readable, and it is often still “public”.',
    impact: 'The device tells its settings, and with the writing word takes new ones.',
    actions: ['Move to SNMP 3 with authentication and privacy.', 'Allow it from the monitoring hosts only.'],
    references: ['RFC 3410', 'https://www.cisa.gov/news-events/alerts/2017/06/05/reducing-risk-snmp-abuse'],
    compliance: [...INSECURE, 'PCI DSS 4.0 8.3.2', 'CIS v8 12.3'] satisfies readonly ControlId[],
    severityIn: { 'internet-facing': 'high', management: 'low' },
    tests: namedTests('snmp', 161, 'udp'),
  }),
  unsafe('smb', 'low', 15, {
    title: 'Windows file sharing (SMB) answers',
    whenExpected: 'info',
    match: named(['microsoft-ds', 'netbios-ssn', 'smb'], [139, 445]),
    why: 'File sharing is meant for a local network; malware that spreads by itself has used it again and again.',
    impact: 'Files may be read or encrypted from another machine.',
    actions: [
      'Check that workstations do not reach one another’s port 445.',
      'Check which shares ask for no login.',
    ],
    references: ['https://learn.microsoft.com/windows-server/storage/file-server/smb-secure-traffic'],
    severityIn: { 'internet-facing': 'high', dmz: 'medium' },
    tests: namedTests('microsoft-ds', 445),
  }),
  unsafe('nfs', 'medium', 15, {
    title: 'NFS answers',
    match: named(['nfs', 'nfs_acl'], [2049]),
    why: 'NFS without Kerberos believes the client who its users are.',
    impact: 'Exported files may be read or changed by another machine.',
    actions: ['Review the list of exports and who may mount them.'],
    references: ['RFC 7530, section 19'],
    compliance: INSECURE,
    tests: namedTests('nfs', 2049),
  }),
  unsafe('rsync', 'medium', 15, {
    title: 'An rsync server answers',
    match: named(['rsync'], [873]),
    why: 'rsync’s own port is not encrypted, and its modules ask for no login unless told to.',
    impact: 'Backups and home directories may be read or overwritten.',
    actions: ['List its modules and who may use them.', 'Carry rsync through SSH.'],
    references: ['https://download.samba.org/pub/rsync/rsyncd.conf.5'],
    compliance: INSECURE,
    tests: namedTests('rsync', 873),
  }),
  unsafe('jdwp', 'high', 40, {
    title: 'A Java debugger port answers',
    whenExpected: 'high',
    match: 'service.name == "jdwp" || service.product.contains("Java Debug Wire Protocol")',
    why: 'The debugger runs any code in the program it watches, and asks for no login.',
    impact: 'Anybody who reaches the port runs code as that program.',
    actions: [
      'Start the program without “-agentlib:jdwp”, or let it listen on the machine itself only, 127.0.0.1.',
    ],
    references: ['https://docs.oracle.com/en/java/javase/21/docs/specs/jpda/conninv.html'],
    compliance: UNGUARDED,
    severityIn: { 'internet-facing': 'critical' },
    tests: [
      { name: 'jdwp', facts: openPort(8000, { name: 'jdwp' }), expect: true },
      { name: 'a web server', facts: openPort(8000, { name: 'http' }), expect: false },
    ],
  }),
  unsafe('java-rmi', 'medium', 20, {
    title: 'Java RMI answers',
    match: named(['java-rmi', 'rmiregistry'], [1099]),
    why: 'RMI and JMX turn bytes from the network into objects, and are often left without a login.',
    impact: 'A prepared object may run code in the program.',
    actions: ['Check whether JMX asks for a login.', 'Let it listen on the machine itself only, 127.0.0.1.'],
    references: ['https://docs.oracle.com/en/java/javase/21/management/'],
    compliance: UNGUARDED,
    tests: namedTests('java-rmi', 1099),
  }),
  unsafe('ajp', 'medium', 20, {
    title: 'Tomcat’s AJP connector answers',
    match: named(['ajp13', 'ajp'], [8009]),
    why: 'AJP is meant for the web server in front of Tomcat and believes what it is told about the caller.',
    impact: 'Files of the application may be read.',
    actions: [
      'Switch the connector off, or let it listen on the machine itself only, 127.0.0.1 and set a secret.',
    ],
    references: ['https://tomcat.apache.org/tomcat-9.0-doc/config/ajp.html'],
    tests: namedTests('ajp13', 8009),
  }),
  unsafe('adb', 'high', 30, {
    title: 'An Android debugger port answers',
    match: named(['adb'], [5555]),
    why: 'The port gives a shell on the device.',
    impact: 'Whoever reaches it runs programs on the device.',
    actions: ['Switch debugging over the network off.'],
    references: ['https://developer.android.com/tools/adb'],
    compliance: UNGUARDED,
    severityIn: { 'internet-facing': 'critical' },
    tests: namedTests('adb', 5555),
  }),
  unsafe('open-proxy', 'high', 30, {
    title: 'A web proxy carries strangers’ requests',
    match: portScript('http-open-proxy', 'Potentially OPEN proxy'),
    why: 'The proxy fetched a page for the scanner.',
    impact: 'Others can act under this address, or reach inside through it.',
    actions: ['Restrict the proxy to its own clients.'],
    references: ['https://nmap.org/nsedoc/scripts/http-open-proxy.html'],
    compliance: UNGUARDED,
    tests: [
      {
        name: 'http-open-proxy got through',
        facts: openPort(
          3128,
          { name: 'http-proxy' },
          { scripts: [{ id: 'http-open-proxy', output: 'Potentially OPEN proxy.\nMethods supported: GET' }] },
        ),
        expect: true,
      },
      { name: 'no such result', facts: openPort(3128, { name: 'http-proxy' }), expect: false },
    ] satisfies readonly RuleTest[],
  }),
  unsafe('mqtt', 'medium', 15, {
    title: 'An MQTT broker without TLS answers',
    match: `${named(['mqtt'], [1883])} && service.tunnel != "ssl"`,
    why: 'MQTT’s plain port sends logins readable, and many brokers ask for none.',
    impact: 'Messages of devices may be read, and commands sent to them.',
    actions: ['Check that the broker asks for a login.', 'Use its TLS port.'],
    references: ['OASIS MQTT 5.0, section 5'],
    compliance: INSECURE,
    tests: namedTests('mqtt', 1883),
  }),
  unsafe('rpcbind', 'low', 10, {
    title: 'The RPC port mapper answers',
    whenExpected: 'info',
    match: `service.name == "rpcbind" || service.guessed && port.number == 111`,
    why: 'It lists the RPC services of the host, and over UDP answers a forged question with more than it was sent.',
    impact: 'It can be used to flood somebody else.',
    actions: ['Switch it off where no NFS is used, or allow it from the local network only.'],
    references: ['https://www.cisa.gov/news-events/alerts/2014/01/17/udp-based-amplification-attacks'],
    tests: namedTests('rpcbind', 111),
  }),
  unsafe('printer', 'low', 10, {
    title: 'A printer’s raw port answers',
    whenExpected: 'info',
    match: named(['jetdirect'], [9100]),
    why: 'Whatever is sent there is printed, and some printers keep and give back what they print.',
    impact: 'Print-outs may be read or forged.',
    actions: ['Allow it from the print server only.'],
    references: ['https://nmap.org/nsedoc/scripts/pjl-ready-message.html'],
    tests: namedTests('jetdirect', 9100),
  }),
];
