import type { AddressSet } from '../net/address-set.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Instant } from '../time/instant.ts';
import type { ScanWindow } from './window.ts';

/** Permission to scan: who gave it, for what, from where, when and how hard. */
export interface Grant {
  readonly id: string;
  /** Who answers for the network. */
  readonly owner: string;
  /** Ticket or other reference under which it was given. */
  readonly ticket: string;
  readonly networks: AddressSet;
  /** Host names, lower case; `*.example.org` stands for every name below. What they resolve to is granted as well. */
  readonly names: readonly string[];
  /** Fragile things in the networks that are never scanned. */
  readonly exclude: AddressSet;
  /** Where the scanner must stand. */
  readonly vantage: string;
  /** Address that scans come from; Nmap is told to use it. */
  readonly source: IpAddress | undefined;
  /** Open times; none means always. */
  readonly windows: readonly ScanWindow[];
  /** Granted profiles by name. */
  readonly profiles: readonly string[];
  /** Highest of Nmap's timing templates, 0–5. */
  readonly timing: number;
  /** Packets per second at most; undefined leaves it to the timing template. */
  readonly rate: number | undefined;
  /** From when and until when the grant holds. */
  readonly begins: Instant | undefined;
  readonly expires: Instant;
}

/** Why a scan was refused. The names are part of the audit log and of the documentation. */
export const REFUSALS = {
  'no-grants': 'No grant is configured, so nothing may be scanned.',
  'no-targets': 'Nothing was named to scan.',
  'looks-like-option': 'A target must not begin with "-".',
  'target-syntax': "The target is neither an address, a block, a range in Nmap's syntax nor a host name.",
  'ambiguous-address': 'The address can be read in more than one way.',
  'special-address':
    'The address does not belong to one host: multicast, broadcast, unspecified or reserved.',
  'too-many-addresses': 'The targets come to more addresses than one scan may have.',
  'name-unresolved': 'The name does not resolve.',
  'name-changed': 'The name resolves to something else than when it was checked.',
  'name-leads-inside': 'A granted name leads to an address that only a granted network could allow.',
  'outside-networks': 'The address lies in no granted network.',
  excluded: 'The address is excluded from scanning.',
  vantage: 'The grant is for another vantage.',
  profile: 'The grant does not have this profile.',
  'not-yet': 'The grant has not begun.',
  expired: 'The grant has expired.',
  'window-closed': 'The grant has no open window now.',
  'list-unreadable': 'The list of targets cannot be read.',
  'unknown-profile': 'There is no such profile.',
  'unknown-plan': 'There is no such plan.',
  ports: 'The ports are not a list of ports, or not for this profile.',
  'no-baseline': 'The profile needs a baseline, and there is none.',
  privileges: 'The profile needs raw packets, which may not be sent here.',
  source: 'The address that the grant names as source is not one of this machine, or grants name several.',
  'vantage-busy': 'Another scan runs from this vantage.',
  secret: 'A secret for scripts is not there, or cannot be used.',
  finding: 'The finding is not one that a scan can verify from here.',
} as const;
export type Refusal = keyof typeof REFUSALS;
