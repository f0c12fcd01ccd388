import { Writable } from 'node:stream';
import type {
  EvidenceRow,
  ImportedTelemetry,
  ListedExpectation,
  ListedRole,
  ReconWorkspace,
  TelemetryFile,
  WatchEvent,
} from '../../src/assembly/recon-workspace.ts';
import type { Call } from '../../src/cli/call.ts';
import { createPrint, type Outlet } from '../../src/cli/print.ts';
import { createProgress } from '../../src/cli/progress.ts';
import { Fault, type Problem } from '../../src/fault/fault.ts';
import type { Episode } from '../../src/recon/model/episode.ts';
import type { ReconSummary } from '../../src/recon/model/recon-summary.ts';
import { standingOf } from '../../src/recon/model/standing.ts';
import { at } from '../fixtures/summaries.ts';

/** What a workspace in memory answers. */
export interface Answers {
  readonly imported?: readonly ImportedTelemetry[];
  readonly summary?: ReconSummary;
  readonly events?: readonly WatchEvent[];
  readonly episodes?: readonly Episode[];
  readonly evidence?: readonly EvidenceRow[];
  readonly files?: readonly TelemetryFile[];
  readonly problems?: readonly Problem[];
  readonly roles?: readonly ListedRole[];
  readonly expected?: readonly ListedExpectation[];
}

/** A workspace that answers what it was given, and writes down what it was asked. */
export function answering(answers: Answers): ReconWorkspace & { readonly asked: unknown[][] } {
  const asked: unknown[][] = [];
  return {
    asked,
    async *importTelemetry(paths, { sensor, sampling, utcOffsetMinutes, onProgress }) {
      asked.push(['importTelemetry', paths, { sensor, sampling, utcOffsetMinutes }]);
      for (const one of answers.imported ?? []) {
        onProgress?.({ name: one.name, read: 10, size: 20 });
        yield one;
      }
    },
    async detect(scope, { onProgress }) {
      asked.push(['detect', scope]);
      onProgress?.({ done: 1, total: 2 });
      if (answers.summary === undefined) throw new TypeError('no summary was given');
      return answers.summary;
    },
    async *watchTelemetry(paths, { once }) {
      asked.push(['watchTelemetry', paths, once]);
      yield* answers.events ?? [];
    },
    async listEpisodes(filter) {
      asked.push(['listEpisodes', filter]);
      const fitting = (answers.episodes ?? []).filter(
        (each) => filter.standing === undefined || standingOf(each) === filter.standing,
      );
      return { total: fitting.length, episodes: fitting.slice(0, filter.limit) };
    },
    async findEpisode(reference) {
      const found = (answers.episodes ?? []).find(({ id }) => id.startsWith(reference));
      if (found === undefined)
        throw new Fault(
          'recon/no-such-episode',
          `no finding ${reference}`,
          'List them with `tidemark findings`.',
        );
      return found;
    },
    async *evidenceOf(_, limit) {
      yield* (answers.evidence ?? []).slice(0, limit);
    },
    telemetryFiles: async () => answers.files ?? [],
    telemetryProblems: async () => answers.problems ?? [],
    listRoles: async () => answers.roles ?? [],
    async approveRole(network, role, { note, by }) {
      return {
        network,
        role,
        how: 'approved',
        why: note,
        by,
        since: at('2026-11-22T00:00:00Z'),
        rejected: false,
      };
    },
    async rejectRole(network, { note, by }) {
      return {
        network,
        role: 'scanner',
        how: 'learned',
        why: note,
        by,
        since: at('2026-11-22T00:00:00Z'),
        rejected: true,
      };
    },
    listExpected: async () => answers.expected ?? [],
    async expect(contacts, { note, by }) {
      return { ...contacts, why: note, by, since: at('2026-11-22T00:00:00Z') };
    },
    async noLongerExpect(contacts, { note, by }) {
      return { ...contacts, why: note, by, since: at('2026-11-22T00:00:00Z') };
    },
  };
}

/** A call that keeps what it prints. */
export function recordedCall(
  options: { readonly json?: boolean; readonly terminal?: boolean; readonly cwd?: string } = {},
): Call & { readonly out: () => string; readonly err: () => string } {
  const stdout = outlet(false);
  const stderr = outlet(options.terminal === true);
  const json = options.json === true;
  return {
    version: '0',
    process: {
      cwd: options.cwd ?? '/',
      env: {},
      stdin: process.stdin,
      stdout: stdout.stream,
      stderr: stderr.stream,
      signal: new AbortController().signal,
      clock: () => at('2026-11-22T00:00:00Z'),
    },
    options: { json, quiet: false, debug: false, color: false },
    print: createPrint({
      stdout: stdout.stream,
      stderr: stderr.stream,
      env: {},
      json,
      quiet: false,
      colorAllowed: false,
    }),
    progress: createProgress(stderr.stream, !json, () => 0),
    loadConfig: () => Promise.reject(new TypeError('no configuration here')),
    out: stdout.text,
    err: stderr.text,
  };
}

function outlet(isTTY: boolean): { readonly stream: Outlet; readonly text: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: isTTY ? 100 : 0 }), text: () => text };
}
