import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Dice } from '../../src/estate/dice.ts';
import { benignTraffic } from '../../src/estate/traffic/benign.ts';
import { eveJson } from '../../src/estate/traffic/eve-log.ts';
import { mixed, scanTraffic } from '../../src/estate/traffic/scans.ts';
import type { Traffic } from '../../src/estate/traffic/traffic.ts';
import { zeekConnTsv, zeekHttpTsv } from '../../src/estate/traffic/zeek-log.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import type { TelemetryRecord } from '../../src/recon/model/telemetry-record.ts';
import { parseInstant, type Instant } from '../../src/time/instant.ts';

/** One log of a sensor: what its file begins with, and its lines, with their breaks. */
export interface Log {
  readonly name: string;
  readonly header: string;
  readonly lines: readonly string[];
  /** Lines that are flows. */
  readonly flows: number;
}

/** Own and dark blocks of the made-up network, as its owner configured them. */
export const CONFIG = [
  'recon:',
  '  networks: [10.20.0.0/16, 203.0.113.0/24, "2001:db8:20::/48"]',
  '  dark: [10.20.200.0/21, 203.0.113.192/26]',
  '',
].join('\n');

const OPTIONS = { seed: 23, start: parseInstant('2026-01-05') as Instant, days: 1, hosts: 12 };

/** An office day with scans of every sort in it: alone, in groups, slow, with a way in. */
function day(): readonly TelemetryRecord[] {
  const benign = (['office-day', 'crawlers', 'backscatter', 'outage', 'monitoring'] as const).map((kind) =>
    benignTraffic(kind, OPTIONS),
  );
  const scans = (
    [
      'vertical-syn',
      'horizontal-syn',
      'slow-vertical',
      'udp',
      'decoys',
      'distributed',
      'distributed-thin',
      'service-enumeration',
      'internal-discovery',
      'transition',
    ] as const
  ).map((kind, index) => apart(scanTraffic(kind, { ...OPTIONS, interval: 300 }), index));
  return mixed(...benign, ...scans).records;
}

/** A scan by somebody else than the others, at another time. */
function apart({ records, truth }: Traffic, index: number): Traffic {
  const [first, ...more] = truth.scans.flatMap(({ sources }) => sources);
  const actor = more.length === 0 && first?.startsWith('198.') === true ? first : undefined;
  const moved = (address: IpAddress): IpAddress =>
    address === actor ? (`198.51.100.${10 + index}` as IpAddress) : address;
  return {
    truth,
    records: records.map((record) => ({
      ...record,
      time: (record.time + index * 1800e6) as Instant,
      source: moved(record.source),
      destination: moved(record.destination),
    })),
  };
}

/** The day as two sensors would have written it: addresses that end in an even figure are Zeek's, the others Suricata's. */
export function watchedLogs(): readonly Log[] {
  const records = day();
  const zeek = records.filter(({ source }) => /[02468ace:]$/.test(source));
  const suricata = records.filter(({ source }) => !/[02468ace:]$/.test(source));
  return [
    logOf('conn.log', zeekConnTsv(zeek), (line) => !line.startsWith('#')),
    logOf('http.log', zeekHttpTsv(zeek), () => false),
    logOf('eve.json', eveJson(suricata), (line) => line.includes('"event_type":"flow"')),
  ];
}

function logOf(name: string, text: string, isFlow: (line: string) => boolean): Log {
  const all = text.split(/(?<=\n)/);
  const header = all.filter((line) => line.startsWith('#')).join('');
  const lines = all.filter((line) => !line.startsWith('#'));
  return { name, header, lines, flows: lines.filter(isFlow).length };
}

/** Writes logs the way sensors and logrotate do: in pieces that end anywhere, renamed now and then, compressed later. */
export class LogWriter {
  readonly #folder: string;
  readonly #logs: readonly Log[];
  readonly #dice: Dice;
  readonly #given: number[];
  /** The part of a line that is not written yet, by log. */
  readonly #rest: string[];
  #turn = 0;

  constructor(folder: string, logs: readonly Log[], dice: Dice) {
    this.#folder = folder;
    this.#logs = logs;
    this.#dice = dice;
    this.#given = logs.map(() => 0);
    this.#rest = logs.map(() => '');
  }

  /** Writes each log up to about this share of it; the logs are never quite level. */
  writeTo(share: number): void {
    for (const [index, { name, header, lines }] of this.#logs.entries()) {
      const path = join(this.#folder, name);
      const lead = share >= 1 ? 1 : share - 0.01 * this.#dice.unit();
      const to = Math.min(lines.length, Math.floor(lead * lines.length));
      const from = this.#given[index] ?? 0;
      if (to <= from) continue;
      let text = (this.#rest[index] ?? '') + lines.slice(from, to).join('');
      const cut = share >= 1 ? 0 : Math.floor(this.#dice.unit() * Math.min(40, text.length));
      this.#rest[index] = text.slice(text.length - cut);
      text = text.slice(0, text.length - cut);
      this.#given[index] = to;
      appendFileSync(path, existsSync(path) ? text : header + text);
    }
  }

  /** Renames one of the logs, when its last line is whole. */
  rotate(): void {
    const index = Math.floor(this.#dice.unit() * this.#logs.length);
    const name = this.#logs[index]?.name ?? '';
    const path = join(this.#folder, name);
    if (!existsSync(path)) return;
    appendFileSync(path, this.#rest[index] ?? '');
    this.#rest[index] = '';
    this.#turn += 1;
    if (name === 'eve.json') this.#shift(path);
    else renameSync(path, path.replace(/\.log$/, `.${String(this.#turn).padStart(4, '0')}.log`));
  }

  /** As logrotate with `delaycompress`: the last one stays as it is, the one before is compressed. */
  #shift(path: string): void {
    for (let number = this.#turn; number > 1; number -= 1) {
      const old = `${path}.${number}.gz`;
      if (existsSync(old)) renameSync(old, `${path}.${number + 1}.gz`);
    }
    if (existsSync(`${path}.1`)) {
      writeFileSync(`${path}.2.gz.part`, gzipSync(readFileSync(`${path}.1`)));
      renameSync(`${path}.2.gz.part`, `${path}.2.gz`);
      rmSync(`${path}.1`);
    }
    renameSync(path, `${path}.1`);
  }
}
