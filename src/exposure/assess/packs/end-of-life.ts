import type { Rule, RuleTest } from '../rule.ts';
import type { ControlId } from '../controls.ts';
import { openPort } from './conditions.ts';

const UNSUPPORTED: readonly ControlId[] = ['PCI DSS 4.0 6.3.3', 'PCI DSS 4.0 12.3.4', 'CIS v8 2.2'];

/** A product line that its maker no longer mends, by that maker's own page. Explicit data: nothing is guessed from version numbers. */
interface EndOfLife {
  readonly topic: string;
  readonly words: string;
  readonly product: string;
  /** RE2 pattern over the version as the service announced it. */
  readonly versions: string;
  readonly since: string;
  readonly reference: string;
  readonly old: readonly [product: string, version: string];
  readonly current: readonly [product: string, version: string];
}

const LINES: readonly EndOfLife[] = [
  {
    topic: 'apache-2.2',
    words: 'Apache httpd 2.2 or older',
    product: 'Apache httpd',
    versions: '^(1[.]|2[.][012]([.]|$))',
    since: 'December 2017',
    reference: 'https://httpd.apache.org/security/vulnerabilities_22.html',
    old: ['Apache httpd', '2.2.34'],
    current: ['Apache httpd', '2.4.62'],
  },
  {
    topic: 'iis-8',
    words: 'Microsoft IIS 8.5 or older (Windows Server 2012 R2 or older)',
    product: 'Microsoft IIS httpd',
    versions: '^[5-8][.]',
    since: '10 October 2023',
    reference: 'https://learn.microsoft.com/lifecycle/products/windows-server-2012-r2',
    old: ['Microsoft IIS httpd', '7.5'],
    current: ['Microsoft IIS httpd', '10.0'],
  },
  {
    topic: 'mysql-5',
    words: 'MySQL 5.7 or older',
    product: 'MySQL',
    versions: '^([34][.]|5[.][0-7][.])[0-9.]*(-log|-community.*)?$',
    since: '31 October 2023',
    reference: 'https://www.mysql.com/support/eol-notice.html',
    old: ['MySQL', '5.7.44'],
    current: ['MySQL', '8.0.36'],
  },
  {
    topic: 'postgresql-12',
    words: 'PostgreSQL 12 or older',
    product: 'PostgreSQL',
    // “9.6.0 or later” is Nmap's word for anything since, and says nothing of the line.
    versions: '^([789]|1[012])[.][0-9.]+( - [0-9.]+)?$',
    since: '21 November 2024',
    reference: 'https://www.postgresql.org/support/versioning/',
    old: ['PostgreSQL DB', '8.3.0 - 8.3.7'],
    current: ['PostgreSQL DB', '9.6.0 or later'],
  },
  {
    topic: 'samba-3',
    words: 'Samba 3',
    product: 'Samba smbd',
    versions: '^3[.]([0-6][.]|[0-6]$)',
    since: '4 March 2015',
    reference: 'https://wiki.samba.org/index.php/Samba_Release_Planning',
    old: ['Samba smbd', '3.0.37'],
    current: ['Samba smbd', '4.17.12'],
  },
];

function lineRule(line: EndOfLife): Rule {
  const tests: readonly RuleTest[] = [
    {
      name: 'a version of the line',
      facts: openPort(1, { product: line.old[0], version: line.old[1] }),
      expect: true,
    },
    {
      name: 'a maintained version',
      facts: openPort(1, { product: line.current[0], version: line.current[1] }),
      expect: false,
    },
    {
      name: 'no version known',
      facts: openPort(1, { product: line.current[0], version: '' }),
      expect: false,
    },
    {
      name: 'another product',
      facts: openPort(1, { product: 'tidemark-none', version: line.old[1] }),
      expect: false,
    },
  ];
  return {
    id: `legacy.${line.topic}`,
    category: 'legacy',
    on: 'port',
    title: `${line.words} announces itself`,
    severity: 'medium',
    whenExpected: 'medium',
    points: 20,
    match: `service.product.startsWith(${JSON.stringify(line.product)}) && service.version.matches(${JSON.stringify(line.versions)})`,
    why: `Its makers stopped mending this line (${line.since}). Distributions may still mend it under the same number, which a scan cannot see.`,
    impact: 'Faults found since then stay open unless a distribution mends them.',
    actions: [
      'Ask the package manager of the host which build it really is.',
      'Plan the move to a maintained line.',
    ],
    references: [line.reference],
    compliance: UNSUPPORTED,
    severityIn: { 'internet-facing': 'high' },
    tests,
  };
}

/** Product lines past their end, and operating systems past theirs. */
export const END_OF_LIFE: readonly Rule[] = [
  ...LINES.map(lineRule),
  {
    id: 'legacy.windows',
    category: 'legacy',
    on: 'host',
    title: 'The host looks like a Windows that is no longer mended',
    severity: 'medium',
    whenExpected: 'medium',
    points: 20,
    match:
      'host.os.contains("Windows") && host.os.matches("Windows (2000|XP|Vista|7|8([.]1)?|Server (2003|2008|2012))( |$|,)")',
    why: 'OS detection guesses from how the host answers; several Windows versions answer alike, so check on the host.',
    impact: 'Faults found since its end of support stay open.',
    actions: ['Check the version on the host itself.', 'Move it, or keep it in a network of its own.'],
    references: ['https://learn.microsoft.com/lifecycle/products/'],
    compliance: UNSUPPORTED,
    severityIn: { 'internet-facing': 'high' },
    tests: [
      { name: 'Windows 7', facts: { host: { os: 'Microsoft Windows 7 SP1' } }, expect: true },
      {
        name: 'Windows Server 2022',
        facts: { host: { os: 'Microsoft Windows Server 2022' } },
        expect: false,
      },
      { name: 'Linux', facts: { host: { os: 'Linux 4.15 - 5.8' } }, expect: false },
    ],
  },
];
