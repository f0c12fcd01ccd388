import type { Severity } from '../../../findings/severity.ts';
import type { ControlId } from '../controls.ts';
import type { Rule } from '../rule.ts';
import { named, namedTests } from './conditions.ts';

interface Industrial {
  readonly topic: string;
  readonly words: string;
  /** What it moves, in the title: the reader may never have heard of the protocol. */
  readonly of: string;
  readonly names: readonly string[];
  readonly ports: readonly number[];
  readonly protocol?: 'tcp' | 'udp';
  /** `high` unless given. */
  readonly severity?: Severity;
  readonly why?: string;
  readonly reference: string;
}

const PLANT = 'machines in a plant';
const BUILDING = 'heating, doors or light of a building';

/**
 * Names are Nmap's, from version detection and from nmap-services 7.93. Ports are those that the protocols have with IANA;
 * of Niagara Fox, FINS, PCWorx and CODESYS those that Nmap's scripts for them ask.
 */
const PROTOCOLS: readonly Industrial[] = [
  {
    topic: 'modbus',
    words: 'Modbus',
    of: PLANT,
    names: ['modbus', 'mbap'],
    ports: [502],
    reference: 'https://nmap.org/nsedoc/scripts/modbus-discover.html',
  },
  {
    topic: 's7',
    words: 'Siemens S7 or IEC 61850',
    of: PLANT,
    names: ['iso-tsap', 's7-info', 's7'],
    ports: [102],
    reference: 'https://nmap.org/nsedoc/scripts/s7-info.html',
  },
  {
    topic: 'dnp3',
    words: 'DNP3',
    of: 'power or water supply',
    names: ['dnp', 'dnp3'],
    ports: [20_000],
    reference: 'IEEE 1815',
  },
  {
    topic: 'iec-104',
    words: 'IEC 60870-5-104',
    of: 'power supply',
    names: ['iec-104'],
    ports: [2404],
    reference: 'https://nmap.org/nsedoc/scripts/iec-identify.html',
  },
  {
    topic: 'ethernet-ip',
    words: 'EtherNet/IP',
    of: PLANT,
    names: ['EtherNetIP-2', 'EtherNet-IP-2', 'enip'],
    ports: [44_818],
    reference: 'https://nmap.org/nsedoc/scripts/enip-info.html',
  },
  {
    topic: 'ethernet-ip-udp',
    words: 'EtherNet/IP over UDP',
    of: PLANT,
    names: ['EtherNetIP-2', 'EtherNet-IP-2', 'enip'],
    ports: [44_818],
    protocol: 'udp',
    reference: 'https://nmap.org/nsedoc/scripts/enip-info.html',
  },
  {
    topic: 'profinet',
    words: 'PROFINET',
    of: PLANT,
    names: ['profinet-cm', 'profinet-rt', 'profinet-rtm'],
    ports: [34_962, 34_963, 34_964],
    protocol: 'udp',
    reference: 'IEC 61158-6-10',
  },
  {
    topic: 'hart-ip',
    words: 'HART-IP',
    of: 'sensors and valves in a plant',
    names: ['hart-ip'],
    ports: [5094],
    protocol: 'udp',
    reference: 'IEC 62591',
  },
  {
    topic: 'fins',
    words: 'Omron FINS',
    of: PLANT,
    names: ['fins', 'micromuse-ncpw'],
    ports: [9600],
    protocol: 'udp',
    reference: 'https://nmap.org/nsedoc/scripts/omron-info.html',
  },
  {
    topic: 'codesys',
    words: 'CODESYS 2',
    of: PLANT,
    names: ['wago-io-system', 'codesys'],
    ports: [2455],
    reference: 'https://www.cisa.gov/news-events/ics-advisories/icsa-13-011-01',
  },
  {
    topic: 'pcworx',
    words: 'Phoenix Contact PCWorx',
    of: PLANT,
    names: ['pcworx'],
    ports: [1962],
    reference: 'https://nmap.org/nsedoc/scripts/pcworx-info.html',
  },
  {
    topic: 'opc-ua',
    words: 'OPC UA',
    of: PLANT,
    names: ['opcua-tcp'],
    ports: [4840],
    severity: 'medium',
    why: 'OPC UA can ask for certificates and logins, and often still has the setting “None” from the day it was put up.',
    reference: 'OPC 10000-2 (OPC UA, part 2: security)',
  },
  {
    topic: 'bacnet',
    words: 'BACnet',
    of: BUILDING,
    names: ['bacnet'],
    ports: [47_808],
    protocol: 'udp',
    reference: 'https://nmap.org/nsedoc/scripts/bacnet-info.html',
  },
  {
    topic: 'niagara',
    words: 'Niagara Fox',
    of: BUILDING,
    names: ['niagara-fox', 'mtp'],
    ports: [1911, 4911],
    why: 'Niagara asks for a login, and versions before 4 protect it weakly.',
    reference: 'https://nmap.org/nsedoc/scripts/fox-info.html',
  },
  {
    topic: 'knx',
    words: 'KNX',
    of: BUILDING,
    names: ['efcp', 'knx'],
    ports: [3671],
    protocol: 'udp',
    reference: 'https://nmap.org/nsedoc/scripts/knx-gateway-discover.html',
  },
];

const CONTROLS: readonly ControlId[] = [
  'PCI DSS 4.0 1.2.5',
  'PCI DSS 4.0 1.2.6',
  'CIS v8 4.8',
  'CIS v8 12.3',
];

/** Controllers of machines and buildings. 30 points: what can be broken here is not data. */
export const INDUSTRIAL: readonly Rule[] = PROTOCOLS.map((each) => ({
  id: `industrial.${each.topic}`,
  category: 'unsafe',
  on: 'port',
  title: `A controller of ${each.of} (${each.words}) answers`,
  severity: each.severity ?? 'high',
  severityIn: { 'internet-facing': 'critical' },
  points: 30,
  match: named(each.names, each.ports, each.protocol),
  why:
    each.why ??
    `${each.words} obeys whoever speaks it and asks for no login; it was made for wires that nobody else can reach.`,
  impact: 'What the controller moves may be stopped or changed.',
  actions: [
    'Ask whoever runs the plant or the building which machines have to reach it, and let no others through the firewall.',
    'Do not scan it harder than now: such devices break easily.',
  ],
  references: ['NIST SP 800-82 Rev. 3', each.reference],
  compliance: CONTROLS,
  tests: namedTests(each.names[0] ?? '', each.ports[0] ?? 0, each.protocol),
}));
