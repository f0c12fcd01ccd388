import type { Rule } from '../rule.ts';
import { ADMINISTRATIVE } from './administrative.ts';
import { CONTROL_PLANE } from './control-plane.ts';
import { DATABASES_PACK } from './databases.ts';
import { DEVICES } from './devices.ts';
import { DRIFT } from './drift.ts';
import { END_OF_LIFE } from './end-of-life.ts';
import { INDUSTRIAL } from './industrial.ts';
import { LEGACY } from './legacy.ts';
import { REMOTE_MANAGEMENT } from './remote-management.ts';
import { SURFACE } from './surface.ts';
import { TLS } from './tls.ts';
import { UNSAFE } from './unsafe.ts';
import { UNUSUAL } from './unusual.ts';

/** A named set of rules. */
export interface Pack {
  readonly name: string;
  readonly about: string;
  readonly rules: readonly Rule[];
}

/** The rules that come with the product, in the order of the catalogue. */
export const BUILTIN_PACKS: readonly Pack[] = [
  { name: 'legacy', about: 'Services that cannot be made safe any more.', rules: LEGACY },
  {
    name: 'end-of-life',
    about: 'Software past the end that its makers have set. Explicit data, no guessing.',
    rules: END_OF_LIFE,
  },
  { name: 'administrative', about: 'Ways to run a machine from afar.', rules: ADMINISTRATIVE },
  {
    name: 'remote-management',
    about: 'Management of boards, routers and switches beside their own logins.',
    rules: REMOTE_MANAGEMENT,
  },
  { name: 'databases', about: 'Data stores that can be reached.', rules: DATABASES_PACK },
  {
    name: 'control-plane',
    about: 'What runs many machines at once: containers, clusters, hypervisors.',
    rules: CONTROL_PLANE,
  },
  { name: 'unsafe', about: 'Services known to hurt when the wrong people reach them.', rules: UNSAFE },
  { name: 'industrial', about: 'Controllers of machines and buildings.', rules: INDUSTRIAL },
  { name: 'devices', about: 'Cameras, printers, sensors and the like.', rules: DEVICES },
  { name: 'tls', about: 'Old versions of TLS, where a script looked.', rules: TLS },
  { name: 'surface', about: 'How much a host offers at all.', rules: SURFACE },
  { name: 'drift', about: 'Departures from the pinned baseline, or from an earlier run.', rules: DRIFT },
  {
    name: 'unusual',
    about: 'What the anomaly model finds more surprising than the alert budget allows.',
    rules: UNUSUAL,
  },
];

/** All of them in one list. */
export const BUILTIN_RULES: readonly Rule[] = BUILTIN_PACKS.flatMap((pack) => pack.rules);
