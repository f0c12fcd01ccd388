import type {
  Extraports,
  Host,
  OsMatch,
  Port,
  Script,
  ScriptElement,
  ScriptTable,
  Service,
} from '../exposure/model/host.ts';
import type { RunFooter, RunHeader } from '../exposure/model/scan-run.ts';
import { isIpv6, type IpAddress } from '../net/ip-address.ts';
import { toSeconds, type Instant } from '../time/instant.ts';

/** What Nmap writes besides what the model keeps: round-trip estimates in microseconds. */
export interface HostTimes {
  readonly srtt: number;
  readonly rttvar: number;
  readonly to: number;
}

/** A host to print; without `times` the element is left out. */
export type PrintedHost = Host & { readonly times?: HostTimes };

/**
 * Prints a run as Nmap 7.93 writes it with -oX, in chunks of a few kilobytes: one for the head, one
 * per host, one for the tail. Reading it back gives the same run, with two exceptions: a character
 * that XML 1.0 forbids is printed as U+FFFD, and times are kept to the second.
 *
 * A run whose footer says `interrupted` without an exit ends without `<runstats>`, `truncated` also
 * without `</nmaprun>`.
 */
export function* printRun(
  header: RunHeader,
  hosts: Iterable<PrintedHost>,
  footer: RunFooter,
): Generator<string> {
  yield printHeader(header);
  for (const host of hosts) yield printHost(host);
  yield printFooter(footer, header);
}

/** Everything before the first host. */
export function printHeader(header: RunHeader): string {
  const scaninfo = header.scaninfo.map((info) =>
    tag('scaninfo', {
      type: info.type,
      protocol: info.protocol,
      numservices: info.numservices,
      services: info.services,
    }),
  );
  const start = header.start === undefined ? undefined : Math.floor(toSeconds(header.start));
  const run = open('nmaprun', {
    scanner: header.scanner,
    args: header.args,
    start,
    startstr: header.start === undefined ? undefined : ctime(header.start),
    version: header.version,
    xmloutputversion: header.xmlOutputVersion,
  });
  const initiated =
    header.start === undefined
      ? ''
      : `<!-- Nmap ${escape(header.version)} scan initiated ${ctime(header.start)} as: ${escape(header.args)} -->\n`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n',
    '<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>\n',
    initiated,
    `${run}\n`,
    ...scaninfo.map((line) => `${line}\n`),
    `<verbose level="${header.verbose}"/>\n<debugging level="${header.debugging}"/>\n`,
    header.preScripts.length === 0 ? '' : `<prescript>${scripts(header.preScripts)}</prescript>`,
  ].join('');
}

/** Everything after the last host. */
export function printFooter(footer: RunFooter, header: Pick<RunHeader, 'start'>): string {
  const after =
    footer.postScripts.length === 0 ? '' : `<postscript>${scripts(footer.postScripts)}</postscript>`;
  // A copy that broke off ends anywhere.
  if (footer.status === 'truncated') return `${after}<host starttime="`;
  if (footer.status === 'interrupted' && footer.exit === undefined) return `${after}</nmaprun>\n`;
  const end = footer.end ?? header.start;
  const elapsed =
    end === undefined || header.start === undefined ? 0 : toSeconds(end) - toSeconds(header.start);
  const { up, down, total } = footer.hosts ?? { up: 0, down: 0, total: 0 };
  const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
  const finished = tag('finished', {
    time: end === undefined ? undefined : Math.floor(toSeconds(end)),
    timestr: end === undefined ? undefined : ctime(end),
    summary:
      end === undefined
        ? undefined
        : `Nmap done at ${ctime(end)}; ${plural(total, 'IP address', 'IP addresses')} (${plural(up, 'host', 'hosts')} up) scanned in ${elapsed.toFixed(2)} seconds`,
    elapsed: elapsed.toFixed(2),
    exit: footer.exit,
    errormsg: footer.errormsg,
  });
  const counted = footer.hosts === undefined ? '' : tag('hosts', { up, down, total });
  return `${after}<runstats>${finished}${counted}\n</runstats>\n</nmaprun>\n`;
}

/** One `<host>` element. */
export function printHost(host: PrintedHost): string {
  const { status } = host;
  const seconds = (instant: Instant | undefined): number | undefined =>
    instant === undefined ? undefined : Math.floor(toSeconds(instant));
  const lines = [
    open('host', {
      starttime: seconds(host.start),
      endtime: seconds(host.end),
      timedout: host.timedOut ? 'true' : undefined,
    }) +
      (status.state === 'unknown' && status.reason === undefined
        ? ''
        : tag('status', { state: status.state, reason: status.reason, reason_ttl: status.reasonTtl })),
    ...[host.address, ...host.otherAddresses].map(address),
  ];
  if (host.mac !== undefined) {
    lines.push(tag('address', { addr: host.mac.address, addrtype: 'mac', vendor: host.mac.vendor }));
  }
  lines.push(
    '<hostnames>',
    ...host.hostnames.map((hostname) => tag('hostname', { name: hostname.name, type: hostname.type })),
    '</hostnames>',
  );
  if (host.ports.length > 0 || host.extraports.length > 0) {
    lines.push(
      `<ports>${host.extraports.map(extraports).join('')}`.trimEnd(),
      ...host.ports.map(port),
      '</ports>',
    );
  }
  if (host.os.length > 0) lines.push(os(host));
  if (host.uptime !== undefined) {
    lines.push(tag('uptime', { seconds: host.uptime.seconds, lastboot: host.uptime.lastboot }));
  }
  if (host.distance !== undefined) lines.push(tag('distance', { value: host.distance }));
  if (host.scripts.length > 0) lines.push(`<hostscript>${scripts(host.scripts)}</hostscript>`);
  if (host.trace !== undefined) lines.push(trace(host.trace));
  if (host.times !== undefined) lines.push(tag('times', { ...host.times }));
  lines.push('</host>\n');
  return lines.join('\n');
}

function address(addr: IpAddress): string {
  return tag('address', { addr, addrtype: isIpv6(addr) ? 'ipv6' : 'ipv4' });
}

function extraports(extra: Extraports): string {
  const reasons = extra.reasons.map((reason) =>
    tag('extrareasons', {
      reason: reason.reason,
      count: reason.count,
      proto: reason.protocol,
      ports: reason.ports,
    }),
  );
  return `${open('extraports', { state: extra.state, count: extra.count })}\n${reasons.map((line) => `${line}\n`).join('')}</extraports>\n`;
}

function port(item: Port): string {
  const state = tag('state', {
    state: item.state,
    reason: item.reason,
    reason_ttl: item.reasonTtl,
    reason_ip: item.reasonIp,
  });
  const owner = item.owner === undefined ? '' : tag('owner', { name: item.owner });
  const seen = item.service === undefined ? '' : service(item.service);
  return `${open('port', { protocol: item.protocol, portid: item.portid })}${state}${owner}${seen}${scripts(item.scripts)}</port>`;
}

function service(item: Service): string {
  const attributes = {
    name: item.name,
    product: item.product,
    version: item.version,
    extrainfo: item.extrainfo,
    hostname: item.hostname,
    ostype: item.ostype,
    devicetype: item.devicetype,
    servicefp: item.servicefp,
    tunnel: item.tunnel,
    method: item.method,
    conf: item.conf,
  };
  const cpe = cpes(item.cpe);
  return cpe === '' ? tag('service', attributes) : `${open('service', attributes)}${cpe}</service>`;
}

function cpes(list: readonly string[] | undefined): string {
  return (list ?? []).map((cpe) => `<cpe>${escape(cpe)}</cpe>`).join('');
}

function os(host: Host): string {
  const probed = host.ports.find((item) => item.protocol === 'tcp' && item.state === 'open');
  const used =
    probed === undefined ? '' : tag('portused', { state: 'open', proto: 'tcp', portid: probed.portid });
  return `<os>${used}${host.os.map(osmatch).join('\n')}\n</os>`;
}

function osmatch(match: OsMatch): string {
  const classes = match.classes.map((item) => {
    const attributes = {
      type: item.type,
      vendor: item.vendor,
      osfamily: item.family,
      osgen: item.generation,
      accuracy: item.accuracy,
    };
    return `${open('osclass', attributes)}${cpes(item.cpe)}</osclass>`;
  });
  // `line` is where the fingerprint stands in nmap-os-db; nobody reads it, but the DTD asks for it.
  return `${open('osmatch', { name: match.name, accuracy: match.accuracy, line: 1 })}\n${classes.map((line) => `${line}\n`).join('')}</osmatch>`;
}

function trace(item: NonNullable<Host['trace']>): string {
  const hops = item.hops.map((hop) =>
    tag('hop', {
      ttl: hop.ttl,
      ipaddr: hop.address,
      rtt: hop.rtt === undefined ? '--' : hop.rtt.toFixed(2),
      host: hop.name,
    }),
  );
  return `${open('trace', { port: item.port, proto: item.protocol })}\n${hops.map((line) => `${line}\n`).join('')}</trace>`;
}

function scripts(list: readonly Script[]): string {
  return list
    .map((script) => {
      const attributes = { id: script.id, output: script.output };
      return script.items === undefined
        ? tag('script', attributes)
        : `${open('script', attributes)}${scriptItems(script.items)}</script>`;
    })
    .join('');
}

/** As Nmap: one item a line, no indentation, no line break after the last. */
function scriptItems(items: readonly (ScriptTable | ScriptElement)[]): string {
  return items
    .map((item) => {
      if ('value' in item) return `${open('elem', { key: item.key })}${escape(item.value)}</elem>`;
      return `${open('table', { key: item.key })}\n${scriptItems(item.items)}\n</table>`;
    })
    .join('\n');
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

function open(name: string, attributes: Attributes): string {
  let text = `<${name}`;
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined) continue;
    text += ` ${key}="${typeof value === 'number' ? value : escape(value)}"`;
  }
  return `${text}>`;
}

function tag(name: string, attributes: Attributes): string {
  return `${open(name, attributes).slice(0, -1)}/>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#x9;',
  '\n': '&#xa;',
  '\r': '&#xd;',
};

/** Anything that Nmap escapes, and everything that XML 1.0 (2.2, Char) does not allow. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const SPECIAL = /[&<>"'\u0000-\u001f\ufffe\uffff]|--|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g;

/** For attribute values and text: the five named entities, white space as references, `--` as Nmap does. */
export function escape(text: string): string {
  return text.replace(SPECIAL, (found) => {
    if (found === '--') return '-&#45;';
    // A surrogate pair is one character beyond U+FFFF; a lone half is none.
    if (found.length === 2) return found;
    return ESCAPES[found] ?? '\ufffd';
  });
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `Sun Sep 13 04:02:00 2026`, C's ctime, in UTC. */
export function ctime(instant: Instant): string {
  const date = new Date(Math.floor(instant / 1e3));
  const clock = date.toISOString().slice(11, 19);
  const day = String(date.getUTCDate()).padStart(2, ' ');
  return `${DAYS[date.getUTCDay()] ?? ''} ${MONTHS[date.getUTCMonth()] ?? ''} ${day} ${clock} ${date.getUTCFullYear()}`;
}
