/**
 * A value of the model while it is being built. Optional members are assigned when they are there: the
 * readers build millions of these, and a spread for each would double their cost.
 */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
