import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = {
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** `900MB`, `1.5 GiB` → bytes, or undefined. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG]i?B)$/.exec(text.trim());
  const unit = UNITS[match?.[2] ?? ''];
  return match?.[1] === undefined || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/**
 * The least memory cap that is accepted. The engine counts the whole process: about 250 MB are
 * resident when it idles, and below this nothing but small reads succeeds.
 */
const LEAST_MEMORY = 500e6;

const memory = z
  .string()
  .refine(
    (text) => (parseBytes(text) ?? 0) >= LEAST_MEMORY,
    'must be a size of at least 500MB, like 900MB or 2GiB',
  )
  .transform((text) => parseBytes(text) ?? LEAST_MEMORY)
  .meta({ pattern: '^\\d+(\\.\\d+)? ?[KMG]i?B$' });

const url = z
  .string()
  .refine(
    (text) => /^https?:\/\/[^\s/?#@]+\/?$/.test(text),
    'must be http://host:port or https://host:port, without a path or a password',
  );

/** The `store` section of the configuration. */
export const storeConfig = z
  .strictObject({
    dataDir: z
      .string()
      .min(1)
      .default('.tidemark')
      .describe(
        'Directory that holds the history when no server is named. One process at a time has it open; the others work through the daemon when that is the one.',
      ),
    memory: memory
      .prefault('900MB')
      .describe(
        'Memory that the embedded engine may use in all; a query that needs more fails instead of the machine.',
      ),
    url: url
      .optional()
      .describe(
        'HTTP(S) address of a ClickHouse server, like http://localhost:8123; without it the history is embedded.',
      ),
    database: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a plain name')
      .default('tidemark')
      .describe('Database on the server; created when it is missing.'),
    user: z.string().default('default').describe('User on the server.'),
    password: z.string().default('').meta({
      description: 'Password of that user; better given by the environment than written here.',
      secret: true,
    }),
    cluster: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Name of a cluster in the server's configuration (system.clusters) over whose shards the rows are spread.",
      ),
    nodes: z
      .array(url)
      .default([])
      .describe('HTTP(S) addresses of every node of the cluster: tables are created on each in turn.'),
    tls: z
      .strictObject({
        ca: z
          .string()
          .optional()
          .describe('PEM file with the authority that signed the certificate of the server.'),
        cert: z
          .string()
          .optional()
          .describe('PEM file with our own certificate, when the server asks for one.'),
        key: z.string().optional().describe('PEM file with the private key of that certificate.'),
      })
      .prefault({})
      .describe('Certificates for an https address.'),
    timeoutSeconds: z
      .number()
      .int()
      .min(1)
      .default(300)
      .describe('Seconds without a byte from the server after which a query is given up.'),
  })
  .superRefine((section, context) => {
    const say = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (section.cluster !== undefined && section.nodes.length === 0)
      say('nodes', 'has to list every node when cluster is set');
    if (section.cluster === undefined && section.nodes.length > 0)
      say('cluster', 'has to be named when nodes are listed');
    if (section.tls.cert !== undefined && section.tls.ca === undefined)
      say('tls', 'needs ca beside cert and key');
    if ((section.tls.cert === undefined) !== (section.tls.key === undefined))
      say('tls', 'needs cert and key together');
  })
  .describe('Where the history is kept.');

/** The section with its defaults filled in; `memory` in bytes. */
export type StoreConfig = z.output<typeof storeConfig>;
