import type { Opening } from './opening.ts';
import { ipv4Number, isSyn, largest, muonFpOf, times } from './opening-facts.ts';

/** How far a signature is to be believed, most first. */
export const TOOL_CONFIDENCES = ['very high', 'high', 'medium'] as const;

/** See TOOL_CONFIDENCES. */
export type ToolConfidence = (typeof TOOL_CONFIDENCES)[number];

/** What a signature found: it held for `held` of `of`, and what these are, in the plural. */
export interface ToolEvidence {
  readonly held: number;
  readonly of: number;
  readonly unit: string;
}

/** One way to know a tool by some kind of evidence. */
export interface ToolSignature<Evidence> {
  /** `masscan/ip-id`. */
  readonly id: string;
  readonly tool: string;
  /** What it looks at, as the subject of "… held for 4 of 4 SYNs". */
  readonly rule: string;
  readonly confidence: ToolConfidence;
  /** What the sender would have to do so that it fails. */
  readonly evasions: string;
  /** Where the fact is from. */
  readonly origin: string;
  /** What of one source's evidence bears it out (of several sources' only where the rule is about that), or undefined. */
  readonly find: (evidence: readonly Evidence[]) => ToolEvidence | undefined;
}

/** End of an origin. */
export const CAPTURED = 'packets of the tool itself, captured in a laboratory';

/** MuonFP of nmap's probes for the operating system; its six SYNs (osscan2.cc, "SEQ"). */
const OS_DETECTION: ReadonlySet<string> = new Set([
  '1:3-1-2-8-4:1460:10',
  '63:2-3-4-8-0:1400:0',
  '4:8-1-1-3-1-2:640:5',
  '4:4-8-3-0::10',
  '16:2-4-8-3-0:536:10',
  '512:2-4-8:265:',
]);

/** What zmap 4 sends in the guise of systems: `--probe-args=linux`, `bsd`, `smallest-probes`. */
const ZMAP_DISGUISES: ReadonlySet<string> = new Set([
  '65535:2-4-8-1-3:1460:7',
  '65535:2-1-3-1-1-8-4-0:1460:6',
  '65535:2:1460:',
]);

/** FIN, NULL and Xmas scans. */
const STEALTH_FLAGS: ReadonlySet<number> = new Set([0x01, 0x00, 0x29]);

/** nmap takes a random TTL of 37 to 59 for each packet: their span, which does not change on the way. */
const NMAP_TTL_SPAN = 59 - 37;

/** At least so many of the SYNs, else nothing. */
function count(
  openings: readonly Opening[],
  least: number,
  holds: (opening: Opening) => boolean,
): ToolEvidence | undefined {
  const syns = openings.filter(isSyn);
  const held = syns.filter(holds).length;
  return held >= least ? { held, of: syns.length, unit: 'SYNs' } : undefined;
}

/** So many different destinations, else nothing. */
function atDestinations(
  openings: readonly Opening[],
  least: number,
  holds: (opening: Opening) => boolean,
): ToolEvidence | undefined {
  const found = openings.filter((opening) => isSyn(opening) && holds(opening));
  return new Set(found.map(({ destination }) => destination)).size >= least
    ? count(openings, 1, holds)
    : undefined;
}

/** The IP-ID that masscan 1.x gives a packet: `(ip_them ^ port_them ^ seqno) & 0xffff` (templ-pkt.c). */
function masscanIpId({ destination, destinationPort, sequence }: Opening): number {
  return ((ipv4Number(destination) ?? -1) ^ destinationPort ^ sequence) & 0xffff;
}

function rawNmap({ window, options, df }: Opening): boolean {
  return window >= 1024 && window <= 4096 && window % 1024 === 0 && options === 'M1460' && !df;
}

function randomTtls(openings: readonly Opening[]): boolean {
  const ttls = openings.map(({ ttl }) => ttl);
  const span = ttls.reduce((a, b) => Math.max(a, b), 0) - ttls.reduce((a, b) => Math.min(a, b), 255);
  return new Set(ttls).size >= 8 && span <= NMAP_TTL_SPAN;
}

/**
 * Tools by the first packets of their connections: https://github.com/robertdavidgraham/masscan,
 * https://github.com/zmap/zmap, https://nmap.org, http://www.hping.org. All of it can be forged and most of it
 * avoided: it explains who came, and is never why somebody is found nor why somebody is let go.
 */
export const OPENING_SIGNATURES: readonly ToolSignature<Opening>[] = [
  {
    id: 'masscan/ip-id',
    tool: 'masscan',
    rule: 'its IP-ID rule (destination xor port xor sequence number)',
    confidence: 'very high',
    evasions: 'a changed build; NAT or scrubbing that rewrites addresses, IP-ID or sequence numbers',
    origin: `masscan 1.3.2, templ-pkt.c; ${CAPTURED}: 3,864 of 3,864`,
    // Four by chance: below 2^-64 times the ways to choose them.
    find: (openings) =>
      count(
        openings,
        4,
        (opening) => ipv4Number(opening.destination) !== undefined && opening.ipId === masscanIpId(opening),
      ),
  },
  {
    id: 'masscan/shape',
    tool: 'masscan',
    rule: 'its form (window 1024, no options, TTL above 128, one source port)',
    confidence: 'high',
    evasions: '--ttl, --source-port with a range',
    origin: `masscan 1.3.2; ${CAPTURED}`,
    find: (openings) => {
      const bare = openings.filter(
        (opening) => isSyn(opening) && opening.window === 1024 && opening.options === '' && opening.ttl > 128,
      );
      const port = largest(times(bare.map(({ sourcePort }) => sourcePort)));
      return port === undefined
        ? undefined
        : count(
            openings,
            5,
            (opening) =>
              opening.window === 1024 &&
              opening.options === '' &&
              opening.ttl > 128 &&
              opening.sourcePort === port,
          );
    },
  },
  {
    id: 'zmap/ip-id',
    tool: 'ZMap',
    rule: 'its constant IP-ID of 54321 (window 65535, no options)',
    confidence: 'very high',
    evasions: 'a changed build; ZMap 4 no longer does it',
    origin: `ZMap 2.1.1, module_tcp_synscan.c; ${CAPTURED}`,
    find: (openings) =>
      count(
        openings,
        3,
        ({ ipId, window, options }) => ipId === 54_321 && window === 65_535 && options === '',
      ),
  },
  {
    id: 'zmap/options',
    tool: 'ZMap',
    rule: 'the options of ZMap 4 (MuonFP 65535:2-1-3-1-1-4:1460:8, TTL of 64 at most, no DF)',
    confidence: 'high',
    evasions: '--probe-args, --probe-ttl',
    origin: `ZMap 4.3.4; ${CAPTURED}`,
    find: (openings) =>
      atDestinations(
        openings,
        5,
        (opening) => opening.ttl <= 64 && !opening.df && muonFpOf(opening) === '65535:2-1-3-1-1-4:1460:8',
      ),
  },
  {
    id: 'zmap/disguise',
    tool: 'ZMap',
    rule: 'a disguise of ZMap 4 (the options of a system, but window 65535 and no DF)',
    confidence: 'medium',
    evasions: 'middleboxes that clear DF make others look like it',
    origin: `ZMap 4.3.4 --probe-args=linux, bsd, smallest-probes; ${CAPTURED}`,
    find: (openings) =>
      atDestinations(
        openings,
        5,
        (opening) =>
          ipv4Number(opening.destination) !== undefined &&
          !opening.df &&
          opening.ttl <= 64 &&
          ZMAP_DISGUISES.has(muonFpOf(opening)),
      ),
  },
  {
    id: 'nmap/syn',
    tool: 'Nmap',
    rule: 'the form of its SYN scan (window 1024 to 4096, a maximum segment size of 1460 alone, a random TTL)',
    confidence: 'very high',
    evasions: '--ttl, a changed build',
    origin: `Nmap 7.93 and 7.95; ${CAPTURED}; p0f.fp of p0f 3.09b knows the form too`,
    find: (openings) => {
      const raw = openings.filter((opening) => isSyn(opening) && rawNmap(opening));
      return randomTtls(raw) ? count(openings, 10, rawNmap) : undefined;
    },
  },
  {
    id: 'nmap/sequence',
    tool: 'Nmap',
    rule: 'its one sequence number and source port for many ports',
    confidence: 'high',
    evasions: 'none seen',
    origin: `Nmap 7.93 and 7.95; ${CAPTURED}`,
    find: (openings) => {
      const raw = openings.filter(
        ({ sequence, window, options, df }) =>
          sequence !== 0 && window === 1024 && !df && (options === '' || /^M\d+$/.test(options)),
      );
      const targets = new Map<string, Set<string>>();
      for (const { sequence, sourcePort, destination, destinationPort } of raw) {
        const key = `${sequence} ${sourcePort}`;
        const ports = targets.get(key) ?? new Set<string>();
        targets.set(key, ports.add(`${destination} ${destinationPort}`));
      }
      const many = new Set([...targets].filter(([, ports]) => ports.size >= 5).map(([key]) => key));
      const held = raw.filter(({ sequence, sourcePort }) => many.has(`${sequence} ${sourcePort}`)).length;
      return held === 0 ? undefined : { held, of: openings.length, unit: 'first packets' };
    },
  },
  {
    id: 'nmap/stealth',
    tool: 'Nmap',
    rule: 'the form of its FIN, NULL and Xmas scans (window 1024, no options)',
    confidence: 'high',
    evasions: '--scanflags, a changed build',
    origin: `Nmap 7.93; ${CAPTURED}`,
    find: (openings) => {
      const held = openings.filter(
        ({ flags, window, options, df }) =>
          STEALTH_FLAGS.has(flags) && window === 1024 && options === '' && !df,
      ).length;
      return held < 3 ? undefined : { held, of: openings.length, unit: 'first packets' };
    },
  },
  {
    id: 'nmap/os-detection',
    tool: 'Nmap',
    rule: 'the probes of its OS detection (three or more of six fixed SYNs)',
    confidence: 'very high',
    evasions: 'none known',
    origin: `Nmap 7.93, osscan2.cc; ${CAPTURED}`,
    find: (openings) => {
      const found = openings.filter((opening) => isSyn(opening) && OS_DETECTION.has(muonFpOf(opening)));
      return new Set(found.map(muonFpOf)).size < 3
        ? undefined
        : count(openings, 3, (opening) => OS_DETECTION.has(muonFpOf(opening)));
    },
  },
  {
    id: 'nmap/decoys',
    tool: 'Nmap',
    rule: 'its decoys (IP-ID, sequence number and source port the same from several sources)',
    confidence: 'very high',
    evasions: 'none known',
    origin: `Nmap 7.93 -D; ${CAPTURED}`,
    find: (openings) => {
      const sources = new Map<string, Set<string>>();
      const keyOf = (opening: Opening): string =>
        `${opening.ipId} ${opening.sequence} ${opening.sourcePort} ${opening.destination} ${opening.destinationPort}`;
      for (const opening of openings) {
        if (opening.ipId === 0) continue;
        const same = sources.get(keyOf(opening)) ?? new Set<string>();
        sources.set(keyOf(opening), same.add(opening.source));
      }
      const held = [...sources.values()].filter((same) => same.size >= 2).length;
      return held < 3 ? undefined : { held, of: sources.size, unit: 'probes' };
    },
  },
  {
    id: 'hping3/form',
    tool: 'hping3',
    rule: 'its form (window 512, no options, an acknowledgement number without ACK)',
    confidence: 'very high',
    evasions: '-w, -L, -M',
    origin: `hping3 3.a2.ds2; ${CAPTURED}`,
    find: (openings) => {
      const held = openings.filter(
        ({ window, options, flags, acknowledgement }) =>
          window === 512 && options === '' && (flags & 0x10) === 0 && acknowledgement !== 0,
      ).length;
      return held < 3 ? undefined : { held, of: openings.length, unit: 'first packets' };
    },
  },
];
