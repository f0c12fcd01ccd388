import { askDaemon, whyUnanswered } from '../../assembly/ask-daemon.ts';
import type { DaemonStatus } from '../../daemon/status.ts';
import { renderTable } from '../../report/table.ts';
import { counted } from '../../text/phrase.ts';
import type { Call, ExitStatus } from '../call.ts';
import { formatBytes } from '../progress.ts';
import { safe } from '../print.ts';

/** Asks the daemon of the data directory how it is doing, and prints it. */
export async function printStatus(call: Call): Promise<ExitStatus> {
  const { config } = await call.loadConfig();
  const { print } = call;
  const { dataDir } = config.store;
  const answer = (await askDaemon(dataDir, 'status')) as DaemonStatus | undefined;
  if (answer === undefined) {
    if (print.json) await print.value({ schema: 'tidemark/status/1', running: false, dataDir });
    else print.note(await unansweredText(dataDir));
    return 2;
  }
  if (print.json) await print.value(answer);
  else await print.text(statusText(answer, call));
  return answer.healthy ? 0 : 1;
}

/** Why nobody answers, and what to do. */
async function unansweredText(dataDir: string): Promise<string> {
  const { pid, isSocketLeft } = await whyUnanswered(dataDir);
  const where = safe(dataDir);
  if (pid !== undefined)
    return `process ${pid} has ${where} open and does not answer: a daemon that starts or stops just now, or another command; ask again in a moment`;
  if (isSocketLeft)
    return `no daemon runs on ${where}: the last one was killed, nothing that it had acknowledged is lost; start it again: tidemark serve`;
  return `no daemon runs on ${where}; start one: tidemark serve`;
}

function statusText(status: DaemonStatus, { print }: Pick<Call, 'print'>): string {
  const { parts, sinks, scans, store } = status;
  const word = wordOf(status);
  const size = store.sizeBytes === 0 ? '' : `, ${formatBytes(store.sizeBytes)}`;
  const free = store.freeBytes === null ? '' : `, ${formatBytes(store.freeBytes)} free`;
  const sections = [
    `tidemark ${status.version}, process ${status.pid}, since ${minute(status.started)}: ${word}\n` +
      `history ${safe(store.at)} (${store.mode})${size}${free}\n`,
    renderTable(
      [
        { title: 'PART' },
        { title: 'STATE' },
        { title: 'SINCE' },
        { title: 'RESTARTS' },
        { title: 'WHAT', overflow: 'wrap' },
      ],
      parts.map((part) => [
        part.name,
        part.givenUp ? 'given up' : part.state,
        minute(part.since),
        part.restarts,
        partWords(part),
      ]),
      { width: print.width, paint: print.paint },
    ),
    ...whatToDo(status),
    ...(sinks.length === 0
      ? []
      : [
          renderTable(
            [
              { title: 'SINK' },
              { title: 'WAITING' },
              { title: 'GIVEN UP' },
              { title: 'LAST' },
              { title: 'WHY', overflow: 'wrap' },
            ],
            sinks.map((sink) => [
              sink.name,
              sink.pending,
              sink.dead,
              sink.last === null ? 'never' : minute(sink.last),
              sink.why,
            ]),
            { width: print.width, paint: print.paint },
          ),
        ]),
    ...(scans.length === 0
      ? []
      : [
          renderTable(
            [
              { title: 'SCAN' },
              { title: 'IMPORTED' },
              { title: 'VANTAGE' },
              { title: 'PROFILE' },
              { title: 'UP' },
            ],
            scans.map(({ id, imported, vantage, profile, hostsUp }) => [
              id,
              minute(imported),
              vantage,
              profile,
              hostsUp,
            ]),
            { width: print.width, paint: print.paint },
          ),
        ]),
    ...(store.problems.length === 0
      ? []
      : [`${counted(store.problems.length, 'problem')} of the store: ${safe(store.problems[0] ?? '')}\n`]),
  ];
  return sections.join('\n');
}

function wordOf({ stopping, healthy, ready }: DaemonStatus): string {
  if (stopping) return 'stopping';
  if (!healthy) return 'something fails';
  return ready ? 'all is well' : 'starting';
}

/** A line for each part that fails: what the operator can do about it. */
function whatToDo({ parts, pid }: DaemonStatus): readonly string[] {
  const failing = parts.filter(
    ({ state, givenUp, error }) => error !== null && (state === 'failing' || givenUp),
  );
  if (failing.length === 0) return [];
  return [
    failing
      .map(
        ({ name, error, givenUp }) =>
          `fix ${safe(name)}: ${safe(error?.fix ?? '')}${givenUp ? ` Then have it tried again: kill -HUP ${pid}` : ''}\n`,
      )
      .join(''),
  ];
}

function partWords({ state, detail, error, next }: DaemonStatus['parts'][number]): string {
  if (state === 'failing' && error !== null)
    return `${error.message}${next === null ? '' : `; again ${minute(next)}`}`;
  if (error !== null && state === 'stopped') return `${detail}: ${error.message}`;
  return detail;
}

/** `2026-11-22 04:02` of an ISO 8601 time in UTC. */
function minute(text: string): string {
  return `${text.slice(0, 16).replace('T', ' ')} UTC`;
}
