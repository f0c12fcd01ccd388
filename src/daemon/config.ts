import { z } from 'zod';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

const watcher = z.strictObject({
  name: z
    .string()
    .regex(NAME, 'must hold at most 40 letters, digits, ".", "_" or "-"')
    .meta({ description: 'Name of the watcher, in status and metrics.' }),
  paths: z.array(z.string().min(1)).min(1).meta({
    description:
      'Files, folders and patterns that are followed, as `tidemark watch` does. Relative to this file.',
  }),
  sensor: z.string().min(1).max(64).optional().meta({
    description: 'Name of the sensor; recon.sensor when left out.',
  }),
  sampling: z.number().int().min(1).max(1_000_000).optional().meta({
    description: 'One of how many packets; recon.sampling when left out.',
  }),
  utcOffsetMinutes: z.number().int().min(-720).max(840).optional().meta({
    description: 'Minutes east of UTC of times without a zone; recon.utcOffsetMinutes when left out.',
  }),
});

const seconds = (byDefault: number, least: number, most: number, description: string) =>
  z.number().int().min(least).max(most).default(byDefault).meta({ description });

/** The `serve` section of the configuration: what the daemon does. */
export const serveConfig = z
  .strictObject({
    socket: z.string().min(1).optional().meta({
      description:
        'Socket over which other commands reach the daemon, where the data directory cannot hold one. Relative to this file.',
    }),
    drop: z
      .strictObject({
        folder: z.string().min(1).optional().meta({
          description:
            'Folder whose scans are imported and assessed as they appear; none when left out. Relative to this file.',
        }),
        settleSeconds: seconds(
          10,
          1,
          86_400,
          'Seconds for which a file must not have changed; one that is moved in has been quiet already.',
        ),
        afterwards: z.enum(['move', 'keep']).default('move').meta({
          description:
            'What becomes of a file that was read: moved to done/ or refused/ below the folder, or left where it is.',
        }),
      })
      .prefault({})
      .meta({ description: 'Scans from elsewhere.' }),
    watch: z
      .array(watcher)
      .default([])
      .refine(
        (all) => new Set(all.map(({ name }) => name)).size === all.length,
        'must each have another name',
      )
      .meta({ description: 'Telemetry that is followed.' }),
    detectSeconds: seconds(
      900,
      10,
      86_400,
      'Seconds between two judgements of all telemetry, when there is something new. Watchers judge what they read at once.',
    ),
    deliverSeconds: seconds(
      30,
      1,
      3_600,
      'Seconds between two looks at what waits for delivery; new findings are sent at once.',
    ),
    housekeepingSeconds: seconds(3_600, 60, 86_400, 'Seconds between two looks at the health of the store.'),
    stopSeconds: seconds(
      30,
      1,
      3_600,
      'Seconds that everything has to come to an orderly end; what is not done by then is done by the next start.',
    ),
  })
  .prefault({})
  .meta({ description: 'What `tidemark serve` does.' });

/** The section as the program sees it. */
export type ServeConfig = z.output<typeof serveConfig>;

/** One watcher of the section. */
export type WatcherConfig = ServeConfig['watch'][number];
