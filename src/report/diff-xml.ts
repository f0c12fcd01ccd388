import { toSeconds } from '../time/instant.ts';
import type { Host, Port, Script } from '../exposure/model/host.ts';
import type { Change } from '../exposure/model/change.ts';
import type { HostDiff, RunDiff } from '../exposure/model/run-diff.ts';
import type { RunInfo } from '../exposure/model/scan-run.ts';
import {
  foldedCounts,
  markHost,
  markScripts,
  type HostMarks,
  type PortMarks,
  type ScriptMarks,
} from './diff-host-marks.ts';
import { asctime } from './diff-text.ts';
import { escapeXml, escapeXmlComment } from './escape-xml.ts';
import { opcodes } from './sequence-matcher.ts';

/** How to write a diff as XML. */
export interface DiffXmlOptions {
  /** Also hosts and ports that did not change. Default false. */
  readonly verbose?: boolean;
}

/**
 * A diff in ndiff's XML format, version 1, valid against its DTD (ndiff's own output is not: see
 * docs/ndiff-deviations.md). Only changes are in it: what one run covered and the other did not
 * is a comment, because the format has no word for it. Yields whole lines.
 */
export function* renderDiffXml(diff: RunDiff, options: DiffXmlOptions = {}): Generator<string> {
  const verbose = options.verbose === true;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<nmapdiff version="1">\n<scandiff>\n';
  if (verbose || runElement(diff.a) !== runElement(diff.b)) {
    yield `<a>${runElement(diff.a)}</a>\n<b>${runElement(diff.b)}</b>\n`;
  }
  const { comparability } = diff;
  const notes = comparability.comparable ? comparability.limits : ['not comparable', ...comparability.why];
  for (const note of notes) yield comment(note);
  for (const change of diff.runChanges) {
    if (change.kind !== 'coverage-changed') continue;
    yield comment(
      `${change.protocol} ports of the first scan only: ${change.onlyBefore || 'none'}; of the second only: ${change.onlyAfter || 'none'}`,
    );
  }
  yield* runScripts(diff, 'prescript', verbose);
  for (const host of diff.hosts) {
    if (verbose || host.changes.length > 0) yield hostDiff(host, diff, verbose);
  }
  yield* runScripts(diff, 'postscript', verbose);
  yield '</scandiff>\n</nmapdiff>\n';
}

function comment(text: string): string {
  return `<!-- ${escapeXmlComment(text)} -->\n`;
}

function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escapeXml(String(value))}"`))
    .join('');
}

function runElement(info: RunInfo): string {
  return `<nmaprun${attributes({
    scanner: info.scanner,
    args: info.args === '' ? undefined : info.args,
    start: info.start === undefined ? undefined : Math.floor(toSeconds(info.start)),
    startstr: info.start === undefined ? undefined : asctime(info.start),
    version: info.version,
  })}/>`;
}

/** `<x>…</x>` of both sides; a side that is undefined is left out. */
function sides(before: string | undefined, after: string | undefined): string {
  return `${before === undefined ? '' : `<a>${before}</a>\n`}${after === undefined ? '' : `<b>${after}</b>\n`}`;
}

/** One element for each script: the DTD allows one pair in it, and several elements beside each other. */
function* runScripts(
  diff: RunDiff,
  element: 'prescript' | 'postscript',
  verbose: boolean,
): Generator<string> {
  const at = element === 'prescript' ? 'prerule' : 'postrule';
  const field = element === 'prescript' ? 'preScripts' : 'postScripts';
  const changes = diff.runChanges.filter(
    (change): change is Extract<Change, { kind: 'script-changed' }> =>
      change.kind === 'script-changed' && change.place.at === at,
  );
  for (const marks of markScripts(diff.a[field], diff.b[field], changes, diff.depth, true)) {
    const body = scriptDiff(marks, verbose);
    if (body !== '') yield `<${element}>\n${body}</${element}>\n`;
  }
}

function scriptElement(script: Script): string {
  return `<script${attributes({ id: script.id, output: script.output })}/>`;
}

function scriptDiff(marks: ScriptMarks, verbose: boolean): string {
  const { before, after } = marks;
  if (marks.verdict === 'changed') {
    return sides(
      before === undefined ? undefined : scriptElement(before),
      after === undefined ? undefined : scriptElement(after),
    );
  }
  const script = after ?? before;
  return verbose && marks.verdict !== 'untold' && script !== undefined ? `${scriptElement(script)}\n` : '';
}

function hostDiff(diff: HostDiff, run: RunDiff, verbose: boolean): string {
  const marks = markHost(diff, run.depth);
  const before = diff.before?.host;
  const after = diff.after?.host;
  const gaps = diff.changes
    .filter((change) => change.kind === 'coverage-changed')
    .map((change) =>
      change.protocol === 'host'
        ? `${diff.host}: only the ${change.onlyBefore === '' ? 'second' : 'first'} scan is known to have covered this host`
        : `${diff.host}: ${change.protocol} ports of the first scan only: ${change.onlyBefore || 'none'}; of the second only: ${change.onlyAfter || 'none'}`,
    )
    .map(comment)
    .join('');
  if (before === undefined || after === undefined) {
    if (marks.presence !== 'gone' && marks.presence !== 'new') return gaps;
    const host = before ?? after;
    const whole = host === undefined ? '' : wholeHost(host);
    return `<hostdiff>\n${marks.presence === 'gone' ? sides(whole, undefined) : sides(undefined, whole)}</hostdiff>\n`;
  }
  if (!verbose && diff.changes.every((change) => change.kind === 'coverage-changed')) return gaps;
  const body = [
    statusPart(marks, before, after, verbose),
    addressPart(before, after),
    namesPart(marks, before, after),
    portsPart(marks, before, after, verbose),
    osPart(marks, before, after, verbose),
    hostScripts(marks, verbose),
  ].join('');
  return `${gaps}<hostdiff>\n<host>\n${body}</host>\n</hostdiff>\n`;
}

/** The DTD knows up, down and unknown. */
function statusElement(host: Host): string {
  const { state } = host.status;
  return `<status${attributes({ state: state === 'up' || state === 'down' ? state : 'unknown' })}/>`;
}

function statusPart(marks: HostMarks, before: Host, after: Host, verbose: boolean): string {
  if (marks.status === 'changed') return sides(statusElement(before), statusElement(after));
  return verbose && after.status.state !== 'unknown' ? `${statusElement(after)}\n` : '';
}

function addressesOf(host: Host): string[] {
  return [
    ...[host.address, ...host.otherAddresses].map(
      (address) =>
        `<address${attributes({ addr: address, addrtype: address.includes(':') ? 'ipv6' : 'ipv4' })}/>`,
    ),
    ...(host.mac === undefined
      ? []
      : [`<address${attributes({ addr: host.mac.address, addrtype: 'mac' })}/>`]),
  ];
}

/** Elements of both, then of one side each; one element to a side, as the DTD has it. */
function setDiff(before: readonly string[], after: readonly string[]): string {
  const common = before.filter((element) => after.includes(element)).map((element) => `${element}\n`);
  const gone = before
    .filter((element) => !after.includes(element))
    .map((element) => sides(element, undefined));
  const come = after
    .filter((element) => !before.includes(element))
    .map((element) => sides(undefined, element));
  return [...common, ...gone, ...come].join('');
}

function addressPart(before: Host, after: Host): string {
  return setDiff(addressesOf(before), addressesOf(after));
}

function namesOf(host: Host): string[] {
  const names = [...new Set(host.hostnames.map((name) => name.name))].toSorted();
  return names.map((name) => `<hostname${attributes({ name })}/>`);
}

function namesPart(marks: HostMarks, before: Host, after: Host): string {
  const body =
    marks.identity === 'changed'
      ? setDiff(namesOf(before), namesOf(after))
      : setDiff(namesOf(after), namesOf(after));
  return body === '' ? '' : `<hostnames>\n${body}</hostnames>\n`;
}

function extraportsElements(host: Host): string {
  return foldedCounts(host)
    .map(({ state, count }) => `<extraports${attributes({ state, count })}/>`)
    .join('');
}

function serviceElement(port: Port): string {
  const { service } = port;
  if (service === undefined) return '';
  const { name, product, version, extrainfo, tunnel } = service;
  return `<service${attributes({ name, product, version, extrainfo, tunnel })}/>`;
}

function portElement(port: Port, body: string): string {
  return `<port${attributes({ protocol: port.protocol, portid: port.portid })}>${body}</port>`;
}

function wholePort(port: Port): string {
  const scripts = port.scripts.map(scriptElement).join('');
  return portElement(port, `<state${attributes({ state: port.state })}/>${serviceElement(port)}${scripts}`);
}

function portsPart(marks: HostMarks, before: Host, after: Host, verbose: boolean): string {
  const extraports =
    marks.extraports === 'changed'
      ? `<a>${extraportsElements(before)}</a>\n<b>${extraportsElements(after)}</b>\n`
      : `${extraportsElements(after)}\n`;
  const ports = marks.ports.map((port) => portDiff(port, verbose)).join('');
  const body = `${extraports}${ports}`.trim();
  return body === '' ? '' : `<ports>\n${body}\n</ports>\n`;
}

function portDiff(marks: PortMarks, verbose: boolean): string {
  const { before, after } = marks;
  const scripts = marks.scripts.map((script) => scriptDiff(script, verbose)).join('');
  if (before !== undefined && after !== undefined && before.state === after.state) {
    if (marks.row !== 'changed' && scripts === '') {
      return verbose && marks.row !== 'untold' ? `${wholePort(after)}\n` : '';
    }
    const service =
      marks.row === 'changed'
        ? sides(serviceElement(before) || '<service/>', serviceElement(after) || '<service/>')
        : serviceElement(after);
    return `<portdiff>${portElement(after, `<state${attributes({ state: after.state })}/>${service}${scripts}`)}</portdiff>\n`;
  }
  if (marks.row === 'changed') {
    return `<portdiff>${sides(
      before === undefined ? undefined : wholePort(before),
      after === undefined ? undefined : wholePort(after),
    )}</portdiff>\n`;
  }
  const port = after ?? before;
  return verbose && marks.row === 'hidden' && port !== undefined ? `${wholePort(port)}\n` : '';
}

function osPart(marks: HostMarks, before: Host, after: Host, verbose: boolean): string {
  const names = (host: Host): string[] =>
    host.os.map((match) => `<osmatch${attributes({ name: match.name })}/>`);
  const a = names(before);
  const b = names(after);
  let body = '';
  if (marks.os === 'changed') {
    for (const { op, i1, i2, j1, j2 } of opcodes(a, b)) {
      if (op === 'equal') body += `${a.slice(i1, i2).join('\n')}\n`;
      else
        body += sides(
          i1 === i2 ? undefined : a.slice(i1, i2).join(''),
          j1 === j2 ? undefined : b.slice(j1, j2).join(''),
        );
    }
  } else if (verbose && marks.os !== 'untold') body = b.map((element) => `${element}\n`).join('');
  return body === '' ? '' : `<os>\n${body}</os>\n`;
}

function hostScripts(marks: HostMarks, verbose: boolean): string {
  const body = marks.scripts.map((script) => scriptDiff(script, verbose)).join('');
  return body === '' ? '' : `<hostscript>\n${body}</hostscript>\n`;
}

function wholeHost(host: Host): string {
  const names = namesOf(host).join('');
  const ports = `${extraportsElements(host)}${host.ports.map(wholePort).join('')}`;
  const os = host.os.map((match) => `<osmatch${attributes({ name: match.name })}/>`).join('');
  const scripts = host.scripts.map(scriptElement).join('');
  return [
    '<host>',
    host.status.state === 'unknown' ? '' : statusElement(host),
    addressesOf(host).join(''),
    names === '' ? '' : `<hostnames>${names}</hostnames>`,
    ports === '' ? '' : `<ports>${ports}</ports>`,
    os === '' ? '' : `<os>${os}</os>`,
    scripts === '' ? '' : `<hostscript>${scripts}</hostscript>`,
    '</host>',
  ].join('');
}
