import { escape, printRun } from '../../src/estate/nmap-xml.ts';
import type { Host, OsMatch, Port, Script, Service } from '../../src/exposure/model/host.ts';
import type { RunFooter, RunHeader } from '../../src/exposure/model/scan-run.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { fromSeconds, type Instant } from '../../src/time/instant.ts';

/** Longest text in a field that a scanner keeps short itself; the few that it does not get all of it. */
const SHORT = 400;
/** 2026-03-01 00:00 UTC, the first of the weekly scans. */
const START = 1_772_323_200;
const WEEK = 7 * 86_400;

/** Where controls go while the printer, which replaces what XML forbids, does its work. */
const HIDDEN = 0xe000;

/** The address of the host that says the string of this position in the first week, the next in the week after. */
export function addressOf(index: number): IpAddress {
  return `10.66.${Math.floor(index / 200)}.${(index % 200) + 1}` as IpAddress;
}

/** What the host of this position says in a week. */
export function textIn(texts: readonly string[], index: number, week: number): string {
  return texts[(index + week) % texts.length] ?? '';
}

/**
 * One week's Nmap XML: a host for each string, which says it in every field that a scanned host, its DNS or the
 * scan's command line can write. Ports come and go between the weeks, and every text is another one each week.
 * `raw` writes what XML forbids all the same, bare or as a reference, as a hostile file would.
 */
export function nmapXml(texts: readonly string[], week: number, options: { readonly raw: boolean }): string {
  const start = fromSeconds(START + week * WEEK);
  const hide = (text: string): string =>
    options.raw
      ? text.replace(/\p{Cc}/gu, (control) => String.fromCodePoint(HIDDEN + control.charCodeAt(0)))
      : text;
  const hosts = texts.map((_, index) => hostSaying(index, hide(textIn(texts, index, week)), week, start));
  const words = hide(texts.map((text) => text.slice(0, 60)).join(' '));
  const aside = texts.map((text, index) => scriptSaying(`x-${index}`, hide(text.slice(0, SHORT))));
  const header: RunHeader = {
    scanner: 'nmap',
    version: '7.93',
    xmlOutputVersion: '1.05',
    args: `nmap -sS -sV -sC -O -p 1-10000 --traceroute ${week} ${words}`,
    start,
    // The name of a series is made of this.
    scaninfo: [
      { type: hide(texts[0] ?? ''), protocol: 'tcp', numservices: 10_000, services: '1-10000' },
      { type: 'udp', protocol: 'udp', numservices: 3, services: '53,161,500' },
    ],
    verbose: 0,
    debugging: 0,
    preScripts: aside,
    format: 'nmap-xml',
  };
  const footer: RunFooter = {
    status: 'complete',
    end: fromSeconds(START + week * WEEK + 60),
    exit: 'success',
    errormsg: words,
    postScripts: aside,
    hosts: { up: hosts.length, down: 0, total: hosts.length },
  };
  const xml = [...printRun(header, hosts, footer)]
    .join('')
    .replace(/ startstr="[^"]*"/, () => ` startstr="${escape(words)}"`);
  // Bare at even places, as a reference at odd ones.
  return xml.replace(/[\uE000-\uE0FF]/g, (hidden, at: number) => {
    const code = hidden.charCodeAt(0) - HIDDEN;
    return at % 2 === 0 ? String.fromCodePoint(code) : `&#${code};`;
  });
}

/** `<script>` with the text as output, as keys and as values, in tables within tables. */
function scriptSaying(id: string, text: string): Script {
  const word = text.slice(0, SHORT);
  return {
    id,
    output: text,
    items: [
      { key: word, value: word },
      { value: word },
      { key: word, items: [{ key: word, value: word }, { items: [{ value: word }] }] },
    ],
  };
}

function hostSaying(index: number, text: string, week: number, start: Instant): Host {
  const word = text.slice(0, SHORT);
  const said: Omit<Service, 'name'> = {
    product: word,
    version: word,
    extrainfo: word,
    hostname: word,
    ostype: word,
    devicetype: word,
    servicefp: word,
    cpe: [word, `cpe:/a:${word}`],
    method: 'probed',
    conf: 10,
  };
  const port = (portid: number, service: Service, scripts: readonly Script[] = []): Port => ({
    protocol: 'tcp',
    portid,
    state: 'open',
    reason: word,
    reasonTtl: 64,
    reasonIp: word,
    owner: word,
    service,
    scripts,
  });
  const ports: Port[] = [
    port(21, { name: 'ftp', ...said }, [
      { id: 'ftp-anon', output: `Anonymous FTP login allowed (FTP code 230)\n${word}` },
    ]),
    port(22, { name: word, ...said, product: text, tunnel: word, method: word }, [scriptSaying(word, text)]),
    port(23, { name: 'telnet', ...said }),
    port(443, { name: 'http', ...said, tunnel: 'ssl' }, [
      scriptSaying('ssl-cert', `Subject: commonName=${word}`),
      { id: 'ssl-enum-ciphers', output: `  TLSv1.0:\n    ciphers:\n      ${word}\n  least strength: F` },
      scriptSaying('http-title', word),
    ]),
    port(3306, { name: 'mysql', ...said }),
    port(6379, { name: 'redis', ...said }, [{ id: 'redis-info', output: `\n  Version: ${word}` }]),
    { protocol: 'tcp', portid: 7000, state: word, reason: word, scripts: [] },
    ...(week % 2 === 0 ? [port(8000, { name: 'http', ...said })] : [port(9000, { name: 'http', ...said })]),
    ...(week >= 2 ? [port(4444, { name: word, ...said }), port(5900, { name: 'vnc', ...said })] : []),
    {
      protocol: 'udp',
      portid: 161,
      state: 'open',
      reason: word,
      service: { name: 'snmp', ...said },
      scripts: [],
    },
  ];
  const os: OsMatch = {
    name: word,
    accuracy: 98,
    classes: [{ type: word, vendor: word, family: word, generation: word, accuracy: 98, cpe: [word] }],
  };
  return {
    address: addressOf(index),
    otherAddresses: [],
    mac: { address: `02:00:00:00:${week}0:${(index % 90) + 10}`, vendor: word },
    status: { state: 'up', reason: word, reasonTtl: 64 },
    hostnames: [
      { name: word, type: 'PTR' },
      { name: text, type: word },
    ],
    ports,
    extraports: [
      { state: 'closed', count: 9990, reasons: [{ reason: word, count: 9990, protocol: 'tcp' }] },
      { state: word, count: 1, reasons: [{ reason: word, count: 1, protocol: 'udp', ports: word }] },
    ],
    os: [os, { ...os, accuracy: 90 }],
    scripts: [scriptSaying(word, word), { id: 'smb-os-discovery', output: word }],
    trace: { protocol: word, port: 443, hops: [{ ttl: 1, address: word, rtt: 1, name: word }] },
    distance: 2,
    uptime: { seconds: 1000, lastboot: word },
    timedOut: false,
    start,
    end: start,
  };
}

/** masscan's JSON, whose strings may hold anything that a string of JavaScript may. */
export function masscanJson(texts: readonly string[]): string {
  const records = texts.map((text, index) => {
    const entry = { proto: 'tcp', reason: text.slice(0, SHORT), ttl: 64 };
    return JSON.stringify({
      ip: addressOf(index),
      timestamp: `${START}`,
      ports: [
        { ...entry, port: 80, status: 'open' },
        { ...entry, port: 80, status: 'open', service: { name: 'http', banner: text } },
        {
          ...entry,
          port: 81,
          status: 'open',
          service: { name: text.slice(0, SHORT), banner: text.slice(0, SHORT) },
        },
        { ...entry, port: 82, status: text.slice(0, SHORT) },
        // Set aside, and quoted as they are.
        { ...entry, port: text, status: 'open' },
        { ...entry, port: 83, proto: text, status: 'open', ttl: text },
      ],
    });
  });
  return `[\n${records.join(',\n')},\n${JSON.stringify({ ip: texts[0], timestamp: texts[1], ports: [{}] })}\n]\n`;
}

/** Without line ends, which end what a line says. */
function onOneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}

/** masscan's list, control characters bare. */
export function masscanList(texts: readonly string[]): string {
  const lines = texts.flatMap((text, index) => [
    `open tcp 80 ${addressOf(index)} ${START}`,
    `banner tcp 80 ${addressOf(index)} ${START} http ${onOneLine(text)}`,
    `${onOneLine(text).replaceAll(' ', '')} tcp 81 ${addressOf(index)} ${START}`,
    onOneLine(text),
  ]);
  return `#masscan\n${lines.join('\n')}\n# end\n`;
}

/** Nmap's grepable form, control characters bare. */
export function nmapGrepable(texts: readonly string[]): string {
  const words = onOneLine(texts.map((text) => text.slice(0, 60)).join(' '));
  const lines = texts.map((each, index) => {
    const text = onOneLine(each);
    const field = text.replace(/[\t/]/g, '|').slice(0, SHORT);
    return [
      `Host: ${addressOf(index)} (${text.replaceAll('\t', ' ')})`,
      `Ports: 80/open/tcp/${field}/${field}//${field}/, 81/${field}/tcp/////, 443/open/tcp//ssl|http//${field}/, ${field}/open/${field}/////`,
      `Ignored State: ${field} (3)`,
      `OS: ${field}`,
      text,
    ].join('\t');
  });
  return `# Nmap 7.93 scan initiated Sun Mar  1 00:00:00 2026 as: nmap -oG - ${words}\n${lines.join('\n')}\n# Nmap done at Sun Mar  1 00:01:00 2026 -- ${texts.length} IP addresses (${texts.length} hosts up) scanned in 60.00 seconds\n`;
}
