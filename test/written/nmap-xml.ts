import { escapeXml } from '../../src/report/escape-xml.ts';
import type { Host, Port, Script, ScriptElement, ScriptTable } from '../../src/exposure/model/host.ts';
import type { ScanRun } from '../../src/exposure/model/scan-run.ts';

function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escapeXml(String(value))}"`))
    .join('');
}

function item(value: ScriptTable | ScriptElement): string {
  const key = attributes({ key: value.key });
  if ('items' in value) return `<table${key}>${value.items.map(item).join('')}</table>`;
  return `<elem${key}>${escapeXml(value.value)}</elem>`;
}

function script({ id, output, items }: Script): string {
  return `<script${attributes({ id, output })}>${(items ?? []).map(item).join('')}</script>`;
}

function port(value: Port): string {
  const { service } = value;
  const { name, product, version, extrainfo, tunnel, method, servicefp } = service ?? {};
  const element =
    service === undefined
      ? ''
      : `<service${attributes({ name, product, version, extrainfo, tunnel, method, servicefp })}/>`;
  return `<port${attributes({ protocol: value.protocol, portid: value.portid })}><state${attributes({ state: value.state, reason: value.reason ?? 'syn-ack' })}/>${element}${value.scripts.map(script).join('')}</port>\n`;
}

/** One `<host>` as Nmap writes it. `moment` moves what moves between two scans of an unchanged host. */
export function writeHost(host: Host, moment: number): string {
  const extraports = host.extraports.map(({ state, count, reasons }) => {
    const inner = reasons.map(
      (reason) =>
        `<extrareasons${attributes({ reason: reason.reason, count: reason.count, proto: reason.protocol, ports: reason.ports })}/>`,
    );
    return `<extraports${attributes({ state, count })}>${inner.join('')}</extraports>\n`;
  });
  const os = host.os.map(({ name, accuracy, classes }) => {
    const inner = classes.map(
      ({ type, vendor, family, generation }) =>
        `<osclass${attributes({ type, vendor, osfamily: family, osgen: generation, accuracy: 100 })}/>`,
    );
    return `<osmatch${attributes({ name, accuracy, line: 1000 + (moment % 7000) })}>${inner.join('')}</osmatch>\n`;
  });
  const addresses = [host.address, ...host.otherAddresses].map(
    (addr) => `<address${attributes({ addr, addrtype: addr.includes(':') ? 'ipv6' : 'ipv4' })}/>\n`,
  );
  const mac =
    host.mac === undefined
      ? ''
      : `<address${attributes({ addr: host.mac.address, addrtype: 'mac', vendor: host.mac.vendor })}/>\n`;
  const names = host.hostnames.map(({ name, type }) => `<hostname${attributes({ name, type })}/>\n`);
  const scripts =
    host.scripts.length === 0 ? '' : `<hostscript>${host.scripts.map(script).join('')}</hostscript>`;
  return (
    `<host starttime="${1_700_000_000 + moment}" endtime="${1_700_000_030 + moment}"><status${attributes({ state: host.status.state, reason: 'reset', reason_ttl: moment % 64 })}/>\n` +
    `${addresses.join('')}${mac}<hostnames>\n${names.join('')}</hostnames>\n<ports>${extraports.join('')}${host.ports.map(port).join('')}</ports>\n` +
    `${os.length === 0 ? '' : `<os>${os.join('')}</os>\n`}${scripts}<times srtt="${300 + moment}" rttvar="${moment}" to="100000"/>\n</host>`
  );
}

/** A whole run as XML, its hosts in the order given. */
export function writeNmapXml(run: ScanRun, moment: number, hosts: readonly Host[] = run.hosts): string {
  const { info } = run;
  const scaninfo = info.scaninfo.map(
    ({ type, protocol, services }) => `<scaninfo${attributes({ type, protocol, services })}/>\n`,
  );
  const scripts = (element: string, list: readonly Script[]): string =>
    list.length === 0 ? '' : `<${element}>${list.map(script).join('')}</${element}>\n`;
  const counts = info.hosts === undefined ? '' : `<hosts${attributes({ ...info.hosts })}/>`;
  const end =
    info.status === 'complete'
      ? `<runstats><finished time="${1_700_003_600 + moment}" exit="success"/>${counts}</runstats>\n`
      : '';
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n<!-- Nmap scan initiated as: nmap -->\n` +
    `<nmaprun${attributes({ scanner: info.scanner, args: info.args, start: 1_700_000_000 + moment, version: info.version, xmloutputversion: '1.05' })}>\n` +
    `${scaninfo.join('')}<verbose level="0"/>\n<debugging level="0"/>\n${scripts('prescript', info.preScripts)}` +
    `${hosts.map((host) => writeHost(host, moment)).join('\n')}\n${scripts('postscript', info.postScripts)}${end}</nmaprun>\n`
  );
}
