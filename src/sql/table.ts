/** A column as ClickHouse declares it, with the sentence that the reference and the schema both show. */
export interface Column {
  readonly name: string;
  /** ClickHouse type: `LowCardinality(String)`, `Array(UInt16)`, `DateTime64(6)`. */
  readonly type: string;
  /** What it means, in one sentence, with its unit. */
  readonly comment: string;
  /** `CODEC(…)` arguments, when not the server's default: `ZSTD(3)`. */
  readonly codec?: string;
  /** Text after the type: `DEFAULT now64(6)`, `EPHEMERAL`, `MATERIALIZED …`. */
  readonly expression?: string;
}

/**
 * A table of the append-only history, as an inert value. On a cluster store/ makes of it a local
 * table per shard and a Distributed table of the given name over them; statements always use the
 * plain name.
 */
export interface Table {
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly Column[];
  readonly engine: 'MergeTree' | `ReplacingMergeTree(${string})` | 'AggregatingMergeTree';
  readonly orderBy: readonly string[];
  readonly partitionBy?: string;
  /** Deterministic expression that spreads rows over shards: rows that are joined or grouped share it. */
  readonly shardBy: string;
  /** True for history that must survive a power cut: fsync after insert. */
  readonly durable: boolean;
  /** Skipping indices. */
  readonly indices?: readonly TableIndex[];
  /** MergeTree settings besides those of `durable`. */
  readonly settings?: Readonly<Record<string, number>>;
}

/** A data skipping index. */
export interface TableIndex {
  readonly name: string;
  readonly expression: string;
  /**
   * `bloom_filter`: for values of which few rows have each; one block in forty is read in vain. `ngrambf_v1`: for parts of
   * texts, by pieces of so many octets in a filter of so many octets with so many functions.
   */
  readonly type: 'minmax' | 'bloom_filter' | `ngrambf_v1(${number}, ${number}, ${number}, 0)`;
  /** Granules that it speaks of at a time; 1 unless given. */
  readonly granularity?: number;
}

/**
 * A materialized view: every row that is put into one table also makes a row of another. On a cluster it goes from a shard's part to the same shard's part, so both tables must be spread alike.
 */
export interface MaterializedView {
  readonly name: string;
  readonly comment: string;
  readonly from: Table;
  readonly to: Table;
  /** Expressions by the name of the column of `to` that they fill. */
  readonly select: Readonly<Record<string, string>>;
}

/** A documented view: what `tidemark query` offers to people. */
export interface View {
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly Pick<Column, 'name' | 'type' | 'comment'>[];
  /** The SELECT behind it. */
  readonly select: string;
}
