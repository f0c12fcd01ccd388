import * as z from 'zod';

/**
 * The parts that the documents of the API are made of. Everything here is the wire form: times are ISO 8601 in UTC,
 * addresses and ports are text, and what is not known is null, so that every field is always there.
 */

/** A time. */
export const Time = z.iso
  .datetime()
  .meta({ description: 'ISO 8601 in UTC.', example: '2026-11-22T04:02:00Z' });
/** A whole number of things. */
export const Count = z.int().nonnegative();
/** 0 to 100. */
export const Score = z.number().min(0).max(100);
/** An IP address in its canonical form. */
export const Address = z.string().meta({ description: 'IP address.', example: '10.0.0.5' });
/** A port as Nmap prints it. */
export const PortKey = z.string().meta({ description: 'Port and protocol.', example: '443/tcp' });
/** A string that was written by what was scanned or seen: never markup, never a link. */
export const Foreign = z.string().meta({ description: 'Written by the outside: treat as hostile text.' });

/** How bad it would be. */
export const Severity = z.enum(['info', 'low', 'medium', 'high', 'critical']);
/** The word for a risk. */
export const RiskLevel = z.enum(['low', 'medium', 'high', 'critical']);
/** A risk as a sum. */
export const Risk = z
  .object({
    level: RiskLevel,
    score: Score,
    parts: z
      .array(
        z.object({
          kind: z.enum(['category', 'most', 'floor', 'worst', 'breadth']),
          points: z.int().meta({ description: 'Negative for what is cut off above 100.' }),
          text: Foreign,
        }),
      )
      .meta({ description: 'Their points sum to the score; none when it is 0.' }),
  })
  .meta({ id: 'Risk' });
/** Which half of the product: what is open, or who scans. */
export const Half = z.enum(['exposure', 'recon']);
/** Where a finding stands. */
export const FindingState = z.enum(['open', 'acknowledged', 'expected', 'noise', 'confirmed', 'resolved']);
/** Who may do what: each includes the ones before. */
export const TokenRole = z.enum(['viewer', 'analyst', 'admin']);

/** A number for each severity. */
export const BySeverity = z.object({
  info: Count,
  low: Count,
  medium: Count,
  high: Count,
  critical: Count,
});

/** How sure, and what lowers it. */
export const Confidence = z.object({
  value: z.number().min(0).max(1),
  lowered: z.array(z.object({ reason: z.string(), factor: z.number() })),
});

/** Columns of a request: how much of a list, and from where on. */
export const PageQuery = z.object({
  limit: z.coerce
    .number<number | string>()
    .int()
    .min(1)
    .max(500)
    .default(50)
    .meta({ description: 'Items of a page at most.' }),
  cursor: z.string().min(1).max(1_000).optional().meta({
    description: '`next` of the page before. It belongs to the same filters and the same order.',
  }),
});

/** One page of a list: `next` is absent on the last one, `total` where counting it would cost more than the page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().optional().meta({ description: 'Give it as `cursor` for the next page.' }),
    total: Count.optional().meta({ description: 'Items on all pages, where that is known.' }),
  });
}

/** A query parameter that may be given several times. */
export function several<T extends z.ZodType>(value: T) {
  return z
    .union([value, z.array(value).max(100)])
    .transform((given) => (Array.isArray(given) ? given : [given]) as z.output<T>[])
    .optional();
}

/** A yes or no in a request. */
export const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** A time in a request; a date begins with that day in UTC. */
export const TimeParameter = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** Why something was done: kept with it. */
export const Note = z
  .string()
  .trim()
  .min(1)
  .max(2_000)
  .meta({ description: 'Why; kept with what was done.' });

/** RFC 9457, with our own members. */
export const Problem = z
  .object({
    type: z.string().meta({ description: '`urn:tidemark:problem:` and the code.' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'What went wrong, for programs.', example: 'finding/unknown' }),
    detail: z.string().meta({ description: 'What went wrong, for people.' }),
    fix: z.string().meta({ description: 'What to do about it.' }),
    fields: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'What is wrong with the request, part by part.' }),
    refused: z
      .array(
        z.object({
          target: Foreign,
          rule: z.string(),
          why: z.string(),
          means: z.string(),
          grant: z.string().nullable(),
        }),
      )
      .optional()
      .meta({ description: 'What the scope refused.' }),
  })
  .meta({ id: 'Problem', description: 'Problem details after RFC 9457.' });

export type Severity = z.output<typeof Severity>;
export type RiskLevel = z.output<typeof RiskLevel>;
export type Risk = z.output<typeof Risk>;
export type Half = z.output<typeof Half>;
export type FindingState = z.output<typeof FindingState>;
export type TokenRole = z.output<typeof TokenRole>;
export type BySeverity = z.output<typeof BySeverity>;
export type Confidence = z.output<typeof Confidence>;
export type Problem = z.output<typeof Problem>;
