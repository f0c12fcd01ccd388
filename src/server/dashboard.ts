import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** A page without scripts and styles: what the content security policy leaves of one. */
const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tidemark</title>
<h1>Tidemark runs, and its dashboard is not built</h1>
<p>The API answers under <code>/api/v1</code>. Packages from npm hold the dashboard; in a checkout
<code>npm run build</code> builds it.</p>
</html>
`;

/**
 * Serves the files of the built dashboard: those that are there when the server starts, and no other, so that no path leads
 * elsewhere. Returns what answers a path that is no file: the application itself, which knows its own paths.
 * @param root folder of the build, with index.html and assets/.
 */
export async function serveDashboard(
  app: FastifyInstance,
  root: string,
): Promise<(request: FastifyRequest, reply: FastifyReply) => boolean> {
  const isBuilt = existsSync(join(root, 'index.html'));
  if (isBuilt) {
    const assets = join(root, 'assets') + sep;
    await app.register(fastifyStatic, {
      root,
      // One route for each file: there is nothing to traverse.
      wildcard: false,
      // Names of assets hold a digest of their content.
      cacheControl: false,
      setHeaders: (response, path) => {
        response.header(
          'cache-control',
          path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    });
  }
  return (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    // The name of a file ends in letters; the address of a host, in a link to its page, does not.
    if (request.method !== 'GET' || /\.[A-Za-z][A-Za-z0-9]*$/.test(path)) return false;
    if (isBuilt) void reply.sendFile('index.html');
    else void reply.code(404).type('text/html; charset=utf-8').send(NOT_BUILT);
    return true;
  };
}
