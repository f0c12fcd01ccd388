import { z } from 'zod';

/** The `audit` section of the configuration. */
export const auditConfig = z
  .strictObject({
    file: z.string().min(1).default('audit.jsonl').meta({
      description:
        'The audit log: one line of JSON for each decision and each scan, chained by hashes. Left out: audit.jsonl in the data directory. When it cannot be written, nothing is scanned.',
    }),
  })
  .prefault({})
  .meta({ description: 'Who did what, when and why.' });
