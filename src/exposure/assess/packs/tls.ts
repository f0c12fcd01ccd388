import type { Rule } from '../rule.ts';
import type { ControlId } from '../controls.ts';
import { openPort } from './conditions.ts';

const actions = [
  'Set the lowest version to TLS 1.2 in the server’s settings.',
  'Check first which clients still need less.',
];

const ENCRYPTION: readonly ControlId[] = ['PCI DSS 4.0 2.2.7', 'PCI DSS 4.0 4.2.1', 'CIS v8 3.10'];

/** Versions of TLS, where the scan ran ssl-enum-ciphers or sslv2. */
export const TLS: readonly Rule[] = [
  {
    id: 'tls.ssl',
    category: 'tls',
    on: 'port',
    title: 'SSL 2 or SSL 3 is still accepted',
    severity: 'medium',
    whenExpected: 'medium',
    points: 15,
    match: `port.scripts.exists(s, s.id == "ssl-enum-ciphers" && s.output.contains("SSLv3:") || s.id == "sslv2" && s.output.contains("SSLv2 supported"))`,
    why: 'Both were declared unfit (RFC 6176, RFC 7568): what they carry can be read.',
    impact: 'Sessions of old clients may be read.',
    actions,
    references: ['RFC 6176', 'RFC 7568'],
    compliance: ENCRYPTION,
    severityIn: { 'internet-facing': 'high' },
    replaces: ['tls.old'],
    tests: [
      {
        name: 'SSLv3 listed',
        facts: openPort(
          443,
          { name: 'http' },
          { scripts: [{ id: 'ssl-enum-ciphers', output: '\n  SSLv3: \n    ciphers:' }] },
        ),
        expect: true,
      },
      {
        name: 'TLS only',
        facts: openPort(
          443,
          { name: 'http' },
          { scripts: [{ id: 'ssl-enum-ciphers', output: '\n  TLSv1.2: \n    ciphers:' }] },
        ),
        expect: false,
      },
    ],
  },
  {
    id: 'tls.old',
    category: 'tls',
    on: 'port',
    title: 'TLS 1.0 or 1.1 is still accepted',
    severity: 'low',
    whenExpected: 'low',
    points: 10,
    match: `port.scripts.exists(s, s.id == "ssl-enum-ciphers" && s.output.matches("TLSv1[.][01]:"))`,
    why: 'Both versions are deprecated (RFC 8996), and browsers refuse them.',
    impact: 'Sessions of old clients are protected by methods that are no longer trusted.',
    actions,
    references: ['RFC 8996', 'NIST SP 800-52 Rev. 2'],
    compliance: ENCRYPTION,
    severityIn: { 'internet-facing': 'medium' },
    tests: [
      {
        name: 'TLS 1.0 listed',
        facts: openPort(
          443,
          { name: 'http' },
          { scripts: [{ id: 'ssl-enum-ciphers', output: '\n  TLSv1.0: \n    ciphers:' }] },
        ),
        expect: true,
      },
      {
        name: 'TLS 1.2 and 1.3',
        facts: openPort(
          443,
          { name: 'http' },
          { scripts: [{ id: 'ssl-enum-ciphers', output: '\n  TLSv1.2: \n  TLSv1.3:' }] },
        ),
        expect: false,
      },
    ],
  },
];
