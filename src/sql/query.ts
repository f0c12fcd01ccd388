import type { z } from 'zod';

/** How a ClickHouse type travels in a parameter. UInt64 and Int64 are bigint: a number loses bits past 2^53. */
interface ParameterTypes {
  String: string;
  Bool: boolean;
  UInt8: number;
  UInt16: number;
  UInt32: number;
  UInt64: bigint;
  Int64: bigint;
  Float64: number;
  IPv6: string;
  Identifier: string;
  'DateTime64(6)': string;
  "DateTime64(6, 'UTC')": string;
  'Array(String)': readonly string[];
  'Array(UInt16)': readonly number[];
  'Array(IPv6)': readonly string[];
}

/** Every value a parameter can have. */
export type ParameterValue = ParameterTypes[keyof ParameterTypes];

type ParameterOf<T extends string> = T extends keyof ParameterTypes ? ParameterTypes[T] : never;

/** Reads the {name:Type} placeholders out of the SQL text, so that text and parameters cannot drift apart. */
export type ParamsOf<
  S extends string,
  Acc = unknown,
> = S extends `${string}{${infer N}:${infer T}}${infer Rest}`
  ? ParamsOf<Rest, Acc & { readonly [K in N]: ParameterOf<T> }>
  : Acc;

/** A read, as an inert value: only store/ can run one. `decode` throws a ZodError when a row is not what it should be. */
export interface Query<P, R> {
  /** Room, topic, question: `exposure.runs.list`. Shown in logs and in the engine's query log. */
  readonly name: string;
  readonly text: string;
  readonly decode: (row: unknown) => R;
  /** Carries the parameter type; never set. */
  readonly __params?: P;
}

/** Declares a read. Parameter types are inferred from the text. */
export function query<const S extends string, R>(
  name: string,
  text: S,
  row: z.ZodType<R>,
): Query<ParamsOf<S>, R> {
  return { name, text, decode: (value) => row.parse(value) };
}

/** A statement that answers nothing (INSERT … SELECT, DELETE). */
export interface Command<P> {
  readonly name: string;
  readonly text: string;
  readonly __params?: P;
}

/** Declares a statement without an answer. */
export function command<const S extends string>(name: string, text: S): Command<ParamsOf<S>> {
  return { name, text };
}
