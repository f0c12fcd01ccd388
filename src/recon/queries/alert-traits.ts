import { z } from 'zod';
import { query } from '../../sql/query.ts';
import { TRAITS_PER_SOURCE } from '../model/contact.ts';
import { address, addressText, count, instant, micros, TIMED_IN_SCOPE } from './columns.ts';

/** Alerts by source, destination port and signature. */
export const alertTraits = query(
  'recon.alert-traits.of-sources',
  `
SELECT source, destination, destination_port AS port, provider, signature, signature_id,
    minIf(ids_alert.category, ids_alert.category != '') AS category,
    minIf(ids_alert.severity, ids_alert.severity != 0) AS severity,
    ${micros('min(time)')} AS first, ${micros('max(time)')} AS last, count() AS events
FROM ids_alert FINAL
WHERE source IN {sources:Array(IPv6)} AND ${TIMED_IN_SCOPE}
GROUP BY source, destination, destination_port, provider, signature, signature_id
ORDER BY source, first, ${addressText('destination')}, port, provider, signature, signature_id
LIMIT ${TRAITS_PER_SOURCE} BY source`,
  z
    .object({
      source: address,
      destination: address,
      port: count,
      provider: z.string(),
      signature: z.string(),
      signature_id: count,
      category: z.string(),
      severity: count,
      first: instant,
      last: instant,
      events: count,
    })
    .transform(({ source, signature_id: signatureId, ...trait }) => ({
      source,
      trait: { ...trait, signatureId },
    })),
);
