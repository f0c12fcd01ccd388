import { Suspense, useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useSession } from '../data/session.ts';
import { Button, IconButton } from '../parts/button.tsx';
import { takeCameBack } from '../parts/data-table.tsx';
import { Icon } from '../parts/icon.tsx';
import { useKeys } from '../parts/keys.ts';
import { Loading } from '../parts/standstill.tsx';
import { Announcements } from './announce.tsx';
import { KeyHelp } from './key-help.tsx';
import { useKeptFocus } from './kept-focus.ts';
import { LiveLine } from './live-line.tsx';
import { Palette } from './palette.tsx';
import { ALL_PLACES, PLACES } from './places.ts';
import { setPreferences, usePreferences } from './preferences.ts';
import './frame.css';

const NEXT_THEME = { auto: 'light', light: 'dark', dark: 'auto' } as const;
const THEME_WORDS = { auto: 'as the system', light: 'light', dark: 'dark' } as const;
const THEME_ICON = { auto: 'auto', light: 'sun', dark: 'moon' } as const;

function isAt(location: string, path: string): boolean {
  return path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`);
}

function Navigation({ onGo }: { readonly onGo?: () => void }) {
  const [location] = useLocation();
  return (
    <nav aria-label="Main">
      {PLACES.map(({ heading, places }) => (
        <div key={heading} className="nav-group">
          <h2>{heading}</h2>
          <ul>
            {places.map((place) => (
              <li key={place.path}>
                <Link
                  href={place.path}
                  onClick={onGo}
                  aria-current={isAt(location, place.path) ? 'page' : undefined}
                >
                  <Icon name={place.icon} />
                  {place.name}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function Brand() {
  return (
    <Link href="/" className="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path d="M3 11c4.300 0 4.300-4 8.700-4s4.300 4 8.600 4 4.300-4 8.700-4M3 19c4.300 0 4.300-4 8.700-4s4.300 4 8.600 4 4.300-4 8.700-4M3 26h26" />
      </svg>
      Tidemark
    </Link>
  );
}

/** Moves the focus to the heading of a new page, as a browser would with a page of its own, and says its title. */
function useArrivals(): void {
  const [location] = useLocation();
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    if (!takeCameBack()) window.scrollTo(0, 0);
    document.querySelector<HTMLElement>('#main')?.focus({ preventScroll: true });
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [location]);
}

/** Everything around a page: navigation, look, palette, help, what is live, announcements. */
export function Frame({ children }: { readonly children: React.ReactNode }) {
  const [, go] = useLocation();
  const { theme, density } = usePreferences();
  const { name, role, signOut } = useSession();
  const [open, setOpen] = useState<'palette' | 'help' | undefined>(undefined);
  const drawer = useRef<HTMLDivElement>(null);
  useArrivals();
  useKeptFocus();
  useKeys('Everywhere', [
    { keys: '/, Ctrl-k', words: 'go to anything', run: () => setOpen('palette') },
    { keys: '?', words: 'this help', run: () => setOpen('help') },
    ...ALL_PLACES.map(({ key, name: place, path }) => ({
      keys: `g ${key}`,
      words: place.toLowerCase(),
      run: () => go(path),
    })),
  ]);
  const tools = (
    <div className="tools">
      <IconButton
        icon={THEME_ICON[theme]}
        label={`Colours: ${THEME_WORDS[theme]}`}
        onClick={() => setPreferences({ theme: NEXT_THEME[theme] })}
      />
      <IconButton
        icon="rows"
        label={`Rows: ${density}`}
        onClick={() => setPreferences({ density: density === 'compact' ? 'comfortable' : 'compact' })}
      />
      <IconButton icon="keyboard" label="Keys and help" onClick={() => setOpen('help')} />
    </div>
  );
  const account = (
    <div className="account">
      <span className="clip">
        <span className="strong">{name}</span> <span className="quiet">{role}</span>
      </span>
      <IconButton icon="out" label="Sign out" onClick={signOut} />
    </div>
  );
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <div className="frame">
        <header className="bar">
          <IconButton icon="menu" label="Menu" popoverTarget="drawer" />
          <Brand />
          <IconButton icon="search" label="Go to anything" onClick={() => setOpen('palette')} />
        </header>
        <div className="drawer" id="drawer" ref={drawer} popover="auto">
          <Navigation onGo={() => drawer.current?.hidePopover()} />
          {tools}
          {account}
        </div>
        <header className="side">
          <Brand />
          <Button icon="search" className="finder" onClick={() => setOpen('palette')}>
            <span>Go to anything</span>
            <kbd aria-hidden="true">/</kbd>
          </Button>
          <Navigation />
          <div className="side-foot">
            <LiveLine />
            {tools}
            {account}
          </div>
        </header>
        <main id="main" tabIndex={-1}>
          <Suspense fallback={<Loading what="the page" />}>{children}</Suspense>
        </main>
      </div>
      <Announcements />
      {open === 'palette' && <Palette onClose={() => setOpen(undefined)} />}
      {open === 'help' && <KeyHelp onClose={() => setOpen(undefined)} />}
    </>
  );
}
