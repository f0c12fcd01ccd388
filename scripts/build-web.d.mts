/** Bundles the dashboard into `outDir`, which is emptied first. Throws what the bundler throws. */
export function buildWeb(outDir: string): Promise<void>;
