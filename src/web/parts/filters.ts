import { useSearchParams } from 'wouter';

/** The filters of a list, kept in the address, so that every state of it is a link. */
export interface Filters<K extends string> {
  /** The one value of a filter; undefined where it is not set. */
  readonly one: (key: K) => string | undefined;
  /** Every value of a filter that takes several. */
  readonly all: (key: K) => readonly string[];
  /** Sets one or several; undefined or nothing takes the filter away. */
  readonly set: (change: Readonly<Partial<Record<K, string | readonly string[] | undefined>>>) => void;
  /** Are any set, of these or of all? */
  readonly any: (keys: readonly K[]) => boolean;
}

/** See Filters. Typing replaces the address, so that the way back is not a way through letters. */
export function useFilters<K extends string>(): Filters<K> {
  const [search, setSearch] = useSearchParams();
  return {
    one: (key) => search.get(key) ?? undefined,
    all: (key) => search.getAll(key),
    any: (keys) => keys.some((key) => search.has(key)),
    set: (change) =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [key, value] of Object.entries(change) as [
            string,
            string | readonly string[] | undefined,
          ][]) {
            next.delete(key);
            for (const each of typeof value === 'string' ? [value] : (value ?? []))
              if (each !== '') next.append(key, each);
          }
          return next;
        },
        { replace: true },
      ),
  };
}
