import * as z from 'zod';

const port = z.number().int().min(1).max(65_535);

/** One service of a lab host. TCP unless its kind is `snmp`, `ntp` or `mute` (UDP; the last never answers) or `dns` (both). */
const ServiceSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['http', 'https']),
    port,
    server: z.string(),
    title: z.string().optional(),
    status: z.string().optional(),
    headers: z.array(z.string()).optional(),
    body: z.string().optional(),
    /** Milliseconds before it answers. */
    delay: z.number().optional(),
    /** Paths of the certificate and its key; read for `https` only. */
    cert: z.string().default('cert.pem'),
    key: z.string().default('key.pem'),
  }),
  z.object({ kind: z.enum(['ssh', 'ftp', 'smtp']), port, banner: z.string() }),
  z.object({ kind: z.enum(['mysql', 'redis']), port, version: z.string() }),
  z.object({ kind: z.enum(['imap', 'postgres', 'rsync', 'lpd', 'quiet', 'ntp', 'mute']), port }),
  z.object({ kind: z.literal('telnet'), port, host: z.string() }),
  z.object({ kind: z.literal('rtsp'), port, server: z.string() }),
  z.object({ kind: z.literal('shell'), port, prompt: z.string() }),
  z.object({ kind: z.literal('snmp'), port, description: z.string() }),
  z.object({ kind: z.literal('dns'), port, version: z.string(), zone: z.record(z.string(), z.string()) }),
]);

/** What a service process is told to run. */
export type Service = z.output<typeof ServiceSchema>;

/** How a plan writes a service: defaults left out. */
export type ServicePlan = z.input<typeof ServiceSchema>;

/** From the JSON on a service process's command line; throws a ZodError on anything else. */
export function parseServices(json: string): Service[] {
  return z.array(ServiceSchema).parse(JSON.parse(json));
}
