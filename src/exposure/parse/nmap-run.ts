import type { Script } from '../model/host.ts';
import type { RunFooter, RunHeader, RunStatus, ScanInfo } from '../model/scan-run.ts';
import type { XmlAttributes } from './xml-attributes.ts';
import type { XmlFields } from './xml-fields.ts';

/** What is known of the run being read. */
export interface OpenRun {
  readonly scanner: string;
  readonly version: string;
  readonly args: string;
  readonly xmlOutputVersion: string | undefined;
  readonly start: RunHeader['start'];
  readonly scaninfo: ScanInfo[];
  verbose: number;
  debugging: number;
  readonly preScripts: Script[];
  readonly postScripts: Script[];
  headerSent: boolean;
  sawRunstats: boolean;
  end: RunFooter['end'];
  exit: string | undefined;
  errormsg: string | undefined;
  hosts: RunFooter['hosts'];
}

/** A run that begins with this `<nmaprun>`. */
export function openRun(attributes: XmlAttributes, fields: XmlFields): OpenRun {
  return {
    scanner: attributes.get('scanner') ?? 'nmap',
    version: attributes.get('version') ?? '',
    args: attributes.get('args') ?? '',
    xmlOutputVersion: attributes.get('xmloutputversion'),
    start: fields.instant(attributes, 'start', 'nmaprun/@start'),
    scaninfo: [],
    verbose: 0,
    debugging: 0,
    preScripts: [],
    postScripts: [],
    headerSent: false,
    sawRunstats: false,
    end: undefined,
    exit: undefined,
    errormsg: undefined,
    hosts: undefined,
  };
}

/** Takes an element of `<runstats>`; false when it is none of ours. */
export function readRunstat(
  run: OpenRun,
  name: string,
  attributes: XmlAttributes,
  fields: XmlFields,
): boolean {
  if (name === 'finished') {
    run.end = fields.instant(attributes, 'time', 'finished/@time');
    run.exit = attributes.get('exit');
    run.errormsg = attributes.get('errormsg');
    return true;
  }
  if (name !== 'hosts') return false;
  // masscan counts ports here and calls them hosts.
  if (run.scanner === 'masscan') return true;
  const total = fields.uint(attributes, 'total', Number.MAX_SAFE_INTEGER, 'hosts/@total');
  const up = fields.uint(attributes, 'up', Number.MAX_SAFE_INTEGER, 'hosts/@up');
  const down = fields.uint(attributes, 'down', Number.MAX_SAFE_INTEGER, 'hosts/@down');
  if (total !== undefined) run.hosts = { up: up ?? 0, down: down ?? 0, total };
  return true;
}

/** How a run ended whose root element closed. */
export function statusAtEnd(run: OpenRun): RunStatus {
  return run.sawRunstats && (run.exit === undefined || run.exit === 'success') ? 'complete' : 'interrupted';
}

/** What is known before the first host. */
export function headerOfRun(run: OpenRun): RunHeader {
  return {
    scanner: run.scanner,
    version: run.version,
    ...(run.xmlOutputVersion === undefined ? undefined : { xmlOutputVersion: run.xmlOutputVersion }),
    args: run.args,
    ...(run.start === undefined ? undefined : { start: run.start }),
    scaninfo: run.scaninfo,
    verbose: run.verbose,
    debugging: run.debugging,
    preScripts: run.preScripts,
    format: run.scanner === 'masscan' ? 'masscan-xml' : 'nmap-xml',
  };
}

/** What is known when the run has ended. */
export function footerOfRun(run: OpenRun, status: RunStatus): RunFooter {
  return {
    status,
    ...(run.end === undefined ? undefined : { end: run.end }),
    ...(run.exit === undefined ? undefined : { exit: run.exit }),
    ...(run.errormsg === undefined ? undefined : { errormsg: run.errormsg }),
    postScripts: run.postScripts,
    ...(run.hosts === undefined ? undefined : { hosts: run.hosts }),
  };
}
