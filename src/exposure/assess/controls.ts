/**
 * Requirements that rules speak to. A finding is a reason to look at a requirement again; it neither proves nor disproves
 * that it is met. Numbers are those of the standards under STANDARDS, the short words ours.
 */
export const STANDARDS = {
  'PCI DSS 4.0': {
    title:
      'Payment Card Industry Data Security Standard, version 4.0 (March 2022; the numbers are the same in 4.0.1)',
    source: 'https://www.pcisecuritystandards.org/document_library/',
  },
  'CIS v8': {
    title: 'CIS Critical Security Controls, version 8 (May 2021)',
    source: 'https://www.cisecurity.org/controls/v8',
  },
} as const;

/** Name of a standard. */
export type Standard = keyof typeof STANDARDS;

/** Requirements by standard and number, in few words. */
export const CONTROLS = {
  'PCI DSS 4.0 1.2.5': 'services, protocols and ports in use are identified, approved and needed',
  'PCI DSS 4.0 1.2.6': 'insecure services, protocols and ports in use have protection that makes up for it',
  'PCI DSS 4.0 1.4.4': 'systems that store card data cannot be reached directly from untrusted networks',
  'PCI DSS 4.0 2.2.4': 'only necessary services, protocols and functions are switched on',
  'PCI DSS 4.0 2.2.5': 'insecure services have a documented reason and additional protection',
  'PCI DSS 4.0 2.2.7': 'administrative access over the network is encrypted',
  'PCI DSS 4.0 4.2.1': 'card data is encrypted with strong cryptography on open, public networks',
  'PCI DSS 4.0 6.3.3': 'security updates are installed',
  'PCI DSS 4.0 6.5.1': 'changes to systems in production follow a procedure',
  'PCI DSS 4.0 8.3.1': 'access of users and administrators is authenticated',
  'PCI DSS 4.0 8.3.2': 'passwords and the like cannot be read on their way or where they are stored',
  'PCI DSS 4.0 12.3.4': 'technologies in use are reviewed, their makers’ end of support included',
  'PCI DSS 4.0 12.5.1': 'the inventory of systems in scope is current',
  'CIS v8 1.1': 'establish and maintain a detailed inventory of assets',
  'CIS v8 1.2': 'address unauthorized assets',
  'CIS v8 2.2': 'use software that is currently supported',
  'CIS v8 3.3': 'configure who may access which data',
  'CIS v8 3.10': 'encrypt sensitive data on its way',
  'CIS v8 4.4': 'implement and manage a firewall on servers',
  'CIS v8 4.6': 'manage assets and software securely',
  'CIS v8 4.8': 'uninstall or disable unnecessary services',
  'CIS v8 12.3': 'manage network infrastructure securely',
  'CIS v8 12.8': 'administrative work has computing resources of its own',
} as const satisfies Readonly<Record<`${Standard} ${string}`, string>>;

/** A requirement that a built-in rule can speak to: `PCI DSS 4.0 2.2.4`. */
export type ControlId = keyof typeof CONTROLS;

/** A requirement as a finding's reference says it; one that is not in the table (of a user's rule) as it is written. */
export function controlWords(id: string): string {
  const words = (CONTROLS as Readonly<Record<string, string>>)[id];
  return words === undefined ? id : `${id}: ${words}`;
}
