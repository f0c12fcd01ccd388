import { contains } from '../../../net/prefix.ts';
import type { Role, SourceRole } from '../../model/episode.ts';
import { TCP } from '../../model/ip-protocol.ts';
import { isServicePort, isWindowsAdministration } from '../../model/service-ports.ts';
import type { SourceActivity } from '../../model/contact.ts';
import { counted, formatCount, formatSpan } from '../../../text/phrase.ts';
import type { Site } from '../../model/site.ts';
import { factsOf, type ActivityFacts } from './activity-facts.ts';
import { stableTargetsOf, type StableTargets } from './stable-targets.ts';

/** Web servers outside that one person does not visit in the time that is looked at; a whole office behind a proxy does. */
const PROXIED_SITES = 1_000;

/** Contacts below which nothing is learned: three hosts and a DNS server are no habit. */
const LEARN_FROM = 10;

/** A TCP port of the judged source itself that is open. */
export interface OwnPort {
  readonly port: number;
  /** Our own scans found it open. */
  readonly scanned: boolean;
  /** Sources that it was seen to answer; 0: telemetry does not know. */
  readonly answered: number;
}

/**
 * What the source is on the network. A configured or approved role speaks first, by the longest block; then an
 * entry of the ledger that names the source; then what it was seen doing. Undefined when nothing fits.
 *
 * A learned role explains and sets expectations: its daily work counts less (weigh-contacts), its failures elsewhere
 * as much as anybody's. `ownPorts`: what is open on the source, by port.
 */
export function roleOf(
  activity: SourceActivity,
  site: Site,
  ownPorts: readonly OwnPort[],
): SourceRole | undefined {
  const given = site.roles.find(({ prefix }) => contains(prefix, activity.source));
  if (given !== undefined) return given.role;
  const ticket = site.ledger.find((entry) =>
    entry.sources.some((prefix) => contains(prefix, activity.source)),
  );
  if (ticket !== undefined) {
    return {
      role: 'scanner',
      how: 'approved',
      why: `the ledger names it as a source of the authorised scan ${ticket.id}`,
    };
  }
  return learnedRoleOf(activity, site, ownPorts);
}

/**
 * serviceKeys of the contacts that are normal for the role by the role's own test: the stable set of a poller,
 * whether the role was learned or given, with the few of them that are dead. Empty for every other role: no other
 * is an excuse for first contacts that fail.
 */
export function normalContacts(
  activity: Pick<SourceActivity, 'contacts' | 'paces'>,
  role: SourceRole | undefined,
): ReadonlySet<string> {
  if (role?.role !== 'monitoring' && role?.role !== 'load-balancer') return NOTHING;
  return stableTargetsOf(activity)?.keys ?? NOTHING;
}

const NOTHING: ReadonlySet<string> = new Set();

/** What a role test looks at. */
interface Seen {
  readonly activity: SourceActivity;
  readonly facts: ActivityFacts;
  readonly stable: StableTargets | undefined;
  /** Open TCP ports of the source that stand for a service: those that scans found, and those that answer and were not handed out for one connection. */
  readonly ownPorts: readonly OwnPort[];
}

interface RoleTest {
  readonly role: Role;
  /** The sentence with the counts that made it fit, or undefined. */
  readonly why: (seen: Seen) => string | undefined;
}

function learnedRoleOf(
  activity: SourceActivity,
  site: Site,
  ownPorts: readonly OwnPort[],
): SourceRole | undefined {
  const facts = factsOf(activity, site);
  const seen: Seen = {
    activity,
    facts,
    stable: stableTargetsOf(activity),
    ownPorts: ownPorts.filter(({ port, scanned }) => scanned || isKnownService(port)),
  };
  for (const { role, why } of LEARNED) {
    const sentence = why(seen);
    if (sentence !== undefined) return { role, how: 'learned', why: sentence };
  }
  return undefined;
}

/**
 * The tests in order: the first that fits speaks, so the narrow ones stand before the wide ones. The thresholds are
 * the project's own judgement; they are far from what one person at a browser does, on either side.
 */
const LEARNED: readonly RoleTest[] = [
  {
    // What only routers send.
    role: 'router',
    why: ({ facts }) =>
      facts.routing >= 5 && facts.routing >= 0.5 * facts.all
        ? `${formatCount(facts.routing)} of its ${formatCount(facts.all)} contacts are ICMP errors, redirects or router advertisements`
        : undefined,
  },
  {
    // Forwards other people's requests: few targets on few ports, thousands of connections to each, all answered.
    role: 'load-balancer',
    why: ({ facts }) =>
      facts.internal &&
      facts.hosts >= 2 &&
      facts.hosts <= 64 &&
      facts.ports <= 4 &&
      facts.answered >= 0.95 * facts.contacts &&
      facts.records >= 1_000 * facts.contacts
        ? `${formatCount(facts.records)} answered connections go to the same ${counted(facts.hosts, 'host')} on ${counted(facts.ports, 'port')}`
        : undefined,
  },
  {
    role: 'monitoring',
    why: ({ stable }) =>
      stable === undefined
        ? undefined
        : `it visits the same ${formatCount(stable.keys.size)} targets every ${formatSpan(stable.intervalSeconds * 1e6)}, ${Math.round(100 * stable.jaccard)} % of them in both halves of the time seen; ${formatCount(stable.answered)} answer`,
  },
  {
    role: 'resolver',
    why: ({ facts: { dns, contacts } }) =>
      dns.externalHosts >= 20 && dns.contacts >= 0.8 * contacts && dns.answered >= 0.7 * dns.contacts
        ? `${formatCount(dns.contacts)} of its ${formatCount(contacts)} contacts are DNS, with ${formatCount(dns.externalHosts)} outside servers; ${formatCount(dns.answered)} were answered`
        : undefined,
  },
  {
    role: 'proxy',
    why: ({ facts: { web, contacts, agents, clients } }) =>
      web.externalHosts >= 50 &&
      web.contacts >= 0.8 * contacts &&
      web.answered >= 0.85 * web.contacts &&
      (agents.size >= 5 || clients.size >= 5 || web.externalHosts >= PROXIED_SITES)
        ? `${formatCount(web.answered)} of ${formatCount(web.contacts)} contacts with ${formatCount(web.hosts)} web servers were answered${agents.size + clients.size === 0 ? '' : `, for ${counted(agents.size, 'user agent')} and ${counted(clients.size, 'TLS client')}`}`
        : undefined,
  },
  { role: 'crawler', why: crawler },
  {
    // Every peer has a port of its own; about half are gone; payload goes both ways.
    role: 'peer-to-peer',
    why: ({ facts: { highPorts, contacts, bothWays } }) =>
      highPorts.externalHosts >= 30 &&
      highPorts.contacts >= 0.8 * contacts &&
      highPorts.contacts <= 2 * highPorts.hosts &&
      highPorts.ports >= 0.5 * highPorts.hosts &&
      highPorts.answered >= 0.15 * highPorts.contacts &&
      highPorts.answered <= 0.95 * highPorts.contacts &&
      bothWays >= 0.1 * contacts
        ? `${formatCount(highPorts.externalHosts)} outside peers on ${formatCount(highPorts.ports)} different high ports, ${formatCount(highPorts.answered)} of ${formatCount(highPorts.contacts)} answered, payload both ways with ${formatCount(bothWays)}`
        : undefined,
  },
  {
    role: 'domain-controller',
    why: ({ ownPorts }) =>
      // Kerberos, LDAP and SMB together are Active Directory's (Microsoft, "Service overview and network port requirements for Windows").
      opened(
        ownPorts.filter(({ port }) => DIRECTORY.has(port)),
        DIRECTORY.size,
      ),
  },
  {
    role: 'database',
    why: ({ ownPorts }) => {
      const found = ownPorts.filter(({ port }) => DATABASE_PORTS.has(port));
      return ownPorts.length > 5 ? undefined : opened(found, 1);
    },
  },
  {
    role: 'backup',
    why: ({ facts, activity }) =>
      facts.internal &&
      facts.hosts >= 5 &&
      facts.ports <= 3 &&
      facts.answered >= 0.9 * facts.contacts &&
      facts.bytes >= 50e6 * facts.hosts &&
      activity.paces.size > 0 &&
      facts.span >= 86_400e6
        ? `it moves ${formatCount(Math.round(facts.bytes / facts.hosts / 1e6))} MB at a time with each of ${counted(facts.hosts, 'host')} on ${counted(facts.ports, 'port')}, on more than one day`
        : undefined,
  },
  { role: 'ci-runner', why: ciRunner },
  {
    role: 'server',
    why: ({ ownPorts, facts }) =>
      // Every Windows machine has its administration open, and somebody may have come to a desk by SSH once.
      facts.internal
        ? opened(
            ownPorts.filter(
              ({ port, scanned, answered }) =>
                (scanned || answered >= SERVED) && !isWindowsAdministration(TCP, port),
            ),
            1,
          )
        : undefined,
  },
  {
    role: 'workstation',
    why: ({ facts: { internal, contacts, web, dns, answered, externalHosts } }) =>
      internal &&
      contacts >= LEARN_FROM &&
      web.externalHosts >= 5 &&
      web.contacts + dns.contacts >= 0.6 * contacts &&
      answered >= 0.85 * contacts
        ? `${formatCount(web.contacts + dns.contacts)} of its ${formatCount(contacts)} contacts are web and DNS, ${formatCount(externalHosts)} hosts outside; ${formatCount(answered)} were answered`
        : undefined,
  },
];

/** Crawlers say so and ask for robots.txt (RFC 9309). Anybody can: the role explains, it excuses nothing. */
function crawler({ activity, facts }: Seen): string | undefined {
  const { web, contacts } = facts;
  if (contacts === 0 || web.contacts < 0.9 * contacts || web.answered < 0.8 * web.contacts) return undefined;
  const agents = [...facts.agents].filter((agent) => /bot\b|bot\/|crawl|spider/i.test(agent));
  if (agents.length === 0 || facts.agents.size > 2) return undefined;
  const http = activity.app.filter((trait) => trait.service === 'http');
  if (!http.some((trait) => trait.targets.some((target) => target === '/robots.txt'))) return undefined;
  const requests = http.reduce((sum, trait) => sum + trait.events, 0);
  return requests < 20
    ? undefined
    : `${formatCount(requests)} web requests at ${formatCount(web.hosts)} servers with one crawler's user agent, /robots.txt among them`;
}

/** Executables of build agents, as their makers name them (GitLab, GitHub, Jenkins, Buildkite, TeamCity, Azure). */
const RUNNERS =
  /(?:^|[\\/])(?:gitlab-runner|runner\.(?:worker|listener)|buildkite-agent|teamcity-agent|agent\.(?:worker|listener)|jenkins-agent)(?:\.exe|\.jar)?$/i;
/** Public registries that builds fetch from. */
const REGISTRIES =
  /(?:^|\.)(?:registry\.npmjs\.org|pypi\.org|files\.pythonhosted\.org|docker\.io|ghcr\.io|proxy\.golang\.org|crates\.io|repo\.maven\.apache\.org|repo1\.maven\.org|rubygems\.org|github\.com|gitlab\.com)$/i;

function ciRunner({ activity, facts }: Seen): string | undefined {
  if (!facts.internal) return undefined;
  if (activity.processes.some((one) => RUNNERS.test(one.executable) || RUNNERS.test(one.parent)))
    return 'an endpoint sensor saw a build agent open its connections';
  const names = new Set(
    activity.app.flatMap((trait) =>
      trait.names.map((name) => name.toLowerCase()).filter((name) => REGISTRIES.test(name)),
    ),
  );
  return names.size >= 4 && facts.answered >= 0.85 * facts.contacts
    ? `it fetches from ${names.size} package registries and code hosts`
    : undefined;
}

/** Registered ports of database servers: SQL Server, Oracle, MySQL, PostgreSQL, Redis, Cassandra, Elasticsearch, MongoDB (IANA or the vendor's default). */
const DATABASE_PORTS: ReadonlySet<number> = new Set([
  1433, 1521, 3306, 5432, 6379, 9042, 9200, 27_017, 50_000,
]);

/** What a domain controller has open. */
const DIRECTORY: ReadonlyMap<number, string> = new Map([
  [88, 'Kerberos'],
  [389, 'LDAP'],
  [445, 'SMB'],
]);
/** Sources that a port has to have answered before it makes a server of its host, where no scan found it. */
const SERVED = 3;
/** From here on systems hand out ports for one connection (Linux' ip_local_port_range; RFC 6335 begins at 49152). */
const HANDED_OUT = 32_768;
/** Open ports that a sentence names. */
const NAMED = 5;

/** Whether an answering port has a service's number. */
function isKnownService(port: number): boolean {
  return port < HANDED_OUT && (isServicePort(port) || DATABASE_PORTS.has(port));
}

/** How it is known that these ports are open; undefined when there are fewer than `fewest`. */
function opened(ports: readonly OwnPort[], fewest: number): string | undefined {
  if (ports.length < fewest) return undefined;
  const found = ports.filter(({ scanned }) => scanned);
  const answering = ports.filter(({ scanned }) => !scanned);
  const sentences: string[] = [];
  if (found.length > 0) sentences.push(`our scans found ${named(found)} open on it`);
  if (answering.length > 0) {
    const most = Math.max(...answering.map(({ answered }) => answered));
    sentences.push(
      `it answered ${answering.length > 1 ? 'up to ' : ''}${counted(most, 'machine')} on ${named(answering)}`,
    );
  }
  return sentences.join(', and ');
}

function named(ports: readonly OwnPort[]): string {
  const names = ports.slice(0, NAMED).map(({ port }) => {
    const name = DIRECTORY.get(port);
    return name === undefined ? `${port}/tcp` : `${name} (${port}/tcp)`;
  });
  const more = ports.length - names.length;
  const [last] = more > 0 ? [counted(more, 'more port')] : names.splice(-1);
  return names.length === 0 ? String(last) : `${names.join(', ')} and ${last}`;
}
