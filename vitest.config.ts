import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // No test asserts a time; this only ends what hangs, also on a machine that has other work.
    testTimeout: 30_000,
    // The embedded engine is a native library that must not share a process with another
    // instance of itself, and it does not survive being loaded in a worker thread.
    pool: 'forks',
    maxWorkers: 2,
  },
});
