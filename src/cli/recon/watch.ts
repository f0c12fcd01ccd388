import { Readable } from 'node:stream';
import type { ReconWorkspace, WatchEvent, WatchMetrics } from '../../assembly/recon-workspace.ts';
import { Fault, formatWhere } from '../../fault/fault.ts';
import { toFinding } from '../../recon/flow/summarise-episodes.ts';
import { standingOf } from '../../recon/model/standing.ts';
import type { Episode } from '../../recon/model/episode.ts';
import { foundClause } from '../../report/episode-words.ts';
import { episodeJson, findingJson } from '../../report/episode-json.ts';
import { escapeJson } from '../../report/escape-json.ts';
import { counted, formatCount } from '../../text/phrase.ts';
import { formatInstant, formatMinute } from '../../time/instant.ts';
import type { Call, ExitStatus } from '../call.ts';
import { safe, type Print } from '../print.ts';
import { formatBytes, formatSeconds } from '../progress.ts';
import { createStatusLine } from '../status-line.ts';
import { telemetryOptions, type TelemetryFlags } from '../telemetry-options.ts';
import { withRecon } from '../with-recon.ts';
import { liveStdin } from './live-stdin.ts';

/** What `tidemark watch` takes. */
export interface WatchOptions extends TelemetryFlags {
  readonly once?: true;
  readonly all?: true;
}

/** Microseconds between two lines of figures where nobody sees the status line. */
const METRICS_EVERY = 10e6;
const SECONDS_OF_DAY = 86_400;
/** Open ports named on the line of an episode. */
const PORTS_NAMED = 4;

/** Follows the paths until a signal, or once. */
export async function watchPaths(
  call: Call,
  paths: readonly string[],
  options: WatchOptions,
): Promise<ExitStatus> {
  const stdin = paths.includes('-') ? liveStdin(call.process) : Readable.from([]);
  try {
    return await withRecon(call, (recon) => watch(call, recon, paths, options, stdin));
  } finally {
    stdin.destroy();
  }
}

/** The work of watchPaths, over an open workspace. */
export async function watch(
  call: Call,
  recon: ReconWorkspace,
  paths: readonly string[],
  options: WatchOptions,
  stdin: Readable,
): Promise<ExitStatus> {
  const { print, process } = call;
  const status = createStatusLine(process.stderr, !call.options.quiet && !print.json);
  const lines = new PrintedLines();
  let toReview = 0;
  const absent: string[] = [];
  let printedMetrics = -Infinity;
  const events = recon.watchTelemetry(paths, {
    ...telemetryOptions(options),
    stdin,
    signal: process.signal,
    once: options.once === true,
  });
  try {
    for await (const event of events) {
      switch (event.kind) {
        case 'episode': {
          const review = standingOf(event.episode) === 'review';
          if (review) toReview += 1;
          if (!review && options.all !== true) break;
          if (!print.json && !lines.isNews(event)) break;
          status.clear();
          await print.text(print.json ? jsonLine(event) : textLine(event, print));
          break;
        }
        case 'metrics': {
          const { metrics } = event;
          // Figures of nothing.
          if (absent.length === paths.length) break;
          if (status.visible) status.show(metricsLine(metrics));
          else if (metrics.at - printedMetrics >= METRICS_EVERY) {
            printedMetrics = metrics.at;
            print.note(print.json ? metricsJson(metrics) : metricsLine(metrics));
          }
          break;
        }
        case 'problem': {
          const { code, message, where } = event.problem;
          if (code === 'source/not-found') {
            absent.push(where.file ?? '');
            break;
          }
          status.clear();
          print.note(`set aside: ${safe(message)} (${safe(formatWhere(where))})`);
          break;
        }
        default:
          return event satisfies never;
      }
    }
  } finally {
    status.clear();
  }
  if (absent.length > 0) throw absentFault(absent, paths.length);
  return options.once === true && toReview > 0 ? 1 : 0;
}

/** Who follows for good waits for what is not there; who looks once has mistyped it. */
function absentFault(absent: readonly string[], named: number): Fault {
  return new Fault(
    'source/not-found',
    `${absent.join(', ')}: not there${absent.length < named ? '; the rest was read' : ', so nothing was read'}`,
    'Correct the path. Without --once, what is not there yet is waited for.',
  );
}

type EpisodeEvent = Extract<WatchEvent, { kind: 'episode' }>;

/** `2026-11-21 03:12 UTC  new      HIGH      198.51.100.23 scanned …; open: …  34f9a63d0b`. */
function textLine({ change, episode }: EpisodeEvent, print: Pick<Print, 'paint'>): string {
  const severity = episode.severity.toUpperCase().padEnd(8);
  return `${print.paint('quiet', formatMinute(episode.last))}  ${change.padEnd(7)}  ${print.paint(episode.severity, severity)}  ${safe(wordsOf(episode))}  ${print.paint('quiet', episode.id.slice(0, 10))}\n`;
}

function wordsOf(episode: Episode): string {
  const found = foundClause(episode, PORTS_NAMED);
  return `${toFinding(episode).title}${markOf(episode)}${found === '' ? '' : `; open: ${found}`}`;
}

/** Episodes whose last line is remembered: who was told of before the newest so many may be told the same once more. */
const REMEMBERED_LINES = 10_000;

/** What was said of each episode last: more evidence that changes no word of the line is no news to a reader. */
class PrintedLines {
  readonly #last = new Map<string, string>();

  isNews({ change, episode }: EpisodeEvent): boolean {
    const line = `${episode.severity} ${wordsOf(episode)}`;
    if (change === 'changed' && this.#last.get(episode.id) === line) return false;
    this.#last.delete(episode.id);
    this.#last.set(episode.id, line);
    const [oldest] = this.#last.keys();
    if (this.#last.size > REMEMBERED_LINES && oldest !== undefined) this.#last.delete(oldest);
    return true;
  }
}

function markOf(episode: Episode): string {
  const standing = standingOf(episode);
  return standing === 'review' ? '' : ` (${standing})`;
}

/** Schema `tidemark/watch/1`, one object a line. */
function jsonLine({ change, episode }: EpisodeEvent): string {
  return `${escapeJson({
    schema: 'tidemark/watch/1',
    change,
    standing: standingOf(episode),
    finding: findingJson(toFinding(episode)),
    episode: episodeJson(episode),
  })}\n`;
}

/** `12 files, 4,182,230 records (18,400/s), 0.4 s behind; 3 set aside; 812 sources, 5 episodes to review`. */
export function metricsLine(metrics: WatchMetrics): string {
  const { files, records, perSecond, lagSeconds, behindBytes, problems, sources, episodes } = metrics;
  return [
    `${counted(files, 'file')}, ${counted(records, 'record')} (${formatCount(Math.round(perSecond))}/s)${lagSeconds === undefined ? '' : `, ${lagWords(lagSeconds)} behind`}${behindBytes > 0 ? `, ${formatBytes(behindBytes)} to read` : ''}`,
    ...(problems > 0 ? [`${formatCount(problems)} set aside`] : []),
    `${counted(sources, 'source')}, ${counted(episodes, 'episode')} to review`,
  ].join('; ');
}

/** Old logs are years behind, and hours of that say nothing. */
function lagWords(seconds: number): string {
  return seconds < 2 * SECONDS_OF_DAY
    ? formatSeconds(seconds)
    : `${formatCount(Math.round(seconds / SECONDS_OF_DAY))} days`;
}

/** Schema `tidemark/watch-metrics/1`, one object a line. */
function metricsJson(metrics: WatchMetrics): string {
  const { at, lagSeconds, ...rest } = metrics;
  return escapeJson({
    schema: 'tidemark/watch-metrics/1',
    at: formatInstant(at),
    ...rest,
    lagSeconds: lagSeconds ?? null,
  });
}
