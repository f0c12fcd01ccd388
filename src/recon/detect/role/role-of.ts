import type { IpAddress } from '../../../net/ip-address.ts';
import { contains } from '../../../net/prefix.ts';
import type { Role, SourceRole } from '../../model/episode.ts';
import { TCP } from '../../model/ip-protocol.ts';
import type { SourceActivity } from '../../model/contact.ts';
import { counted, formatCount, formatSpan } from '../../model/phrase.ts';
import type { Site } from '../../model/site.ts';
import { factsOf, type ActivityFacts } from './activity-facts.ts';
import { stableTargetsOf, type StableTargets } from './stable-targets.ts';

/** Web servers outside that one person does not visit in the time that is looked at; a whole office behind a proxy does. */
const PROXIED_SITES = 1_000;

/** Contacts below which nothing is learned: three hosts and a DNS server are no habit. */
const LEARN_FROM = 10;

/**
 * What the source is on the network. A configured or approved role speaks first, by the longest block; then an
 * entry of the ledger that names the source; then what it was seen doing. Undefined when nothing fits.
 *
 * A learned role explains and sets expectations. It silences nothing: see normalContacts for the one exception.
 */
export function roleOf(activity: SourceActivity, site: Site): SourceRole | undefined {
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
  return learnedRoleOf(activity, site);
}

/**
 * serviceKeys of the contacts that are normal for the role by the role's own test: the stable set of a poller,
 * whether the role was learned or given. Empty for every other role: no learned role is an excuse for first
 * contacts that fail.
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
  /** TCP ports of the source that our own scans found open. */
  readonly ownPorts: readonly number[];
}

interface RoleTest {
  readonly role: Role;
  /** The sentence with the counts that made it fit, or undefined. */
  readonly why: (seen: Seen) => string | undefined;
}

function learnedRoleOf(activity: SourceActivity, site: Site): SourceRole | undefined {
  const facts = factsOf(activity, site);
  const seen: Seen = {
    activity,
    facts,
    stable: stableTargetsOf(activity),
    ownPorts: ownPortsOf(site).get(activity.source) ?? [],
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
      [88, 389, 445].every((port) => ownPorts.includes(port))
        ? 'our scans found Kerberos (88/tcp), LDAP (389/tcp) and SMB (445/tcp) open on it'
        : undefined,
  },
  {
    role: 'database',
    why: ({ ownPorts }) => {
      const found = ownPorts.filter((port) => DATABASE_PORTS.has(port));
      return found.length === 0 || ownPorts.length > 5
        ? undefined
        : `our scans found ${found.map((port) => `${port}/tcp`).join(', ')} open on it`;
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
      facts.internal && ownPorts.length > 0
        ? `our scans found ${ownPorts
            .slice(0, 5)
            .map((port) => `${port}/tcp`)
            .join(', ')}${ownPorts.length > 5 ? ` and ${ownPorts.length - 5} more ports` : ''} open on it`
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

/** By site, because the open ports of the whole network are turned over once, and asked for every source. */
const OWN_PORTS = new WeakMap<Site['exposed'], ReadonlyMap<IpAddress, readonly number[]>>();

function ownPortsOf(site: Pick<Site, 'exposed'>): ReadonlyMap<IpAddress, readonly number[]> {
  const known = OWN_PORTS.get(site.exposed);
  if (known !== undefined) return known;
  const byHost = new Map<IpAddress, number[]>();
  for (const target of site.exposed.values()) {
    if (target.protocol !== TCP) continue;
    const ports = byHost.get(target.destination);
    if (ports === undefined) byHost.set(target.destination, [target.port]);
    else ports.push(target.port);
  }
  for (const [host, ports] of byHost)
    byHost.set(
      host,
      ports.toSorted((a, b) => a - b),
    );
  OWN_PORTS.set(site.exposed, byHost);
  return byHost;
}
