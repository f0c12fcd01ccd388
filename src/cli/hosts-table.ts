import type { ListedHost } from '../assembly/workspace.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { portKey } from '../net/port-key.ts';
import { renderTable } from '../report/table.ts';
import { wrap } from '../report/wrap.ts';
import { formatInstant, formatMinute, type Instant } from '../time/instant.ts';
import { serviceWords, type HistoryEntry } from './host-history.ts';
import { safe, type Print } from './print.ts';
import { shortId } from './scans-table.ts';

/** Hosts as a table; escaped. */
export function hostsTable(hosts: readonly ListedHost[], print: Pick<Print, 'width' | 'paint'>): string {
  return renderTable(
    [
      { title: 'HOST', min: 15 },
      { title: 'NAMES', min: 12 },
      { title: 'OPEN', align: 'right', min: 4 },
      { title: 'SCANS', align: 'right', min: 5 },
      { title: 'FIRST SEEN', min: 20 },
      { title: 'LAST SEEN', min: 20 },
    ],
    hosts.map(({ address, names, openPorts, runs, firstSeen, lastSeen }) => [
      address,
      names.join(' '),
      openPorts.length,
      runs,
      formatMinute(firstSeen),
      formatMinute(lastSeen),
    ]),
    { width: print.width, paint: print.paint },
  );
}

/** A host in JSON output. */
export function hostJson(host: ListedHost): Record<string, unknown> {
  return {
    address: host.address,
    names: host.names,
    openPorts: host.openPorts.length,
    scans: host.runs,
    firstSeen: formatInstant(host.firstSeen),
    lastSeen: formatInstant(host.lastSeen),
    lastScan: host.lastRun,
  };
}

/** A host's history for the terminal: the ports of the first scan, then what turned. Escaped. */
export function historyText(
  address: IpAddress,
  entries: readonly HistoryEntry[],
  full: boolean,
  print: Pick<Print, 'width' | 'paint'>,
): string {
  const lines = [`${print.paint('strong', address)}${namesOf(entries)}`];
  let quiet = 0;
  const flush = (): void => {
    if (quiet > 0)
      lines.push(print.paint('quiet', `  … ${quiet} more scan${quiet === 1 ? '' : 's'} without a turn`));
    quiet = 0;
  };
  for (const [index, entry] of entries.entries()) {
    const { run, host, open, opened, noLongerOpen, changed } = entry;
    const turned = opened.length + noLongerOpen.length + changed.length > 0;
    const news = full || index === 0 || index === entries.length - 1 || turned;
    if (!news) {
      quiet += 1;
      continue;
    }
    flush();
    const started = run.start === undefined ? 'time unknown' : formatMinute(run.start);
    const state = run.status === 'complete' ? host.status.state : `${host.status.state}, scan ${run.status}`;
    lines.push(
      `${started}  ${shortId(run.id)}  ${safe(state)}, ${open.length} open${turned || full ? '' : ', nothing turned'}  ${print.paint('quiet', safe(`${run.vantage}/${run.profile}`))}`,
    );
    const item = (mark: string, text: string): void => {
      const [first = '', ...rest] = wrap(safe(text), Math.max(20, print.width - 4));
      lines.push(`  ${mark} ${first}`, ...rest.map((line) => `    ${line}`));
    };
    for (const port of full ? open : opened) {
      item(opened.includes(port) ? print.paint('medium', '+') : ' ', portWords(port));
    }
    for (const { port, state: now } of noLongerOpen) item(print.paint('good', '-'), `${port} is ${now}`);
    for (const { port, before } of changed)
      item(print.paint('medium', '~'), `${portWords(port)} (was ${before})`);
  }
  flush();
  return `${lines.join('\n')}\n`;
}

function namesOf(entries: readonly HistoryEntry[]): string {
  const names = new Set(entries.flatMap(({ host }) => host.hostnames.map(({ name }) => name)));
  return names.size === 0 ? '' : `  ${safe([...names].join(' '))}`;
}

function portWords(port: HistoryEntry['open'][number]): string {
  const words = serviceWords(port);
  return `${portKey(port.portid, port.protocol)}${words === '' ? '' : ` ${words}`}`;
}

/** Schema `tidemark/host/1`. */
export function historyJson(address: IpAddress, entries: readonly HistoryEntry[]): Record<string, unknown> {
  const port = (one: HistoryEntry['open'][number]): Record<string, unknown> => ({
    port: portKey(one.portid, one.protocol),
    ...(one.service === undefined ? {} : { service: one.service }),
  });
  const time = (instant: Instant | undefined): Record<string, unknown> =>
    instant === undefined ? {} : { start: formatInstant(instant) };
  return {
    schema: 'tidemark/host/1',
    host: address,
    scans: entries.map(({ run, host, open, opened, noLongerOpen, changed }) => ({
      scan: run.id,
      ...time(run.start),
      status: run.status,
      vantage: run.vantage,
      profile: run.profile,
      state: host.status.state,
      names: host.hostnames.map(({ name }) => name),
      ...(host.mac === undefined ? {} : { mac: host.mac }),
      ...(host.os[0] === undefined ? {} : { os: host.os[0].name, osAccuracy: host.os[0].accuracy }),
      open: open.map(port),
      opened: opened.map((one) => portKey(one.portid, one.protocol)),
      noLongerOpen,
      changed: changed.map(({ port: one, before }) => ({ port: portKey(one.portid, one.protocol), before })),
    })),
  };
}
