#!/usr/bin/env node
/** The dashboard: src/web/ to a folder of static files. The same sources give the same bytes. */
import { join, resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

const root = resolve(import.meta.dirname, '..');

/** Bundles the dashboard into `outDir`, which is emptied first. Throws what the bundler throws. */
export async function buildWeb(outDir) {
  await build({
    root: join(root, 'src', 'web'),
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    base: '/',
    mode: 'production',
    plugins: [react()],
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      // A data: address would need a looser content security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
}
