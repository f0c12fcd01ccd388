import { useId, useState } from 'react';
import { useLocation } from 'wouter';
import { useFound } from '../data/found.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { Inert } from '../parts/inert.tsx';
import { Modal } from '../parts/modal.tsx';
import { ALL_PLACES } from './places.ts';
import { setPreferences } from './preferences.ts';
import './palette.css';

interface Entry {
  readonly key: string;
  readonly icon: IconName;
  readonly name: string;
  readonly about: string;
  readonly run: () => void;
}

/** Goes to a place, a finding, a host, an address; by name, with the keyboard. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [, go] = useLocation();
  const list = useId();
  const found = useFound(text);
  const words = text.trim().toLowerCase();
  const to = (path: string) => () => {
    onClose();
    go(path);
  };
  const look = (name: string, about: string, run: () => void): Entry => ({
    key: name,
    icon: 'settings',
    name,
    about,
    run: () => {
      run();
      onClose();
    },
  });
  const entries: readonly Entry[] = [
    ...ALL_PLACES.map((place) => ({ ...place, key: place.path, run: to(place.path) })),
    look('Light colours', 'how the dashboard looks', () => setPreferences({ theme: 'light' })),
    look('Dark colours', 'how the dashboard looks', () => setPreferences({ theme: 'dark' })),
    look('Colours of the system', 'how the dashboard looks', () => setPreferences({ theme: 'auto' })),
    look('Dense rows', 'how the dashboard looks', () => setPreferences({ density: 'compact' })),
    look('Comfortable rows', 'how the dashboard looks', () => setPreferences({ density: 'comfortable' })),
  ].filter(({ name, about }) => words === '' || `${name} ${about}`.toLowerCase().includes(words));
  const all: readonly Entry[] = [
    ...entries,
    ...found.map((each) => ({
      key: each.path,
      icon: each.icon,
      name: each.name,
      about: each.about,
      run: to(each.path),
    })),
    ...(words === ''
      ? []
      : [
          {
            key: 'search-findings',
            icon: 'search' as const,
            name: `Findings with “${text.trim()}”`,
            about: 'in title, rule or host',
            run: to(`/findings?text=${encodeURIComponent(text.trim())}`),
          },
        ]),
  ];
  const chosen = Math.min(at, all.length - 1);
  return (
    <Modal title="Go to anything" onClose={onClose}>
      <div className="palette">
        <input
          type="search"
          role="combobox"
          aria-label="Place, host, address or finding"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={chosen >= 0 ? `${list}-${chosen}` : undefined}
          aria-autocomplete="list"
          placeholder="Place, host, address or finding"
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt((chosen + 1) % all.length);
            else if (event.key === 'ArrowUp') setAt((chosen + all.length - 1) % all.length);
            else if (event.key === 'Enter') all[chosen]?.run();
            else return;
            event.preventDefault();
          }}
        />
        <ul id={list} role="listbox" aria-label="Where to go">
          {all.map((entry, index) => (
            // The field above has the keyboard.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
            <li
              key={entry.key}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === chosen}
              onClick={entry.run}
              ref={index === chosen ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
            >
              <Icon name={entry.icon} />
              <span className="clip">
                <Inert text={entry.name} most={120} />
              </span>
              <span className="quiet small clip">
                <Inert text={entry.about} most={120} />
              </span>
            </li>
          ))}
        </ul>
      </div>
    </Modal>
  );
}
