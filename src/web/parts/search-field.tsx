import { useEffect, useRef, useState } from 'react';
import { Icon } from './icon.tsx';
import './search-field.css';

/** How long typing must rest before it counts. */
const RESTS_FOR = 250;

/** A field that filters as one types, not with every letter. */
export function SearchField({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const [typed, setTyped] = useState(value);
  const said = useRef(value);
  const tell = useRef(onChange);
  useEffect(() => {
    tell.current = onChange;
  });
  // Somebody else changed it: the way back, a link, a button that takes filters away.
  useEffect(() => {
    if (value !== said.current) {
      said.current = value;
      setTyped(value);
    }
  }, [value]);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (typed.trim() === said.current) return;
      said.current = typed.trim();
      tell.current(typed.trim());
    }, RESTS_FOR);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label className="search-field">
      <span className="sr">{label}</span>
      <Icon name="search" />
      <input
        type="search"
        placeholder={label}
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  );
}
