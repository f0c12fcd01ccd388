import * as z from 'zod';
import { Fault } from '../fault/fault.ts';
import { escapeJson } from './escape-json.ts';
import { SummaryDocument } from './summary-schema.ts';
import type { Summary } from './summary.ts';

/**
 * The summary as a JSON document of schema `tidemark/summary/1` (docs/schemas/summary-1.json), indented, with a final
 * newline. Harmless on a terminal and inside HTML, and lossless: parseSummary gives back an equal Summary.
 */
export function summaryJson(summary: Summary): string {
  return `${escapeJson(z.encode(SummaryDocument, summary as z.output<typeof SummaryDocument>), 2)}\n`;
}

/**
 * Reads a document that summaryJson wrote, by this version or an earlier one of the same schema; unknown fields
 * are ignored. Throws a Fault `report/not-a-summary` that names the first wrong field.
 */
export function parseSummary(json: string): Summary {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (cause) {
    throw notASummary('it is not JSON', undefined, cause);
  }
  // Said of the schema first: without it, the half that is missing means nothing.
  const named = NamedDocument.safeParse(document);
  if (!named.success) throw firstIssue(named.error);
  const result = SummaryDocument.safeParse(document);
  if (!result.success) throw firstIssue(result.error);
  return result.data;
}

const NamedDocument = z.looseObject({ schema: z.literal('tidemark/summary/1') });

function firstIssue(error: z.ZodError): Fault {
  const [issue] = error.issues;
  return notASummary(issue?.message ?? 'it does not fit the schema', issue?.path.join('.'), error);
}

function notASummary(why: string, field: string | undefined, cause: unknown): Fault {
  return new Fault(
    'report/not-a-summary',
    `not a tidemark/summary/1 document: ${why}`,
    'Give a file that `tidemark assess --json` or `tidemark detect --json` wrote.',
    field === undefined ? {} : { field },
    { cause },
  );
}
