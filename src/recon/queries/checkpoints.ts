import { z } from 'zod';
import type { Row } from '../../sql/ports.ts';
import { query } from '../../sql/query.ts';
import { formatColumnTime, type Instant } from '../../time/instant.ts';
import { count } from './columns.ts';

/** How far a file that grows has been read, as it is kept: what the follower of files gives and takes. */
export interface StoredCheckpoint {
  /** The same for the same content for ever. */
  readonly key: string;
  readonly path: string;
  readonly device: string;
  readonly inode: string;
  readonly headBytes: number;
  readonly headSha256: string;
  readonly offset: number;
  readonly line: number;
  /** When the file had last been written, in ms since 1970. */
  readonly modified: number;
  readonly ended: boolean;
}

/** The row of telemetry_checkpoint. To be written when everything before it is in the store. */
export function encodeCheckpoint(sensor: string, checkpoint: StoredCheckpoint, at: Instant): Row {
  const { headBytes, headSha256, ...rest } = checkpoint;
  return {
    ...rest,
    sensor,
    at: formatColumnTime(at),
    head_bytes: headBytes,
    head_sha256: headSha256,
  };
}

/** Where every file of a sensor stands, by key. */
export const checkpointsOfSensor = query(
  'recon.checkpoints.of-sensor',
  `
SELECT key, path, device, inode, head_bytes, head_sha256, offset, line, modified, ended
FROM telemetry_checkpoint FINAL
WHERE sensor = {sensor:String}
ORDER BY key`,
  z
    .object({
      key: z.string(),
      path: z.string(),
      device: z.string(),
      inode: z.string(),
      head_bytes: count,
      head_sha256: z.string(),
      offset: count,
      line: count,
      modified: count,
      ended: z.boolean(),
    })
    .transform(({ head_bytes: headBytes, head_sha256: headSha256, ...rest }): StoredCheckpoint => ({
      ...rest,
      headBytes,
      headSha256,
    })),
);
