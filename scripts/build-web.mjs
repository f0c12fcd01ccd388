#!/usr/bin/env node
/** The dashboard: src/web/ to a folder of static files. The same sources give the same bytes. */
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

const root = resolve(import.meta.dirname, '..');

/** Parts of the style sheet come in the order of imports; which of them wins is said here, before the first. */
const LAYERS = '@layer tokens,base,words,parts,shell,pages;';

/** What the bundler does not do by itself: the order of layers, and no picture in the colours of before the script. */
const finish = {
  name: 'tidemark-finish',
  enforce: 'post',
  transformIndexHtml: (html) =>
    html.replace('<script type="module"', '<script type="module" blocking="render"'),
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle))
      if (file.type === 'asset' && file.fileName.endsWith('.css')) file.source = `${LAYERS}${file.source}`;
  },
};

/** What runs in a browser has no Node: the bundler would put something empty in its place, and nobody would hear of it. */
const noNode = {
  name: 'tidemark-no-node',
  enforce: 'pre',
  resolveId(id, importer) {
    if (isBuiltin(id)) throw new Error(`${importer} imports ${id}, and a browser has no such module`);
  },
};

/** Bundles the dashboard into `outDir`, which is emptied first. Throws what the bundler throws. */
export async function buildWeb(outDir) {
  // React and its compiler ask the environment; what is built must not depend on who builds it.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    await build(recipe(outDir));
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
}

function recipe(outDir) {
  return {
    root: join(root, 'src', 'web'),
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    base: '/',
    mode: 'production',
    plugins: [noNode, react(), finish],
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      // light-dark() as it is.
      cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
      // One sheet: the order of its layers is said once, at its beginning.
      cssCodeSplit: false,
      // A data: address would need a looser content security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  };
}
