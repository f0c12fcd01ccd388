import type { Instant } from '../../time/instant.ts';
import type { Sender } from '../sink.ts';

/** The version of the Open Cybersecurity Schema Framework that the attributes are taken from. */
const OCSF_VERSION = '1.3.0';

/** The `metadata` that every event of OCSF has. */
export function metadataOf(key: string, { version }: Sender): Readonly<Record<string, unknown>> {
  return {
    version: OCSF_VERSION,
    uid: key,
    product: { name: 'Tidemark', vendor_name: 'Tidemark', version },
  };
}

/** A time of OCSF: milliseconds since 1970. */
export function millis(instant: Instant): number {
  return Math.floor(instant / 1e3);
}
