import { z } from 'zod';
import { parseIpAddress } from '../net/ip-address.ts';

/** The `server` section of the configuration. */
export const serverConfig = z
  .strictObject({
    host: z
      .string()
      .refine((text) => parseIpAddress(text) !== undefined, 'must be an IP address, such as 127.0.0.1')
      .default('127.0.0.1')
      .meta({
        description:
          'Address on which the API and the dashboard listen. Beyond this machine only with tls.cert and tls.key.',
      }),
    port: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(7380)
      .meta({ description: 'Port; 0 takes any that is free.' }),
    names: z
      .array(
        z
          .string()
          .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'must be a host name')
          .transform((name) => name.toLowerCase()),
      )
      .default([])
      .meta({
        description:
          'Host names by which browsers reach it, besides localhost and IP addresses; requests for any other are refused.',
      }),
    tls: z
      .strictObject({
        cert: z
          .string()
          .min(1)
          .optional()
          .meta({ description: 'PEM file with the certificate, and those between it and the authority.' }),
        key: z
          .string()
          .min(1)
          .optional()
          .meta({ description: 'PEM file with the private key of that certificate.' }),
      })
      .refine(({ cert, key }) => (cert === undefined) === (key === undefined), 'needs cert and key together')
      .prefault({})
      .meta({ description: 'Certificate of the server. Relative to this file.' }),
    sessionHours: z.number().int().min(1).max(168).default(12).meta({
      description: 'Hours after which a browser has to log in again.',
    }),
    requestsPerMinute: z.number().int().min(10).max(1_000_000).default(3_000).meta({
      description: 'Requests of one token in a minute; more are refused for the rest of it.',
    }),
    streams: z.number().int().min(1).max(10_000).default(100).meta({
      description: 'Browsers that may follow live changes at once.',
    }),
  })
  .prefault({})
  .meta({ description: 'The API and the dashboard of `tidemark serve`.' });

/** The section as the program sees it. */
export type ServerConfig = z.output<typeof serverConfig>;
