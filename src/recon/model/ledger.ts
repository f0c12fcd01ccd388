import { z } from 'zod';
import { Fault } from '../../fault/fault.ts';
import { formatPrefix, parsePrefix, type Prefix } from '../../net/prefix.ts';
import { fromMillis, parseInstant, type Instant } from '../../time/instant.ts';
import { SCTP, TCP, UDP } from './ip-protocol.ts';
import type { AuthorisedScan } from './site.ts';

/** Windows that one entry may come to after repetition: ten years of days. */
const MAX_WINDOWS = 4_000;
/** Widest block that may be a source: an entry that everybody fits would authorise everybody. */
const WIDEST_SOURCE = { 4: 8, 6: 16 } as const;

const PROTOCOLS: Readonly<Record<string, number>> = { tcp: TCP, udp: UDP, sctp: SCTP };

const given = (description: string) => z.string().min(1).max(200).meta({ description });

const block = z.string().transform((text, context): Prefix => {
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return prefix;
  context.addIssue(`${JSON.stringify(text)} is not an address or an address block in CIDR notation`);
  return z.NEVER;
});

const source = block.refine(
  (prefix) => prefix.length >= WIDEST_SOURCE[prefix.family],
  `a block of sources must not be wider than /${WIDEST_SOURCE[4]} (IPv4) or /${WIDEST_SOURCE[6]} (IPv6): it would authorise everybody`,
);

const moment = z.string().transform((text, context): Instant => {
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  context.addIssue(`${JSON.stringify(text)} is not a time such as 2026-03-02T22:00:00Z`);
  return z.NEVER;
});

const ports = z
  .string()
  .transform(
    (text, context): { readonly protocol: number; readonly range: readonly [from: number, to: number] } => {
      const match = /^(?:(\d{1,5})(?:-(\d{1,5}))?\/)?(tcp|udp|sctp)$/.exec(text);
      const protocol = PROTOCOLS[match?.[3] ?? ''];
      const from = Number(match?.[1] ?? 0);
      const to = Number(match?.[2] ?? match?.[1] ?? 65_535);
      if (protocol !== undefined && from <= to && to <= 65_535) return { protocol, range: [from, to] };
      context.addIssue(`${JSON.stringify(text)} is none of 443/tcp, 1-1024/tcp or udp`);
      return z.NEVER;
    },
  );

const scanWindow = z
  .strictObject({
    from: moment,
    to: moment,
    repeat: z.enum(['daily', 'weekly']).optional(),
    until: moment.optional(),
  })
  .refine(({ from, to }) => from < to, { message: 'must begin before it ends', path: ['to'] })
  .refine(({ repeat, until }) => (repeat === undefined) === (until === undefined), {
    message: 'repeat and until belong together: say until when it repeats',
    path: ['until'],
  });

/** A ledger file: see docs/ledger.md. */
const ledgerFile = z.strictObject({
  version: z.literal(1, 'must be 1'),
  scans: z.array(
    z.strictObject({
      id: z
        .string()
        .regex(
          /^[\p{L}\p{N}][\p{L}\p{N}._/-]{0,63}$/u,
          'must begin with a letter or digit and hold at most 64 letters, digits, ".", "_", "-" or "/"',
        ),
      owner: given('Who answers for it.'),
      ticket: z.string().max(200).default(''),
      sources: z.array(source).min(1, 'must name at least one address'),
      targets: z.array(block).min(1, 'must name at least one address block'),
      ports: z.array(ports).min(1, 'must not be empty: leave it out for all ports').optional(),
      windows: z.array(scanWindow).min(1, 'must hold at least one window'),
      ratePerSecond: z.number().positive().optional(),
      logins: z.boolean().default(false),
    }),
  ),
});

/**
 * The authorised scans of a ledger file.
 * @param value the parsed YAML
 * @param file its name, for messages
 * Throws a Fault `ledger/not-valid` that lists everything wrong with it: a ledger is right or is not used, because
 * half a ledger authorises something else than what somebody signed.
 */
export function parseLedger(value: unknown, file: string): readonly AuthorisedScan[] {
  const parsed = ledgerFile.safeParse(value);
  if (!parsed.success) {
    const [first, ...rest] = parsed.error.issues.map((issue) => ({
      field: issue.path.map(String).join('.'),
      message: issue.message,
    }));
    throw notValid(file, first?.field ?? '', [
      first?.message ?? '',
      ...rest.map(({ field, message }) => `${field}: ${message}`),
    ]);
  }
  const ids = new Set<string>();
  return parsed.data.scans.map((scan, index): AuthorisedScan => {
    if (ids.has(scan.id))
      throw notValid(file, `scans.${index}.id`, [`the id ${JSON.stringify(scan.id)} is there twice`]);
    ids.add(scan.id);
    const windows = scan.windows.flatMap(repeated);
    if (windows.length > MAX_WINDOWS)
      throw notValid(file, `scans.${index}.windows`, [
        `comes to ${windows.length} windows, at most ${MAX_WINDOWS} are taken`,
      ]);
    return {
      id: scan.id,
      owner: scan.owner,
      ticket: scan.ticket,
      sources: scan.sources,
      targets: scan.targets,
      ports: scan.ports === undefined ? undefined : byProtocol(scan.ports),
      windows: windows.toSorted((a, b) => a.from - b.from || a.to - b.to),
      ratePerSecond: scan.ratePerSecond,
      logins: scan.logins,
    };
  });
}

const DAY = fromMillis(86_400_000);

/** Every repetition is the same hours of UTC; the last one begins before `until`, and ends by it. */
function repeated({ from, to, repeat, until }: z.output<typeof scanWindow>): AuthorisedScan['windows'] {
  if (repeat === undefined || until === undefined) return [{ from, to }];
  const step = repeat === 'daily' ? DAY : 7 * DAY;
  const windows: { from: Instant; to: Instant }[] = [];
  for (let shift = 0; from + shift < until && windows.length <= MAX_WINDOWS; shift += step) {
    windows.push({ from: (from + shift) as Instant, to: Math.min(to + shift, until) as Instant });
  }
  return windows;
}

function byProtocol(list: readonly z.output<typeof ports>[]): AuthorisedScan['ports'] {
  const map = new Map<number, (readonly [from: number, to: number])[]>();
  for (const { protocol, range } of list) {
    const ranges = map.get(protocol);
    if (ranges === undefined) map.set(protocol, [range]);
    else ranges.push(range);
  }
  return map;
}

function notValid(file: string, field: string, messages: readonly string[]): Fault {
  return new Fault(
    'ledger/not-valid',
    `the ledger of authorised scans is not valid: ${messages.join('; ')}`,
    'Correct it: docs/ledger.md says what belongs there.',
    { file, field },
  );
}

/** `10.0.5.10 → 10.0.0.0/8, all ports`: an entry in one line, for lists. */
export function describeAuthorisedScan(scan: AuthorisedScan): string {
  const names = Object.fromEntries(Object.entries(PROTOCOLS).map(([name, number]) => [number, name]));
  const touched =
    scan.ports === undefined
      ? 'all ports'
      : [...scan.ports]
          .flatMap(([protocol, ranges]) =>
            ranges.map(([from, to]) =>
              from === 0 && to === 65_535
                ? names[protocol]
                : `${from === to ? from : `${from}-${to}`}/${names[protocol]}`,
            ),
          )
          .join(', ');
  return `${scan.sources.map(blockText).join(', ')} → ${scan.targets.map(blockText).join(', ')}, ${touched}`;
}

function blockText(prefix: Prefix): string {
  return formatPrefix(prefix).replace(prefix.family === 4 ? /\/32$/ : /\/128$/, '');
}
