import * as z from 'zod';
import { Fault } from '../fault/fault.ts';
import { parseIpAddress, type IpAddress } from '../net/ip-address.ts';
import { fromMillis, fromSeconds, type Instant } from '../time/instant.ts';
import { labelFamily, labelShape } from './label-family.ts';
import type { DataSet, HarmlessSource, LabelledScan, Part } from './truth.ts';

/** Epoch seconds, or text in some calendar form. */
const when = z.union([z.number(), z.string()]).optional();

const harmless = z.union([z.string(), z.looseObject({ src: z.string(), note: z.string().optional() })]);

/** One recording of third-party data. */
const recording = z.looseObject({
  file: z.string().min(1),
  scanners: z
    .array(
      z.looseObject({
        src: z.string(),
        type: z.string().optional(),
        shape: z.string().optional(),
        scan_type: z.string().optional(),
        note: z.string().optional(),
        start: when,
        end: when,
        ports: z.union([z.number(), z.string()]).optional(),
      }),
    )
    .default([]),
  must_not_flag: z.array(harmless).default([]),
});

const severalRecordings = z.looseObject({ files: z.array(recording) });

/** One capture of the lab: who did what, and what is expected of a detector. */
const labCapture = z.looseObject({
  pcap: z.string().min(1),
  description: z.string().default(''),
  actors: z
    .array(
      z.looseObject({
        ip: z.string(),
        ip6: z.string().nullish(),
        command: z.string().nullish(),
        observed: z
          .looseObject({
            unique_dst_ports: z.number().optional(),
            first_ts: z.number().optional(),
            last_ts: z.number().optional(),
          })
          .nullish(),
        ports: z.union([z.string(), z.number()]).nullish(),
      }),
    )
    .default([]),
  expected: z.looseObject({
    detect: z
      .array(
        z.looseObject({
          src: z.string(),
          scan_type: z.string().default(''),
          shape: z.string().default(''),
          tool: z.string().optional(),
        }),
      )
      .default([]),
    must_not_flag: z.array(harmless).default([]),
  }),
});

/**
 * Data sets on which constants of the detection were chosen, by part of their name: the θ of the sequential test
 * (recon.detection) were measured on this capture among others.
 */
const DEVELOPMENT: readonly string[] = ['stratosphere/008'];

/** Where a lab capture's records may be, most telling first; NAME is the capture without its ending. A file of a format that cannot be read gives way to the next. */
const LAB_LOGS = ['suricata/NAME.eve.json', 'suricata/NAME.eve.json.gz'] as const;
const LAB_FILES = ['pcaps/NAME.pcap', ...LAB_LOGS] as const;

/**
 * Reads one truth file, of either form: that of third-party data (`file` or `files: […]`, with `scanners` and
 * `must_not_flag`) or that of the lab (`pcap`, `actors`, `expected`). `path` is its name in messages. An entry whose
 * address cannot be read is a fault of the whole file: a label that is quietly dropped would flatter.
 *
 * Throws Fault `evaluate/truth` when the text is no truth.
 */
export function readTruth(text: string, path: string): readonly DataSet[] {
  const document = parseJson(text, path);
  const lab = labCapture.safeParse(document);
  if (lab.success) return [labDataSet(lab.data, path)];
  const many = severalRecordings.safeParse(document);
  if (many.success) return many.data.files.map((one) => recordingDataSet(one, path));
  const one = recording.safeParse(document);
  if (one.success) return [recordingDataSet(one.data, path)];
  throw notTruth(
    path,
    'it has neither `file`, `files` nor `pcap` with `expected` in the form that they need',
  );
}

function recordingDataSet(one: z.output<typeof recording>, path: string): DataSet {
  const part: Part = DEVELOPMENT.some((name) => one.file.includes(name)) ? 'development' : 'held-out';
  return {
    name: one.file,
    files: [one.file],
    part,
    scans: one.scanners.map((scanner): LabelledScan => {
      const words = [scanner.type, scanner.scan_type, scanner.shape].filter((word) => word !== undefined);
      const start = instantOf(scanner.start);
      const end = instantOf(scanner.end);
      const facts = [...words, scanner.note ?? ''].join(' ');
      return {
        source: addressOf(scanner.src, path),
        words: words.join(' '),
        families: [
          labelFamily({
            words: facts,
            seconds: start === undefined || end === undefined ? undefined : (end - start) / 1e6,
            ports: typeof scanner.ports === 'number' ? scanner.ports : undefined,
          }),
        ],
        shapes: labelShape(words.join(' ')),
        start,
        end,
      };
    }),
    harmless: one.must_not_flag.map((entry) => harmlessOf(entry, path)),
  };
}

function labDataSet(lab: z.output<typeof labCapture>, path: string): DataSet {
  const name = lab.pcap.replace(/\.pcap(ng)?$/, '');
  return {
    name: `lab/${name}`,
    files: LAB_FILES.map((pattern) => pattern.replace('NAME', name)),
    logs: LAB_LOGS.map((pattern) => pattern.replace('NAME', name)),
    part: 'development',
    scans: lab.expected.detect.map((wanted): LabelledScan => {
      const actors = lab.actors.filter((actor) => actor.ip === wanted.src || actor.ip6 === wanted.src);
      const words = [wanted.scan_type, wanted.shape].join(' ').trim();
      const firsts = actors.flatMap((actor) => actor.observed?.first_ts ?? []);
      const lasts = actors.flatMap((actor) => actor.observed?.last_ts ?? []);
      const start = firsts.length === 0 ? undefined : fromSeconds(Math.min(...firsts));
      const end = lasts.length === 0 ? undefined : fromSeconds(Math.max(...lasts));
      const ports = actors.map((actor) => actor.observed?.unique_dst_ports ?? 0);
      // The lab names machines by their IPv4 address, also where the tool was told to use IPv6.
      const ip6 = actors.find((actor) => / -6\b/.test(actor.command ?? ''))?.ip6;
      return {
        source: addressOf(ip6 ?? wanted.src, path),
        words,
        families: [
          labelFamily({
            words: `${words} ${name} ${lab.description}`,
            seconds: start === undefined || end === undefined ? undefined : (end - start) / 1e6,
            ports: Math.max(0, ...ports),
          }),
        ],
        shapes: labelShape(words),
        tool: wanted.tool,
        start,
        end,
      };
    }),
    harmless: lab.expected.must_not_flag.map((entry) => harmlessOf(entry, path)),
  };
}

function harmlessOf(entry: z.output<typeof harmless>, path: string): HarmlessSource {
  return typeof entry === 'string'
    ? { source: addressOf(entry, path), note: '' }
    : { source: addressOf(entry.src, path), note: entry.note ?? '' };
}

/** Epoch seconds, `2018/12/18 14:00:40.401974` or ISO; text without a zone is taken as UTC, what follows a blank after the time is a remark. */
function instantOf(value: number | string | undefined): Instant | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number') return fromSeconds(value);
  const parts = /^(\d{4})[-/](\d{2})[-/](\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)/.exec(value);
  if (parts === null) return undefined;
  const [, year, month, day, time = ''] = parts;
  const [whole = '', fraction = ''] = time.split('.');
  const millis = Date.parse(`${year}-${month}-${day}T${whole}Z`);
  if (Number.isNaN(millis)) return undefined;
  return (fromMillis(millis) + Number(fraction.padEnd(6, '0'))) as Instant;
}

function addressOf(text: string, path: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === undefined) throw notTruth(path, `it names ${JSON.stringify(text)}, which is no IP address`);
  return address;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw notTruth(path, `it is not JSON: ${(cause as Error).message}`);
  }
}

function notTruth(path: string, why: string): Fault {
  return new Fault(
    'evaluate/truth',
    `${path} is no truth file: ${why}`,
    'Correct it, or move it out of the folder `truth`. docs/evaluation.md describes both forms.',
    { file: path },
  );
}
