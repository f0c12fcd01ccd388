import type { Episode, PlotPoint } from '../recon/model/episode.ts';
import { SCTP, TCP, touchedName, UDP } from '../recon/model/ip-protocol.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Instant } from '../time/instant.ts';
import { html, type SafeHtml } from './escape-html.ts';
import { counted, formatCount } from '../text/phrase.ts';
import { outcomesClause, whenClause } from './episode-words.ts';
import { outcomeLegend, scatterPlot, type Plot, type PlotLine } from './html-plot.ts';
import { addressAxes, hostAxis, portAxis, timeAxis, type Axis } from './plot-axis.ts';

/** Steps that are numbered in the picture and in the list beside it. */
const STEPS = 12;

/**
 * The two pictures of an episode: when each target was touched, and which targets those were. Points beyond
 * PLOT_POINTS were thinned evenly; the legend has the exact counts.
 */
export function episodePictures(episode: Episode): SafeHtml {
  if (episode.points.length < 2) return html``;
  const pictures = [timelineOf(episode), targetsOf(episode)];
  const thinned =
    episode.targets.contacts > episode.points.length
      ? html`<p class="small quiet">
          ${formatCount(episode.points.length)} of ${counted(episode.targets.contacts, 'contact')} drawn,
          evenly thinned; the counts are of all.
        </p>`
      : '';
  return html`<div class="pictures">
      ${pictures.map(
        (plot) =>
          html`<figure>
            <figcaption>${plot.title}</figcaption>
            ${scatterPlot(plot)}
          </figure>`,
      )}
    </div>
    ${outcomeLegend(episode.outcomes, Math.min(STEPS, episode.transition.length))} ${thinned}`;
}

/** Time across; down, whatever there is more of: hosts, sources of one host, or ports of one host and source. */
function timelineOf(episode: Episode): Plot {
  const { points, transition } = episode;
  const shown = transition.slice(0, STEPS);
  const moments = [...points.map(({ at }) => at), episode.alarm, ...shown.map(({ at }) => at)];
  const across = timeAxis(least(moments), most(moments));
  const hosts = new Set(points.map(({ destination }) => destination));
  const sources = new Set(points.map(({ source }) => source));
  const rows =
    hosts.size > 1
      ? { title: 'When each host was touched', ...rowsBy(hostAxis([...hosts]), (point) => point.destination) }
      : sources.size > 1
        ? {
            title: 'When each source came',
            ...rowsBy(hostAxis([...sources], 'Sources'), (point) => point.source),
          }
        : {
            title: 'When each port was touched',
            ...rowsBy(portAxis(points), (point) => point),
          };
  const lines: readonly PlotLine[] = [
    { place: across.place(episode.alarm), label: '!', kind: 'alarm' },
    ...shown.map(({ at }, index) => ({
      place: across.place(at),
      label: String(index + 1),
      kind: 'step' as const,
    })),
  ];
  return {
    title: rows.title,
    label: `${rows.title}, ${whenClause(episode)}: ${outcomesClause(episode)}.`,
    across,
    down: rows.axis,
    points: points.map((point) => ({
      x: across.place(point.at),
      y: rows.place(point),
      outcome: point.outcome,
    })),
    lines,
  };
}

/** Hosts × ports; for one port the space of addresses; for one host sources × ports, or a sheet of its ports. */
function targetsOf(episode: Episode): Plot {
  // A ping has no port: beside others that have one it is left to the timeline.
  const withPort = episode.points.filter(({ protocol }) => hasPorts(protocol));
  const points = withPort.length > 0 ? withPort : episode.points;
  const hosts = [...new Set(points.map(({ destination }) => destination))];
  const ports = portsOf(points);
  const counts = outcomesClause(episode);
  const sources = [...new Set(points.map(({ source }) => source))];
  if (hosts.length === 1 && sources.length > 1) {
    const across = portAxis(points);
    const down = hostAxis(sources, 'Sources');
    return {
      title: 'Which ports each source touched',
      label: `${counted(episode.targets.ports, 'port')} of one host from ${counted(episode.sources.length, 'source')}: ${counts}.`,
      across,
      down,
      points: points.map((point) => ({
        x: across.place(point),
        y: down.place(point.source),
        outcome: point.outcome,
      })),
    };
  }
  if (hosts.length === 1) return portsOfOneHost(episode, points, hosts[0]);
  if (new Set(ports).size === 1) {
    const { across, down } = addressAxes(hosts);
    const [first] = points;
    const port = first === undefined ? '' : touchedName(first.protocol, first.port);
    return {
      title: `Where ${port} was tried`,
      label: `Where ${port} was tried among ${counted(episode.targets.hosts, 'host')}: ${counts}.`,
      across,
      down,
      points: points.map((point) => ({
        x: across.place(point.destination),
        y: down.place(point.destination),
        outcome: point.outcome,
      })),
    };
  }
  const across = portAxis(points);
  const down = hostAxis(hosts);
  return {
    title: 'Which ports of which hosts',
    label: `${counted(episode.targets.ports, 'port')} on ${counted(episode.targets.hosts, 'host')}: ${counts}.`,
    across,
    down,
    points: points.map((point) => ({
      x: across.place(point),
      y: down.place(point.destination),
      outcome: point.outcome,
    })),
  };
}

/** The ports of one host laid out as a sheet, a thousand to a row, so that what was covered is seen at a glance. */
function portsOfOneHost(episode: Episode, points: readonly PlotPoint[], host: IpAddress | undefined): Plot {
  const ports = portsOf(points);
  const highest = Math.max(0, ...ports);
  // Rows of a round number of ports, about twelve of them.
  const row =
    [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000].find((each) => highest / each <= 12) ?? 10_000;
  const rows = Math.floor(highest / row) + 1;
  const place = (port: number) => (Math.floor(port / row) + 0.5) / rows;
  const every = Math.max(1, Math.ceil(rows / 8));
  return {
    title: `Which ports of ${host ?? 'the host'}, ${formatCount(row)} to a row`,
    label: `${counted(episode.targets.ports, 'port')} of ${host ?? 'one host'}, from ${Math.min(...ports)} to ${highest}: ${outcomesClause(episode)}.`,
    across: {
      title: 'and so many more',
      ticks: [0, 0.25, 0.5, 0.75].map((part) => ({
        place: 0.02 + part * 0.96,
        label: `+${Math.round(part * row)}`,
      })),
    },
    down: {
      title: 'Ports from',
      ticks: Array.from({ length: rows }, (_, index) => index)
        .filter((index) => index % every === 0)
        .map((index) => ({ place: (index + 0.5) / rows, label: String(index * row) })),
    },
    points: points.map((point) => ({
      x: 0.02 + ((point.port % row) / row) * 0.96,
      y: place(point.port),
      outcome: point.outcome,
    })),
  };
}

function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === SCTP;
}

function rowsBy<T>(
  axis: Axis<T>,
  valueOf: (point: PlotPoint) => T,
): { readonly axis: Axis<T>; readonly place: (point: PlotPoint) => number } {
  return { axis, place: (point) => axis.place(valueOf(point)) };
}

function portsOf(points: readonly PlotPoint[]): readonly number[] {
  return points.map(({ port }) => port);
}

function least(moments: readonly Instant[]): Instant {
  return Math.min(...moments) as Instant;
}

function most(moments: readonly Instant[]): Instant {
  return Math.max(...moments) as Instant;
}
