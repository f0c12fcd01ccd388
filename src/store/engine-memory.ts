/**
 * Server configuration of the embedded engine. The shares of the memory cap are those that were seen
 * to hold under load at 900 MB: a third of it for merges, two cores' worth of background work, and
 * no cache but for marks, which take a fraction of a percent of the data.
 */
export function engineConfiguration(memoryBytes: number): string {
  const values = {
    max_server_memory_usage: memoryBytes,
    mark_cache_size: 67_108_864,
    uncompressed_cache_size: 0,
    background_pool_size: 2,
    merges_mutations_memory_usage_soft_limit: Math.round(memoryBytes / 3),
  };
  const elements = Object.entries(values).map(([name, value]) => `  <${name}>${value}</${name}>`);
  // Any key below "logger" switches the engine's log on, at the level that "log-level" names ("trace"
  // when it names none), and the log goes to standard error when that or standard input is a terminal:
  // a thousand lines for each command. Both words are needed to keep it silent.
  const silence = '  <log-level>none</log-level>\n  <logger><level>none</level><console>0</console></logger>';
  return `<clickhouse>\n${elements.join('\n')}\n${silence}\n</clickhouse>\n`;
}

/** Per query: seven ninths of the cap in memory, spilling to disk from a third on. */
export function memorySettings(memoryBytes: number): Record<string, number> {
  const spill = Math.round(memoryBytes / 3);
  return {
    max_memory_usage: Math.round((memoryBytes * 7) / 9),
    max_bytes_before_external_group_by: spill,
    max_bytes_before_external_sort: spill,
    max_threads: 2,
  };
}
