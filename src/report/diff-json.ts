import { formatInstant } from '../time/instant.ts';
import type { Change, ChangeSet, PortFacts } from '../exposure/model/change.ts';
import { describeChange } from '../exposure/model/describe-change.ts';
import type { Host, Port, Script } from '../exposure/model/host.ts';
import type { RunInfo } from '../exposure/model/scan-run.ts';
import { escapeJson } from './escape-json.ts';

/** Name of the document's shape; docs/schemas/diff-1.json describes it. */
export const DIFF_SCHEMA = 'tidemark/diff/1';

/**
 * The diff as a JSON document of schema `tidemark/diff/1`, one change to a line, with a final newline.
 * Yields whole lines, so that a diff of 65,536 hosts is never one string. Harmless on a terminal
 * and inside HTML, and lossless.
 */
export function* renderDiffJson(set: ChangeSet): Generator<string> {
  const kinds: Record<string, number> = {};
  for (const change of set.changes) kinds[change.kind] = (kinds[change.kind] ?? 0) + 1;
  const head = {
    schema: DIFF_SCHEMA,
    verdict: set.changes.length === 0 ? 'equal' : 'different',
    before: runFields(set.a),
    after: runFields(set.b),
    comparability: set.comparability.comparable
      ? { comparable: true, limits: set.comparability.limits, why: [] }
      : { comparable: false, limits: [], why: set.comparability.why },
    counts: kinds,
  };
  yield `${escapeJson(head).slice(0, -1)},"changes":[`;
  let first = true;
  for (const change of set.changes) {
    yield `${first ? '\n' : ',\n'}${escapeJson(changeFields(change))}`;
    first = false;
  }
  yield first ? ']}\n' : '\n]}\n';
}

function runFields(info: RunInfo): object {
  return {
    run: info.id,
    scanner: info.scanner,
    version: info.version,
    args: info.args,
    start: info.start === undefined ? null : formatInstant(info.start),
    end: info.end === undefined ? null : formatInstant(info.end),
    status: info.status,
    vantage: info.vantage,
    profile: info.profile,
  };
}

function changeFields(change: Change): object {
  const { kind } = change;
  const text = describeChange(change);
  switch (change.kind) {
    case 'host-appeared':
      return { kind, host: change.host, text, before: null, after: hostFields(change.after) };
    case 'host-disappeared':
      return { kind, host: change.host, text, before: hostFields(change.before), after: null };
    case 'host-went-down':
    case 'host-came-up':
      return {
        kind,
        host: change.host,
        text,
        before: hostFields(change.before),
        after: hostFields(change.after),
      };
    case 'addresses-changed':
    case 'hostnames-changed':
    case 'os-changed':
      return { kind, host: change.host, text, before: change.before, after: change.after };
    case 'mac-changed':
      return { kind, host: change.host, text, before: change.before ?? null, after: change.after ?? null };
    case 'extraports-changed':
      return {
        kind,
        host: change.host,
        text,
        before: change.before.map(({ state, count }) => ({ state, count })),
        after: change.after.map(({ state, count }) => ({ state, count })),
      };
    case 'port-opened':
    case 'port-closed':
    case 'port-filtered':
    case 'port-state-changed':
      return {
        kind,
        host: change.host,
        port: change.port,
        text,
        before: factsFields(change.before),
        after: factsFields(change.after),
      };
    case 'service-changed':
    case 'product-changed':
    case 'version-changed':
    case 'extrainfo-changed':
      return {
        kind,
        host: change.host,
        port: change.port,
        text,
        before: portFields(change.before),
        after: portFields(change.after),
      };
    case 'script-changed': {
      const { place } = change;
      return {
        kind,
        host: place.at === 'host' || place.at === 'port' ? place.host : null,
        ...(place.at === 'port' ? { port: place.port } : {}),
        at: place.at,
        script: change.id,
        text,
        before: scriptFields(change.before),
        after: scriptFields(change.after),
      };
    }
    case 'service-moved':
      return { kind, host: change.host, port: change.to, from: change.from, service: change.service, text };
    case 'coverage-changed':
      return {
        kind,
        host: change.host ?? null,
        protocol: change.protocol,
        text,
        onlyBefore: change.onlyBefore,
        onlyAfter: change.onlyAfter,
      };
    default:
      return change satisfies never;
  }
}

function hostFields(host: Host): object {
  return {
    address: host.address,
    otherAddresses: host.otherAddresses,
    mac: host.mac ?? null,
    state: host.status.state,
    hostnames: host.hostnames,
    ports: host.ports.map(portFields),
    extraports: host.extraports.map(({ state, count }) => ({ state, count })),
    os: host.os,
  };
}

/** `listed: false` is a port that was counted and not listed: only its state is known. */
function factsFields(facts: PortFacts): object {
  return facts.listed ? portFields(facts.port) : { listed: false, state: facts.state, service: null };
}

function portFields(port: Port): object {
  return {
    port: `${port.portid}/${port.protocol}`,
    listed: true,
    state: port.state,
    reason: port.reason ?? null,
    service: port.service ?? null,
    scripts: port.scripts.map(scriptFields),
  };
}

function scriptFields(script: Script | undefined): object | null {
  if (script === undefined) return null;
  const { id, output, items } = script;
  return { id, output, ...(items === undefined ? {} : { items }) };
}
