import type { FastifyInstance } from 'fastify';

/** Every route of a server as it says itself, `GET /api/v1/findings/:id`: read from the tree that Fastify prints. */
export function servedBy(app: FastifyInstance): readonly string[] {
  const parents: string[] = [];
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const match = /^((?:│ {3}| {4})*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?$/.exec(line);
      if (match === null) throw new Error(`not a line of the tree: ${line}`);
      const [, indent = '', part = '', methods] = match;
      const depth = indent.length / 4;
      parents.length = depth;
      const path = `${parents.join('')}${part}`;
      parents.push(part);
      return methods === undefined ? [] : methods.split(', ').map((method) => `${method} ${path}`);
    });
}
