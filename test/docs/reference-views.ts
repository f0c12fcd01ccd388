import { featureView } from '../../src/exposure/queries/features.ts';
import { exposureViews } from '../../src/exposure/queries/views.ts';
import { reconViews } from '../../src/recon/queries/views.ts';
import type { View } from '../../src/sql/table.ts';

/** docs/reference/views.md: what `tidemark query` can be asked about, from the declared views. */
export function renderViews(): string {
  return `${[
    '# Views for `tidemark query`',
    '',
    'Made from the views themselves (`UPDATE_DOCS=1 npx vitest run test/docs/reference.test.ts`); do not edit. `tidemark query --views`',
    'prints the same. Rows of imports that did not complete are in none of them. Columns are only ever added.',
    '',
    ...group('Of scans', [...exposureViews, featureView]),
    ...group('Of telemetry', reconViews),
  ].join('\n')}\n`;
}

function group(title: string, views: readonly View[]): string[] {
  return [
    `## ${title}`,
    '',
    ...views.flatMap((view) => [
      `### ${view.name}`,
      '',
      `${view.comment}.`,
      '',
      '| column | type | meaning |',
      '| --- | --- | --- |',
      ...view.columns.map(
        ({ name, type, comment }) => `| \`${name}\` | \`${type}\` | ${comment.replaceAll('|', '\\|')} |`,
      ),
      '',
    ]),
  ];
}
