import type { Migration } from './migration.ts';

/** Every migration there ever was, oldest first. What is released is never edited: a change is a new number. */
export const migrations: readonly Migration[] = [];
