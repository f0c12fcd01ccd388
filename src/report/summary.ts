import type { ExposureSummary } from '../findings/summary.ts';
import type { ReconSummary } from '../recon/model/recon-summary.ts';

/** The one summary object behind text, JSON, Markdown, HTML and alerts: of either half, told apart by `half`. */
export type Summary = ExposureSummary | ReconSummary;
