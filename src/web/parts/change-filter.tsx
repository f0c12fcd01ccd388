import type { Change, DiffPage } from '../../api/scans.ts';
import { CHANGE_WORDS } from './changes.tsx';
import { Chips } from './filter-bar.tsx';
import { useFilters } from './filters.ts';
import { SearchField } from './search-field.tsx';

const KINDS = Object.keys(CHANGE_WORDS) as Change['kind'][];

/** Which changes of a comparison are shown, kept in the address. */
export interface ChangeFilter {
  readonly kinds: readonly Change['kind'][];
  readonly text: string | undefined;
  /** Is anything left out? */
  readonly given: boolean;
  /** The same as the API takes it. */
  readonly query: { readonly kind?: Change['kind'][]; readonly text?: string };
  readonly set: (change: { readonly kind?: readonly Change['kind'][]; readonly text?: string }) => void;
}

/** See ChangeFilter. */
export function useChangeFilter(): ChangeFilter {
  const { one, all, set } = useFilters<'kind' | 'text'>();
  const text = one('text');
  const kinds = KINDS.filter((kind) => all('kind').includes(kind));
  return {
    kinds,
    text,
    given: kinds.length > 0 || text !== undefined,
    query: { ...(kinds.length === 0 ? {} : { kind: kinds }), ...(text === undefined ? {} : { text }) },
    set,
  };
}

/** The fields of a ChangeFilter: a search, and the kinds that the comparison has, with how many of each. */
export function ChangeFilterFields({
  filter: { kinds, text, set },
  counts: counted,
}: {
  readonly filter: ChangeFilter;
  /** Undefined while the comparison is on its way. */
  readonly counts: DiffPage['counts'] | undefined;
}) {
  const counts = new Map<Change['kind'], number>(counted?.map(({ kind, count }) => [kind, count]));
  const there = KINDS.filter((kind) => counts.has(kind) || kinds.includes(kind));
  return (
    <>
      <SearchField
        label="Find in host or change"
        value={text ?? ''}
        onChange={(value) => set({ text: value })}
      />
      {there.length > 0 && (
        <Chips
          label="Kinds of change"
          options={there}
          chosen={kinds}
          counts={counts}
          show={(kind) => CHANGE_WORDS[kind].words}
          onChange={(kind) => set({ kind })}
        />
      )}
    </>
  );
}
