import { z } from 'zod';
import { HANDSHAKES, type Opening } from '../../fingerprint/opening.ts';
import { query } from '../../sql/query.ts';
import { OPENINGS_PER_SOURCE } from '../model/activity-reader.ts';
import { address, addressText, count, instant, micros, TIMED_IN_SCOPE } from './columns.ts';

/** compareOpenings in SQL. */
const ORDER = `t.time, ${addressText('t.destination')}, destination_port, source_port, syn_sequence, syn_acknowledgement, syn_ip_id, syn_ttl,
    syn_window, syn_flags, syn_options, syn_quirks, syn_ip_options, syn_payload, syn_size, syn_fragments, syn_df, syn_tiny_fragments,
    source_packets, duration, handshake`;

/** Number of a Handshake by the outcome: openingOfFlow in SQL. */
const HANDSHAKE =
  "transform(toString(outcome), ['silent', 'refused', 'half-open', 'answered'], [1, 2, 3, 4], 0)";

/** Sources that are listed as having first packets. */
export const SOURCES_LISTED = 10_000;

/** Sources of which a capture saw first packets, one more than are listed where there are more. */
export const sourcesWithOpenings = query(
  'recon.openings.sources',
  `SELECT DISTINCT source FROM flow WHERE syn_size > 0 LIMIT ${SOURCES_LISTED + 1}`,
  z.object({ source: address }),
);

/** First packets of one source's flows; parameters `source`, `from` and `to`. */
export const openingsOf = query(
  'recon.openings.of-source',
  `
SELECT ${micros('t.time')} AS at, source, source_port, destination, destination_port, syn_size, syn_ttl, syn_window, syn_ip_id,
    syn_sequence, syn_acknowledgement, syn_flags, syn_options, syn_quirks, syn_ip_options, syn_payload, syn_df,
    syn_fragments, syn_tiny_fragments, source_packets, duration, ${HANDSHAKE} AS handshake
FROM flow AS t FINAL
WHERE source = {source:IPv6} AND syn_size > 0 AND ${TIMED_IN_SCOPE}
ORDER BY ${ORDER}
LIMIT ${OPENINGS_PER_SOURCE}`,
  z
    .object({
      at: instant,
      source: address,
      source_port: count,
      destination: address,
      destination_port: count,
      syn_size: count,
      syn_ttl: count,
      syn_window: count,
      syn_ip_id: count,
      syn_sequence: count,
      syn_acknowledgement: count,
      syn_flags: count,
      syn_options: z.string(),
      syn_quirks: z.string(),
      syn_ip_options: count,
      syn_payload: count,
      syn_df: z.boolean(),
      syn_fragments: count,
      syn_tiny_fragments: z.boolean(),
      source_packets: count,
      duration: count,
      handshake: count,
    })
    .transform((row): Opening => ({
      time: row.at,
      source: row.source,
      sourcePort: row.source_port,
      destination: row.destination,
      destinationPort: row.destination_port,
      size: row.syn_size,
      ttl: row.syn_ttl,
      window: row.syn_window,
      ipId: row.syn_ip_id,
      sequence: row.syn_sequence,
      acknowledgement: row.syn_acknowledgement,
      flags: row.syn_flags,
      options: row.syn_options,
      quirks: row.syn_quirks,
      ipOptions: row.syn_ip_options,
      payload: row.syn_payload,
      df: row.syn_df,
      fragments: row.syn_fragments,
      tinyFragments: row.syn_tiny_fragments,
      packets: row.source_packets,
      duration: row.duration,
      handshake: HANDSHAKES[row.handshake] ?? 'unknown',
    })),
);
