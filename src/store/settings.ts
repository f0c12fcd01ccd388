/**
 * Settings of every connection, in every mode, so that the same query gives the same text
 * everywhere: whole 64-bit integers (quoted, since JSON.parse rounds bare ones), times in UTC as
 * ISO 8601, and times read in any sane spelling.
 */
export const SESSION_SETTINGS = {
  output_format_json_quote_64bit_integers: 1,
  session_timezone: 'UTC',
  date_time_output_format: 'iso',
  date_time_input_format: 'best_effort',
  cast_string_to_date_time_mode: 'best_effort',
  // Room for parameters written into statements; the default of 256 KiB is for typed text.
  max_query_size: 67_108_864,
} as const;

/** An unknown column or a null where none may be is an error, never a silent default. */
export const INSERT_SETTINGS = {
  input_format_skip_unknown_fields: 0,
  input_format_null_as_default: 0,
} as const;

/** Over HTTP a query whose reader has gone is stopped, and errors come as text in the answer's own format. */
export const HTTP_SETTINGS = {
  cancel_http_readonly_queries_on_client_close: 1,
  // An error would otherwise look like one more row.
  http_write_exception_in_output_format: 0,
} as const;

/**
 * On a cluster: an insert is acknowledged when the shards have it; a subquery over a spread table is
 * answered by all shards and not by each from its own part; a missing shard is an error, since an
 * answer without it would be a part of the truth.
 */
export const CLUSTER_SETTINGS = {
  distributed_foreground_insert: 1,
  distributed_product_mode: 'global',
  skip_unavailable_shards: 0,
} as const;
