import { z } from 'zod';
import { exposureConfig } from '../exposure/config.ts';

/** tidemark.yaml as a whole: one key per room, and what belongs to no room. */
export const configSchema = z
  .strictObject({
    dataDir: z.string().min(1).optional().meta({
      description:
        'Where the history is kept. Relative to this file. Default: .tidemark beside this file; without a file, tidemark in the user data directory (XDG_DATA_HOME).',
    }),
    exposure: exposureConfig,
  })
  .meta({ title: 'tidemark.yaml', description: 'Configuration of Tidemark.' });

/** What the file says, with every default filled in but `dataDir`. */
export type ConfigInFile = z.output<typeof configSchema>;

/** The configuration in effect: every path absolute. */
export interface Config extends ConfigInFile {
  /** Absolute. */
  readonly dataDir: string;
}
