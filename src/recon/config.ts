import { z } from 'zod';
import { parsePrefix } from '../net/prefix.ts';
import { ROLES } from './model/episode.ts';

const prefix = z
  .string()
  .refine((text) => parsePrefix(text) !== undefined, 'must be an address block in CIDR notation');

const days = (byDefault: number, description: string) =>
  z.number().int().min(1).max(3650).default(byDefault).meta({ description });

/** The `recon` section: what is known about the network that telemetry comes from, and how it is judged. */
export const reconConfig = z
  .strictObject({
    networks: z
      .array(prefix)
      .default(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fe80::/10'])
      .meta({
        description:
          'Our own address blocks. The default is private address space (RFC 1918, 6598, 4193, 4291); add your public blocks.',
      }),
    dark: z.array(prefix).default([]).meta({
      description: 'Blocks of ours in which no machine is: a contact with one weighs more.',
    }),
    sensor: z.string().min(1).max(64).default('default').meta({
      description:
        'Name of the sensor that imported telemetry comes from. The same record from two sensors is two records.',
    }),
    sampling: z.number().int().min(1).max(1_000_000).default(1).meta({
      description:
        'One of how many packets the sensor looks at, where the records do not say. With sampling, silence says nothing.',
    }),
    utcOffsetMinutes: z.number().int().min(-720).max(840).default(0).meta({
      description: 'Minutes east of UTC of times without a zone (syslog, nfdump CSV, Argus).',
    }),
    roles: z
      .array(
        z.strictObject({
          network: prefix.meta({
            description: 'Whom it concerns, in CIDR notation; 10.0.0.5/32 for one host.',
          }),
          role: z.enum(ROLES).meta({ description: 'What these machines are.' }),
          why: z.string().min(1).max(200).default('configured').meta({ description: 'A word on it.' }),
        }),
      )
      .default([])
      .meta({
        description: 'Roles of machines, where they are not to be learned. The longest block speaks.',
      }),
    ledger: z.array(z.string().min(1)).default([]).meta({
      description: 'Files with authorised scans (YAML). Relative to this file.',
    }),
    asn: z.string().min(1).optional().meta({
      description:
        'Table of address blocks and their autonomous systems (TSV: first address, last address, number, country, name, as iptoasn.com gives it; may be gz). Relative to this file.',
    }),
    detection: z
      .strictObject({
        thetaBenign: z.number().min(0.5).max(0.999).default(0.92).meta({
          description: 'Share of first contacts that are answered when nobody scans.',
        }),
        thetaScan: z.number().min(0.001).max(0.5).default(0.1).meta({
          description: 'Share of first contacts that are answered in a scan.',
        }),
        alpha: z.number().min(1e-9).max(0.01).default(1e-4).meta({
          description: 'Chance of an alarm without a scan, per source, that is accepted.',
        }),
        horizonDays: days(30, 'How many days of first contacts are judged together.'),
        quietHours: z.number().min(1).max(720).default(72).meta({
          description: 'An episode ends when its source made no new contact for so many hours.',
        }),
      })
      .prefault({})
      .meta({ description: 'The sequential test.' }),
    retention: z
      .strictObject({
        flowDays: days(30, 'Days that flows are kept.'),
        eventDays: days(90, 'Days that application events, alerts and process events are kept.'),
        contactDays: days(180, 'Days that first contacts and the history of services are kept.'),
      })
      .prefault({})
      .meta({ description: 'How long telemetry is kept. Episodes are kept for ever.' }),
    latenessSeconds: z.number().int().min(0).max(3600).default(30).meta({
      description: 'How long `watch` waits for records that come late before it calls an hour complete.',
    }),
  })
  .prefault({})
  .meta({ description: 'Telemetry and findings about reconnaissance.' });

/** The section as the program sees it, defaults filled in. */
export type ReconConfig = z.output<typeof reconConfig>;
