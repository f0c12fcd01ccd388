import { z } from 'zod';
import { parsePrefix } from '../net/prefix.ts';

/**
 * A name that a person gives to a place or a series: it is part of file names, SQL results and
 * sentences, so it keeps to letters, digits, dot, dash, underscore and slash.
 */
const GIVEN_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._/-]{0,63}$/u;

/** What a given name must be, as the end of a sentence. */
export const GIVEN_NAME_RULE =
  'must begin with a letter or digit and hold at most 64 letters, digits, ".", "_", "-" or "/"';

/** Whether the text may name a place or a series, wherever it was given. */
export function isGivenName(text: string): boolean {
  return GIVEN_NAME.test(text);
}

const givenName = z.string().regex(GIVEN_NAME, GIVEN_NAME_RULE);

/**
 * Script arguments that may be secret: credentials that the scripts of profile `audit` take to read more (Nmap 7.93: smbauth.lua
 * for smb-os-discovery and smb-security-mode; creds.lua through snmp.lua for snmp-sysdescr, snmp-info and the like).
 */
const SECRET_ARGUMENTS = ['smbusername', 'smbpassword', 'smbdomain', 'smbhash', 'creds.snmp'] as const;

/** The `exposure` section: what is known about scans beyond what their files say. */
export const exposureConfig = z
  .strictObject({
    vantage: givenName.default('default').meta({
      description:
        'Where the scanner stands, e.g. office, dmz or internet. Scans from different vantages are never held against each other.',
    }),
    profile: givenName.default('auto').meta({
      description:
        'Name of the series that imported scans belong to. "auto" derives it from what each scan asked for, so that a quick scan is not compared with a full one.',
    }),
    networks: z
      .array(
        z.strictObject({
          prefix: z
            .string()
            .refine((text) => parsePrefix(text) !== undefined, 'must be an address block in CIDR notation')
            .meta({ description: 'Address block in CIDR notation, e.g. 10.20.0.0/16 or 2001:db8::/32.' }),
          identity: z.enum(['address', 'mac', 'hostname']).default('address').meta({
            description:
              'What makes a machine the same one in two scans that `tidemark diff` compares: mac or hostname where addresses are handed out anew (DHCP). A host without one is known by its address.',
          }),
        }),
      )
      .default([])
      .meta({
        description:
          'What is known of single networks; of several that hold a host the longest prefix speaks.',
      }),
    nmap: z.string().min(1).default('nmap').meta({
      description: 'The Nmap that `tidemark scan` runs: a name to be found in PATH, or a path.',
    }),
    secrets: z
      .partialRecord(
        z.enum(SECRET_ARGUMENTS),
        z
          .strictObject({
            env: z
              .string()
              .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
              .optional(),
            fd: z.int().min(3).max(1_023).optional(),
          })
          .refine(({ env, fd }) => (env === undefined) !== (fd === undefined), 'must name either env or fd'),
      )
      .default({})
      .meta({
        description:
          'Script arguments that are secret, for the profiles that run scripts: where each is read from, an environment variable (env) or an open file descriptor (fd). Never the secret itself.',
      }),
    verifyPauseSeconds: z.int().min(0).max(3_600).default(30).meta({
      description: 'Seconds between the two tries of `tidemark verify`.',
    }),
    hostTimeoutMinutes: z.int().min(1).max(10_080).default(30).meta({
      description: 'Minutes after which Nmap gives a single host up.',
    }),
    anomaly: z
      .strictObject({
        model: z.enum(['surprise', 'seed', 'off']).default('surprise').meta({
          description:
            'What says how unusual a host is: surprise learns from all scans of a vantage; seed is the first design, for comparison; off asks no model.',
        }),
        budget: z.number().positive().max(1_000).default(2).meta({
          description:
            'False alerts that are allowed in 1,000 host-scans: the one number to turn when there are too many alerts, or too few.',
        }),
      })
      .prefault({})
      .meta({ description: 'How unusual each host is, for itself and among its peers.' }),
    policy: z.array(z.string().min(1)).default([]).meta({
      description:
        'Policy files (YAML with CEL conditions) whose rules apply besides the built-in packs. Relative to this file.',
    }),
  })
  .prefault({})
  .meta({ description: 'Scans, baselines and findings about exposed services.' });

/** The section as the program sees it, defaults filled in. */
export type ExposureConfig = z.output<typeof exposureConfig>;
