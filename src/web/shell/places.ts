import type { IconName } from '../parts/icon.tsx';

/** A place of the navigation, of the palette, and of the keys after `g`. */
export interface Place {
  readonly path: string;
  readonly name: string;
  readonly icon: IconName;
  /** What is there, for the palette. */
  readonly about: string;
  /** The key after `g`. */
  readonly key: string;
}

/** Places in groups, in the order of the navigation. */
export const PLACES: readonly { readonly heading: string; readonly places: readonly Place[] }[] = [
  {
    heading: 'Now',
    places: [
      {
        path: '/',
        name: 'Overview',
        icon: 'overview',
        about: 'how things stand, and which way they go',
        key: 'o',
      },
      {
        path: '/findings',
        name: 'Findings',
        icon: 'findings',
        about: 'what a person should look at',
        key: 'f',
      },
    ],
  },
  {
    heading: 'What is exposed',
    places: [
      { path: '/hosts', name: 'Hosts', icon: 'hosts', about: 'every machine that a scan has seen', key: 'h' },
      {
        path: '/scans',
        name: 'Scan runs',
        icon: 'runs',
        about: 'what was scanned when, and what changed',
        key: 's',
      },
      {
        path: '/baseline',
        name: 'Baseline',
        icon: 'baseline',
        about: 'what is approved, and what waits for it',
        key: 'b',
      },
      {
        path: '/calendar',
        name: 'Authorised scans',
        icon: 'calendar',
        about: 'what may be scanned, and what runs next',
        key: 'c',
      },
    ],
  },
  {
    heading: 'Who is looking',
    places: [
      {
        path: '/episodes',
        name: 'Episodes',
        icon: 'episodes',
        about: 'one for each source that explores the network',
        key: 'e',
      },
      {
        path: '/campaigns',
        name: 'Campaigns',
        icon: 'campaigns',
        about: 'episodes that belong together',
        key: 'm',
      },
      {
        path: '/sensors',
        name: 'Sensors',
        icon: 'sensors',
        about: 'what is seen, and what cannot be',
        key: 'n',
      },
    ],
  },
  {
    heading: 'Running it',
    places: [
      {
        path: '/sinks',
        name: 'Sinks',
        icon: 'sinks',
        about: 'where findings are sent, and what got stuck',
        key: 'k',
      },
      { path: '/audit', name: 'Audit log', icon: 'audit', about: 'who did what', key: 'a' },
      {
        path: '/settings',
        name: 'Settings',
        icon: 'settings',
        about: 'the configuration in force',
        key: 't',
      },
    ],
  },
];

/** All of them in a row. */
export const ALL_PLACES: readonly Place[] = PLACES.flatMap(({ places }) => places);
