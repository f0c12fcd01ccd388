import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { benignTraffic } from '../src/estate/traffic/benign.ts';
import { mixed, scanTraffic } from '../src/estate/traffic/scans.ts';
import { zeekConnTsv, zeekDnsTsv, zeekHttpTsv, zeekSslTsv } from '../src/estate/traffic/zeek-log.ts';
import { parseInstant, type Instant } from '../src/time/instant.ts';

/*
 * Writes examples/telemetry/zeek/: two days of a made-up office as Zeek would have logged them, with a slow scan from
 * outside and a quick look round from inside. Run: npx tsx scripts/example-telemetry.ts
 */

/** The logs by name: the same text whenever and wherever they are made. */
export function exampleLogs(): ReadonlyMap<string, string> {
  const options = {
    seed: 2026,
    start: parseInstant('2026-11-16') as Instant,
    days: 2,
    hosts: 10,
    interval: 1200,
  };
  const { records } = mixed(
    benignTraffic('office-day', options),
    benignTraffic('crawlers', { ...options, hosts: 2 }),
    scanTraffic('slow-vertical', options),
    scanTraffic('internal-discovery', options),
  );
  const end = options.start + options.days * 86_400e6;
  const within = records.filter(({ time }) => time < end);
  return new Map([
    ['conn.log', zeekConnTsv(within)],
    ['dns.log', zeekDnsTsv(within)],
    ['http.log', zeekHttpTsv(within)],
    ['ssl.log', zeekSslTsv(within)],
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = join(import.meta.dirname, '..', 'examples', 'telemetry', 'zeek');
  for (const [name, text] of exampleLogs())
    writeFileSync(join(folder, `${name}.gz`), gzipSync(text, { level: 9 }));
}
