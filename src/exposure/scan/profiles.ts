/** What a profile needs of the operating system. */
export type Need =
  /** Raw packets: without them the profile cannot run at all. */
  | 'raw'
  /** Raw packets where they are to be had, else full connections; the run records which. */
  | 'raw-or-connect';

/** A way of scanning: what Nmap is asked, and nothing else. All of them only read. */
export interface ScanProfile {
  readonly name: string;
  /** What it is for, in one sentence. */
  readonly purpose: string;
  readonly needs: Need;
  readonly protocol: 'tcp' | 'udp';
  /** Ports in Nmap's syntax, `top:1000` for the most common ones, or `baseline`: exactly what the pinned baseline covers. */
  readonly ports: string;
  /** Nmap's own options, in order. Never a target, a port list, timing or output: the runner adds those. */
  readonly options: readonly string[];
  /** Script selection of `--script`, where scripts are run. */
  readonly scripts?: string;
  /** Refused unless a grant names it; `exposure` and the like may be granted together by any wording. */
  readonly onlyByName: boolean;
}

/**
 * Administrative, legacy and remote-management ports: what a policy asks about most. The lists of the built-in rule packs
 * (docs/rules.md) and IANA's service names.
 */
const POLICY_PORTS =
  '21-23,69,79,111,113,135,139,161,389,445,512-514,523,623,636,873,902,1099,1433,1521,1723,2049,2323,2375-2376,2379-2380,3000,3128,3268,3306,3389,4786,5000,5432,5555,5601,5672,5800,5900-5903,5984-5986,6000,6379,6443,7001,7077,8000,8080,8443,8500,8888,9000,9042,9090,9200,9300,10000,10250,11211,15672,27017,50000,50070';

/** Script categories that are never run, whatever the configuration says (`exposure.md`, "Scanning"). */
export const FORBIDDEN_CATEGORIES = ['exploit', 'dos', 'brute', 'fuzzer', 'malware'] as const;

/** The built-in profiles, in the order in which people meet them. */
export const SCAN_PROFILES: readonly ScanProfile[] = [
  {
    name: 'exposure',
    purpose: 'What is open on the common TCP ports.',
    needs: 'raw-or-connect',
    protocol: 'tcp',
    ports: 'top:1000',
    options: [],
    onlyByName: false,
  },
  {
    name: 'services',
    purpose: 'What answers on the common TCP ports, with product and version.',
    needs: 'raw-or-connect',
    protocol: 'tcp',
    ports: 'top:1000',
    options: ['-sV'],
    onlyByName: false,
  },
  {
    name: 'os',
    purpose: 'Which operating system each host runs.',
    needs: 'raw',
    protocol: 'tcp',
    ports: 'top:1000',
    options: ['-O', '--osscan-limit'],
    onlyByName: false,
  },
  {
    name: 'policy',
    purpose: 'Administrative, legacy and remote-management ports, precisely.',
    needs: 'raw-or-connect',
    protocol: 'tcp',
    ports: POLICY_PORTS,
    options: ['-sV'],
    onlyByName: false,
  },
  {
    name: 'temporal',
    purpose: "The baseline's exact coverage again: what changed, and nothing else.",
    needs: 'raw-or-connect',
    protocol: 'tcp',
    ports: 'baseline',
    options: ['-sV'],
    onlyByName: false,
  },
  {
    name: 'udp',
    purpose: 'What answers on the common UDP ports.',
    needs: 'raw',
    protocol: 'udp',
    ports: 'top:100',
    options: ['-sV', '--version-intensity', '2'],
    onlyByName: false,
  },
  {
    name: 'banner',
    purpose: 'What services say of themselves before they are asked anything.',
    needs: 'raw-or-connect',
    protocol: 'tcp',
    ports: 'top:1000',
    options: [],
    scripts: 'banner',
    onlyByName: false,
  },
  {
    name: 'audit',
    purpose: "Nmap's scripts that are both default and safe: certificates, titles, host keys.",
    needs: 'raw-or-connect',
    protocol: 'tcp',
    ports: 'top:1000',
    options: ['-sV'],
    // ftp-bounce is called safe, but has FTP servers connect to a third party.
    scripts: 'default and safe and not (external or broadcast or ftp-bounce)',
    onlyByName: false,
  },
  {
    name: 'vuln-check',
    purpose: 'Known weaknesses, by scripts that do not intrude.',
    needs: 'raw-or-connect',
    protocol: 'tcp',
    ports: 'top:1000',
    options: ['-sV'],
    scripts: `vuln and not (intrusive or external or broadcast or ${FORBIDDEN_CATEGORIES.join(' or ')})`,
    onlyByName: true,
  },
];

/** Several profiles over one set of targets, assessed as one. */
export interface ScanPlan {
  readonly name: string;
  readonly purpose: string;
  readonly profiles: readonly string[];
}

/** The built-in plans. */
export const SCAN_PLANS: readonly ScanPlan[] = [
  {
    name: 'full',
    purpose: 'Exposure, services, operating systems and UDP.',
    profiles: ['exposure', 'services', 'os', 'udp'],
  },
  {
    name: 'weekly',
    purpose: 'Services and the ports that policies ask about.',
    profiles: ['services', 'policy'],
  },
];

/** A profile by name. */
export function profileNamed(name: string): ScanProfile | undefined {
  return SCAN_PROFILES.find((profile) => profile.name === name);
}
