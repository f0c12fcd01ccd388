import type { Confidence } from '../../findings/finding.ts';
import type { Severity } from '../../findings/severity.ts';
import type { ToolMatch } from '../../fingerprint/tool-match.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Instant } from '../../time/instant.ts';
import type { Outcome } from './outcome.ts';
import type { SendingTrait } from './sending.ts';
import type { RecordPointer } from './telemetry-record.ts';

/** What the targets look like together. */
export type Shape = 'vertical' | 'horizontal' | 'block' | 'strobe' | 'single';

/** The eight families of `docs`: each explains an episode; none is an alert of its own. */
export const FAMILIES = [
  'fast-fan-out',
  'full-range',
  'service-enumeration',
  'slow',
  'fragmented-or-decoy',
  'distributed',
  'application-fingerprint',
  'internal-discovery',
] as const;

/** See FAMILIES. */
export type Family = (typeof FAMILIES)[number];

/** A family that fits, and why, in one sentence with counts. Attacker-written parts inside: escape. */
export interface FamilyMatch {
  readonly family: Family;
  readonly text: string;
}

/** What was sent to find something out. */
export type Technique =
  | 'arp'
  | 'icmp-echo'
  | 'icmp-other'
  | 'tcp-syn'
  | 'tcp-connect'
  | 'tcp-fin'
  | 'tcp-null'
  | 'tcp-xmas'
  | 'tcp-ack'
  | 'tcp-window-or-maimon'
  | 'udp'
  | 'sctp'
  | 'ip-protocol'
  | 'application';

/** How deep it went; each includes the ones before. */
export const DEPTHS = ['touched', 'identified', 'enumerated', 'attempted', 'entered'] as const;

/** See DEPTHS. */
export type Depth = (typeof DEPTHS)[number];

/** One term of the log-likelihood ratio: `contacts × weight = total`, in nats. Terms sum to the score. */
export interface LikelihoodTerm {
  /** `refused`, `dark destination`, `recently alive`, `popular service`: a word list with a sentence each in the docs. */
  readonly term: string;
  readonly contacts: number;
  /** Mean weight per contact, in nats. */
  readonly weight: number;
  readonly total: number;
}

/** The sequential test's account. */
export interface Likelihood {
  /** The statistic where it stood highest, in nats. */
  readonly score: number;
  /** What it had to reach: ln(1/α). */
  readonly threshold: number;
  readonly terms: readonly LikelihoodTerm[];
  /** First contacts that it took to reach the threshold. */
  readonly contactsToAlarm: number;
}

/** A step of a way in, with what shows it. */
export interface TransitionStep {
  readonly step:
    | 'discovery'
    | 'service-probe'
    | 'exploit-attempt'
    | 'credential-burst'
    | 'session'
    | 'outbound';
  readonly destination: IpAddress;
  readonly at: Instant;
  /** Who did it: another source of the same group may take over. */
  readonly source: IpAddress;
  /** One sentence; attacker-written parts inside: escape. */
  readonly text: string;
}

/** What an authorised scan of the ledger explains of an episode. */
export interface AuthorisedPart {
  /** Entry of the ledger. */
  readonly entry: string;
  readonly contacts: number;
  /** Why the rest is not covered: `outside the scope: 10.9.0.0/24`, `after the window`; empty when all is. */
  readonly remainder: readonly string[];
  readonly remainderContacts: number;
}

/** A touched port that our own scans know. */
export interface ExposedTarget {
  readonly destination: IpAddress;
  readonly port: number;
  readonly protocol: number;
  /** `ssh OpenSSH 9.2p1`; attacker-written: escape. */
  readonly service: string;
  /** When it was first seen open by us. */
  readonly openSince: Instant | undefined;
  /** Not in the baseline in force. */
  readonly newSinceBaseline: boolean;
  readonly severity: Severity | undefined;
  /** Start of the last scan before `openSince` that asked the same port and did not find it open; absent when none did. */
  readonly closedUntil?: Instant;
  /** The newest scan that saw it open, as `tidemark scans` lists it. */
  readonly scan?: string;
}

/** What a port of a host was to the source. */
export interface OpenPortFound {
  readonly destination: IpAddress;
  readonly port: number;
  readonly protocol: number;
  readonly service: string;
}

/** A point of the pictures: when, which destination, which port, what came back. */
export interface PlotPoint {
  readonly at: Instant;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly port: number;
  readonly protocol: number;
  readonly outcome: Outcome;
}

/** What a source is on the network, and how that is known. */
export interface SourceRole {
  readonly role: Role;
  readonly how: 'configured' | 'approved' | 'learned';
  /** One sentence. */
  readonly why: string;
}

/** Roles with their own idea of what is normal. */
export const ROLES = [
  'scanner',
  'domain-controller',
  'ci-runner',
  'workstation',
  'server',
  'database',
  'resolver',
  'proxy',
  'monitoring',
  'crawler',
  'load-balancer',
  'backup',
  'peer-to-peer',
  'router',
  'unknown',
] as const;

/** See ROLES. */
export type Role = (typeof ROLES)[number];

/**
 * One actor's reconnaissance. A pure function of the records: the same records give the same episode, in any
 * batching. It grows with evidence; it never becomes ten thousand alerts.
 */
export interface Episode {
  /** The same for the same actor and onset; 16 hex digits. */
  readonly id: string;
  /** One source, or several for a campaign, in compareIpAddresses order. */
  readonly sources: readonly IpAddress[];
  /** How a campaign was joined: `decoys`, `disjoint cover`, `/24`, `AS64500`, `fingerprint`; undefined for one source. */
  readonly joinedBy: string | undefined;
  /** Of decoys: the one source that later connected, or undefined. */
  readonly trueSource: IpAddress | undefined;
  /** Inside our networks (recon.networks)? */
  readonly internal: boolean;
  /** First contact that belongs to it, and the newest. */
  readonly first: Instant;
  readonly last: Instant;
  /** When the evidence sufficed. */
  readonly alarm: Instant;
  readonly shape: Shape;
  readonly techniques: readonly Technique[];
  /** At least one where any fits; the best explanation first. */
  readonly families: readonly FamilyMatch[];
  readonly depth: Depth;
  readonly likelihood: Likelihood;
  /** Distinct counts over the whole episode, exact even where contacts were left out. */
  readonly targets: {
    readonly hosts: number;
    readonly ports: number;
    readonly contacts: number;
    /** Smallest prefixes that hold the hosts, at most 8, as CIDR. */
    readonly networks: readonly string[];
    /** Ports most often touched, as `443/tcp` with the number of hosts, at most 20. */
    readonly topPorts: readonly { readonly port: string; readonly hosts: number }[];
    /** Touched ports in Nmap's syntax, at most 200 characters: `1-1024,3389`. */
    readonly portRanges: string;
  };
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly openPorts: readonly OpenPortFound[];
  readonly openPortsLeftOut: number;
  /** Contacts per second while active; and the median gap in seconds. */
  readonly pace: { readonly perSecond: number; readonly medianGapSeconds: number };
  /** `ports in ascending order`, `ports in random order`, …: one clause; empty when nothing can be said. */
  readonly order: string;
  /** Fingerprints, user agents and tools, as sentences; attacker-written parts inside: escape. Never the reason for an episode. */
  readonly traits: readonly string[];
  /** The tools it looks like, surest first. Never the reason for an episode, and never one to let it go. */
  readonly tools: readonly ToolMatch[];
  /** How its packets are made, repeated, ordered and timed: what several tools have in common. */
  readonly sending: readonly SendingTrait[];
  readonly role: SourceRole | undefined;
  /** Process and user behind it, where an endpoint says so; attacker-written: escape. */
  readonly process: { readonly executable: string; readonly user: string; readonly host: string } | undefined;
  readonly authorised: AuthorisedPart | undefined;
  readonly transition: readonly TransitionStep[];
  readonly exposed: readonly ExposedTarget[];
  /** Why it is unusual here, in sentences with counts. */
  readonly unusual: readonly string[];
  readonly severity: Severity;
  /** 0–100. */
  readonly score: number;
  readonly confidence: Confidence;
  /** External background that is not about us: belongs in the digest, not in the list. */
  readonly noise: boolean;
  readonly points: readonly PlotPoint[];
  /** A few records that prove it: onset, alarm, deepest step. `findings show --evidence` reads the rest from the store. */
  readonly records: readonly (RecordPointer & { readonly at: Instant; readonly text: string })[];
}
