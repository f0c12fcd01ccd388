import { z } from 'zod';
import { configSchema } from './config.ts';

/** Where editors know the schema by. */
const SCHEMA_ID = 'tidemark/config/1';

/** What stands in place of a number, a boolean or a choice when its value comes from outside. */
const REFERENCE = { type: 'string', pattern: String.raw`^\$\{[^}]+\}$` } as const;

/**
 * JSON Schema (draft 7, which editors' YAML plug-ins read best) of tidemark.yaml. Where a scalar is
 * no free text, a `${…}` reference is allowed besides.
 */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      const { type } = jsonSchema;
      if (type !== 'integer' && type !== 'number' && type !== 'boolean' && jsonSchema.enum === undefined)
        return;
      const { description, default: preset, ...own } = jsonSchema;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      Object.assign(jsonSchema, {
        ...(description === undefined ? {} : { description }),
        ...(preset === undefined ? {} : { default: preset }),
        anyOf: [own, { ...REFERENCE }],
      });
    },
  });
  return { $schema: schema.$schema, $id: SCHEMA_ID, ...schema };
}
