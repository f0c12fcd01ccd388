import type { Sensors } from '../../api/recon.ts';
import type { TelemetryFile } from '../../assembly/recon-workspace.ts';
import type { SensorHours } from '../../assembly/stored-recon.ts';
import type { Config } from '../../config/config.ts';
import type { StoredRun } from '../../exposure/queries/runs.ts';
import { formatPrefix, parsePrefix } from '../../net/prefix.ts';
import { formatInstant, formatMinute, type Instant } from '../../time/instant.ts';
import type { Context, Handlers } from '../handlers.ts';
import { Kept } from '../kept.ts';
import { timeOrNull } from '../wire/values.ts';

/** Microseconds. */
const HOUR = 3_600e6;
const DAY = 24 * HOUR;
/** Days that are looked back: the horizon of detection's default. */
const LOOK_BACK = 30 * DAY;
/** A sensor without records for longer has a gap: logs are rotated daily at the longest, and no network is silent for a day. */
const GAP = DAY;
/** A network in which no scan saw a host for longer is stale: the longest of the usual rhythms is a month. */
const STALE = 35 * DAY;
/** Networks of the configuration that are looked at one by one. */
const MOST_NETWORKS = 200;
/** Gaps of one sensor that are named: the newest. */
const NAMED_GAPS = 10;
/** Milliseconds that the answer is good for: it reads a month of records. */
const GOOD_FOR = 300_000;

/** Where telemetry comes from, and what cannot be seen. */
export function sensorRoutes(context: Context): Handlers<'sensors.list'> {
  const kept = new Kept<Sensors>(1, GOOD_FOR);
  return { 'sensors.list': () => kept.of('all', () => look(context)) };
}

async function look({ workspace, config, clock }: Context): Promise<Sensors> {
  const now = clock();
  const from = Math.max(0, now - LOOK_BACK) as Instant;
  const [hours, files, runs] = await Promise.all([
    workspace.recon.sensorHours(from),
    workspace.recon.telemetryFiles(),
    workspace.listRuns(),
  ]);
  const sensors = sensorsOf(hours, files);
  const vantages = vantagesOf(runs);
  const seen: SeenNetwork[] = [];
  for (const [network, sections] of networksOf(config)) {
    const { items, total } = await workspace.hosts.page({
      filter: { within: network },
      sort: 'last-seen',
      limit: 1,
    });
    seen.push({ network, from: sections, hosts: total, lastSeen: items[0]?.lastSeen });
  }
  return {
    from: formatInstant(from),
    to: formatInstant(now),
    sensors: sensors.map(({ stretches, first, last, ...sensor }) => ({
      ...sensor,
      first: formatInstant(first),
      last: formatInstant(last),
      coverage: stretches.map((stretch) => ({
        from: formatInstant(stretch.from),
        to: formatInstant(stretch.to),
      })),
    })),
    vantages: vantages.map(({ first, last, ...each }) => ({
      ...each,
      first: timeOrNull(first),
      last: timeOrNull(last),
    })),
    networks: seen.map(({ lastSeen, ...network }) => ({ ...network, lastSeen: timeOrNull(lastSeen) })),
    blindSpots: [
      ...(sensors.length === 0
        ? [NO_TELEMETRY]
        : sensors.flatMap((sensor) => blindSpotsOfSensor(sensor, now))),
      ...blindSpotOfVantages(vantages),
      ...seen.flatMap((network) => blindSpotOfNetwork(network, now)),
    ],
  };
}

/** A configured network, and when a scan saw a host of it. */
interface SeenNetwork {
  readonly network: string;
  readonly from: Section[];
  readonly hosts: number;
  readonly lastSeen: Instant | undefined;
}

type BlindSpot = Sensors['blindSpots'][number];

const NO_TELEMETRY: BlindSpot = {
  kind: 'no-telemetry',
  about: '',
  text: 'No telemetry of the last 30 days: nobody would notice who scans this network.',
};

function blindSpotOfVantages([only, ...others]: readonly { readonly vantage: string }[]): BlindSpot[] {
  if (only === undefined || others.length > 0) return [];
  const { vantage } = only;
  return [
    {
      kind: 'vantage',
      about: vantage,
      text: `Every scan was made from ${vantage}: what is open from elsewhere is not known.`,
    },
  ];
}

function blindSpotOfNetwork({ network, lastSeen }: SeenNetwork, now: Instant): BlindSpot[] {
  if (lastSeen === undefined)
    return [{ kind: 'never-scanned', about: network, text: `No scan ever saw a host in ${network}.` }];
  if (now - lastSeen <= STALE) return [];
  const since = formatMinute(lastSeen);
  return [{ kind: 'stale', about: network, text: `No scan saw a host in ${network} since ${since}.` }];
}

/** A sensor, and the stretches of time in which it had records. */
interface Seen extends Omit<Sensors['sensors'][number], 'first' | 'last' | 'coverage'> {
  readonly first: Instant;
  readonly last: Instant;
  readonly stretches: readonly { readonly from: Instant; readonly to: Instant }[];
}

function sensorsOf(rows: readonly SensorHours[], files: readonly TelemetryFile[]): readonly Seen[] {
  const names = [...new Set(rows.map(({ sensor }) => sensor))];
  return names.map((sensor): Seen => {
    const own = rows.filter((row) => row.sensor === sensor);
    const read = files.filter((file) => file.sensor === sensor);
    const records = (kind: SensorHours['kind']): number => own.find((row) => row.kind === kind)?.records ?? 0;
    return {
      sensor,
      records: {
        flow: records('flow'),
        app: records('app'),
        alert: records('alert'),
        process: records('process'),
      },
      sampling: Math.max(1, ...own.map(({ sampling }) => sampling)),
      first: Math.min(...own.map(({ first }) => first)) as Instant,
      last: Math.max(...own.map(({ last }) => last)) as Instant,
      stretches: joined(own.flatMap(({ hours }) => hours)),
      formats: [...new Set(read.map(({ format }) => format))].toSorted(),
      files: read.length,
      problems: read.reduce((sum, { problems }) => sum + problems, 0),
      skipped: read.reduce((sum, { skipped }) => sum + skipped, 0),
    };
  });
}

/** Whole hours, joined where they touch. */
function joined(hours: readonly Instant[]): Seen['stretches'] {
  const stretches: { from: Instant; to: Instant }[] = [];
  for (const from of [...new Set(hours)].toSorted((a, b) => a - b)) {
    const to = (from + HOUR) as Instant;
    const last = stretches.at(-1);
    if (last !== undefined && last.to >= from) last.to = to;
    else stretches.push({ from, to });
  }
  return stretches;
}

function blindSpotsOfSensor(
  { sensor, sampling, stretches, last }: Seen,
  now: Instant,
): Sensors['blindSpots'] {
  const gaps = stretches.slice(1).flatMap((stretch, index) => {
    const end = stretches[index]!.to;
    return stretch.from - end > GAP ? [{ from: end, to: stretch.from }] : [];
  });
  return [
    ...(sampling > 1
      ? [
          {
            kind: 'sampling' as const,
            about: sensor,
            text: `${sensor} sees one packet of ${sampling}: short and slow scans pass it unseen.`,
          },
        ]
      : []),
    ...gaps.slice(-NAMED_GAPS).map(({ from, to }) => ({
      kind: 'gap' as const,
      about: sensor,
      text: `${sensor} has no records from ${formatMinute(from)} to ${formatMinute(to)}.`,
    })),
    ...(now - last > GAP
      ? [{ kind: 'silent' as const, about: sensor, text: `${sensor} is silent since ${formatMinute(last)}.` }]
      : []),
  ];
}

function vantagesOf(runs: readonly StoredRun[]) {
  return [...new Set(runs.map(({ info }) => info.vantage))].toSorted().map((vantage) => {
    const own = runs.filter(({ info }) => info.vantage === vantage);
    const times = own.flatMap(({ info }) => info.start ?? []);
    return {
      vantage,
      scans: own.length,
      first: times.length === 0 ? undefined : (Math.min(...times) as Instant),
      last: times.length === 0 ? undefined : (Math.max(...times) as Instant),
    };
  });
}

type Section = Sensors['networks'][number]['from'][number];

/** Networks of the configuration, and which sections name them. */
function networksOf({ exposure, recon, scope }: Config): ReadonlyMap<string, Section[]> {
  const networks = new Map<string, Section[]>();
  const add = (text: string, section: Section): void => {
    const prefix = parsePrefix(text);
    if (prefix === undefined) return;
    const network = formatPrefix(prefix);
    const sections = networks.get(network);
    if (sections === undefined) {
      if (networks.size < MOST_NETWORKS) networks.set(network, [section]);
    } else if (!sections.includes(section)) sections.push(section);
  };
  for (const { prefix } of exposure.networks) add(prefix, 'exposure');
  for (const network of recon.networks) add(network, 'recon');
  for (const grant of scope.grants) for (const network of grant.networks) add(network, 'scope');
  return networks;
}
