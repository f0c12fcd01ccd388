import { Button } from './button.tsx';
import { Inert } from './inert.tsx';
import './filter-bar.css';

/** The filters above a list. */
export function FilterBar({ children }: { readonly children: React.ReactNode }) {
  return (
    <section className="filter-bar" aria-label="Filters">
      {children}
    </section>
  );
}

/** Choices of which several may be on, with what each would leave. */
export function Chips<T extends string>({
  label,
  options,
  chosen,
  counts,
  show,
  onChange,
}: {
  readonly label: string;
  readonly options: readonly T[];
  readonly chosen: readonly T[];
  /** Undefined while they are not known: that is not the same as none. */
  readonly counts?: ReadonlyMap<string, number> | undefined;
  readonly show: (option: T) => React.ReactNode;
  readonly onChange: (chosen: readonly T[]) => void;
}) {
  return (
    <div className="chips" role="group" aria-label={label}>
      {options.map((option) => {
        const on = chosen.includes(option);
        return (
          <Button
            key={option}
            aria-pressed={on}
            onClick={() => onChange(on ? chosen.filter((each) => each !== option) : [...chosen, option])}
          >
            {show(option)}
            {counts !== undefined && (
              <span className="num chip-count">{(counts.get(option) ?? 0).toLocaleString('en')}</span>
            )}
          </Button>
        );
      })}
    </div>
  );
}

/** A filter that came with a link and has no field of its own: shown as it is, and taken away with a click. */
export function GivenFilter({
  name,
  value,
  onRemove,
}: {
  readonly name: string;
  readonly value: string | undefined;
  readonly onRemove: () => void;
}) {
  if (value === undefined) return undefined;
  return (
    <Button icon="close" onClick={onRemove} title="Take this filter away">
      {name} <Inert text={value} most={60} />
    </Button>
  );
}
