import type { DataSetResult, LogResult, OtherFlagged } from '../evaluate/data-set-result.ts';
import type { ReconEvaluation } from '../evaluate/evaluation.ts';
import { formatInstant } from '../time/instant.ts';
import { escapeJson } from './escape-json.ts';
import { nullForUndefined } from './null-for-undefined.ts';

/** Name of the document's shape; docs/evaluation.md describes it. */
export const EVALUATION_SCHEMA = 'tidemark/evaluation-recon/1';

/**
 * An evaluation as one JSON document with a final newline. Instants are ISO 8601 in UTC; what is not known is null,
 * so that every field is always there. Harmless on a terminal and inside HTML, and lossless.
 */
export function evaluationJson(evaluation: ReconEvaluation): string {
  const document = {
    schema: EVALUATION_SCHEMA,
    seed: evaluation.seed,
    test: evaluation.test,
    parts: evaluation.parts,
    captures: evaluation.captures,
    dataSets: evaluation.dataSets.map(dataSetFields),
    notRead: evaluation.notRead,
    peers: evaluation.peers,
    stretch: evaluation.stretch,
  };
  return `${escapeJson(nullForUndefined(document), 2)}\n`;
}

function dataSetFields(result: DataSetResult): object {
  return {
    ...result,
    ...judgedFields(result),
    log: result.log === undefined ? undefined : { ...result.log, ...judgedFields(result.log) },
    unlabelled: result.unlabelled.map(otherFields),
  };
}

function judgedFields({ scanners, falseAlarms }: LogResult): object {
  return {
    scanners: scanners.map((scanner) => ({
      ...scanner,
      found:
        scanner.found === undefined ? undefined : { ...scanner.found, at: formatInstant(scanner.found.at) },
    })),
    falseAlarms: falseAlarms.map(otherFields),
  };
}

function otherFields(other: OtherFlagged): object {
  return { ...other, at: formatInstant(other.at) };
}
