import type { TransportProtocol } from '../net/port-key.ts';
import { PortSet } from '../net/port-set.ts';
import { TOP_1000_TCP } from './top-ports.ts';

/** What a scan asks: which ports, how deep. */
export interface Profile {
  readonly name: string;
  /** Arguments between `nmap` and the output file. */
  readonly args: string;
  /** `scaninfo/@type` and ports per protocol; empty for a ping sweep. */
  readonly scans: readonly {
    readonly type: string;
    readonly protocol: TransportProtocol;
    readonly ports: PortSet;
  }[];
  /** -sV */
  readonly versions: boolean;
  /** -O */
  readonly os: boolean;
  /** --script "default and safe" */
  readonly scripts: boolean;
}

const parse = (ports: string): PortSet => PortSet.parse(ports) ?? PortSet.empty;

const TOP_1000 = parse(TOP_1000_TCP);
/** Administration, legacy and database ports: few, so that they can be asked often. */
const POLICY_PORTS =
  '21-23,25,80,111,135,139,389,443,445,512-514,873,1433,1521,2049,2375-2376,3306,3389,4444,5432,5900-5902,5985-5986,6379,8000,8080-8081,8443,9200,10000,10250,11211,27017,31337';
const UDP_PORTS = '53,67,69,111,123,137,161,500,514,623,1900,5353';

const PROFILE_LIST = [
  {
    name: 'services',
    args: '-sS -sV -O -T4',
    scans: [{ type: 'syn', protocol: 'tcp', ports: TOP_1000 }],
    versions: true,
    os: true,
    scripts: false,
  },
  {
    name: 'exposure',
    args: '-sS -T4',
    scans: [{ type: 'syn', protocol: 'tcp', ports: TOP_1000 }],
    versions: false,
    os: false,
    scripts: false,
  },
  {
    name: 'policy',
    args: `-sS -sV -T4 -p ${POLICY_PORTS}`,
    scans: [{ type: 'syn', protocol: 'tcp', ports: parse(POLICY_PORTS) }],
    versions: true,
    os: false,
    scripts: false,
  },
  {
    name: 'udp',
    args: `-sU -sV -T4 -p ${UDP_PORTS}`,
    scans: [{ type: 'udp', protocol: 'udp', ports: parse(UDP_PORTS) }],
    versions: true,
    os: false,
    scripts: false,
  },
  {
    name: 'audit',
    args: '-sS -sV -O -T4 --script "default and safe"',
    scans: [{ type: 'syn', protocol: 'tcp', ports: TOP_1000 }],
    versions: true,
    os: true,
    scripts: true,
  },
  { name: 'sweep', args: '-sn', scans: [], versions: false, os: false, scripts: false },
] as const satisfies readonly Profile[];

/** Names of the scans that an estate can hold each week. */
export type ProfileName = (typeof PROFILE_LIST)[number]['name'];

/** Every name, for command lines. */
export const PROFILE_NAMES: readonly ProfileName[] = PROFILE_LIST.map((profile) => profile.name);

/** The profile of a name. */
export function profileOf(name: ProfileName): Profile {
  return PROFILE_LIST.find((profile) => profile.name === name) ?? PROFILE_LIST[0];
}
