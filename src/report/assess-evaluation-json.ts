import { budgetsHeld, type AssessEvaluation } from '../evaluate/assess/evaluation.ts';
import { summaries } from '../evaluate/assess/summary.ts';
import { escapeJson } from './escape-json.ts';
import { nullForUndefined } from './null-for-undefined.ts';

/** Name of the document's shape; docs/evaluation-assess.md describes it. */
export const ASSESS_EVALUATION_SCHEMA = 'tidemark/evaluation-assess/1';

/** An evaluation as one JSON document with a final newline; what is not known is null. Harmless on a terminal, lossless. */
export function assessEvaluationJson(evaluation: AssessEvaluation): string {
  const document = {
    schema: ASSESS_EVALUATION_SCHEMA,
    budgetsHeld: budgetsHeld(evaluation),
    worlds: evaluation.worlds,
    summaries: summaries(evaluation),
    contenders: evaluation.contenders,
  };
  return `${escapeJson(nullForUndefined(document), 2)}\n`;
}
