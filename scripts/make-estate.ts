/**
 * Writes a generated estate to disk, for tests, benches and demonstrations:
 *
 *   npx tsx scripts/make-estate.ts --hosts 65536 --weeks 8 --seed 7 --out DIR
 *   npx tsx scripts/make-estate.ts --size-mb 300 --seed 7 --out DIR     one scan of about that size
 *
 * Further options: --profiles services,udp,…  --quiet-weeks N  --events N  --nmap 7.80|7.93
 * --noise (also noise.ndjson: every harmless difference, one per line).
 * Beside the scans it writes truth.json. The same options give the same bytes.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateEstate, type EstateOptions, type EstateScan } from '../src/estate/estate.ts';
import { MAX_HOSTS } from '../src/estate/network.ts';
import type { Truth } from '../src/estate/truth.ts';
import { PROFILE_NAMES, type ProfileName } from '../src/estate/profiles.ts';

/** Chunks are a host each; the disk is asked for a megabyte at a time. */
const WRITE_AT = 1 << 20;

function write(path: string, chunks: Iterable<string>): number {
  const file = openSync(path, 'w');
  let bytes = 0;
  let waiting: string[] = [];
  let length = 0;
  const flush = (): void => {
    const buffer = Buffer.from(waiting.join(''));
    for (let written = 0; written < buffer.length;) written += writeSync(file, buffer, written);
    bytes += buffer.length;
    waiting = [];
    length = 0;
  };
  try {
    for (const chunk of chunks) {
      waiting.push(chunk);
      length += chunk.length;
      if (length >= WRITE_AT) flush();
    }
    flush();
  } finally {
    closeSync(file);
  }
  return bytes;
}

function* noiseLines(scans: readonly EstateScan[]): Generator<string> {
  for (const scan of scans) {
    let lines: string[] = [];
    const note = (truth: Truth): void =>
      void lines.push(`${JSON.stringify({ scan: scan.name, ...truth })}\n`);
    for (const _host of scan.hosts(note)) {
      yield lines.join('');
      lines = [];
    }
    yield lines.join('');
  }
}

/** How many hosts make a first scan of about so many bytes, judged by a sample. */
function hostsForSize(bytes: number, options: EstateOptions): number {
  const sample = 4_000;
  let length = 0;
  for (const chunk of generateEstate({ ...options, hosts: sample, weeks: 1 }).scans[0]!.xml)
    length += chunk.length;
  const hosts = Math.round((bytes / length) * sample);
  if (hosts > MAX_HOSTS) {
    const most = Math.floor(((length / sample) * MAX_HOSTS) / 1e6);
    throw new RangeError(
      `the largest scan of this kind is about ${most} MB. Say --profiles audit for larger ones.`,
    );
  }
  return Math.max(50, hosts);
}

function profileNames(text: string): ProfileName[] {
  return text.split(',').map((name) => {
    const known = PROFILE_NAMES.find((profile) => profile === name);
    if (known === undefined)
      throw new RangeError(`no such profile: ${name}. There are ${PROFILE_NAMES.join(', ')}.`);
    return known;
  });
}

function nmapVersion(text: string): '7.80' | '7.93' {
  if (text === '7.80' || text === '7.93') return text;
  throw new RangeError(`--nmap takes 7.80 or 7.93, not ${text}`);
}

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    weeks: { type: 'string' },
    seed: { type: 'string', default: '7' },
    out: { type: 'string' },
    profiles: { type: 'string', default: 'services' },
    events: { type: 'string' },
    'quiet-weeks': { type: 'string' },
    'size-mb': { type: 'string' },
    nmap: { type: 'string', default: '7.93' },
    noise: { type: 'boolean', default: false },
  },
});
if (values.out === undefined) throw new Error('say where: --out DIR');

const size = values['size-mb'];
const asked: EstateOptions = {
  hosts: Number(values.hosts),
  weeks: Number(values.weeks ?? (size === undefined ? 8 : 1)),
  seed: Number(values.seed),
  profiles: profileNames(values.profiles),
  nmapVersion: nmapVersion(values.nmap),
  ...(values.events === undefined ? {} : { events: Number(values.events) }),
  ...(values['quiet-weeks'] === undefined ? {} : { quietWeeks: Number(values['quiet-weeks']) }),
};
const options = size === undefined ? asked : { ...asked, hosts: hostsForSize(Number(size) * 1e6, asked) };
const estate = generateEstate(options);

mkdirSync(values.out, { recursive: true });
for (const scan of estate.scans) {
  const started = process.hrtime.bigint();
  const bytes = write(join(values.out, scan.name), scan.xml);
  const elapsed = Number(process.hrtime.bigint() - started) / 1e9;
  const megabytes = bytes / 1e6;
  console.log(`${scan.name}  ${megabytes.toFixed(1)} MB  ${(megabytes / elapsed).toFixed(0)} MB/s`);
}
writeFileSync(
  join(values.out, 'truth.json'),
  `${JSON.stringify({ options, truth: estate.truth }, null, 1)}\n`,
);
if (values.noise) write(join(values.out, 'noise.ndjson'), noiseLines(estate.scans));
console.log(
  `${estate.truth.length} events in truth.json; peak memory ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB`,
);
