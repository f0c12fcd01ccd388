import { useQuery } from '@tanstack/react-query';
import type { Settings as SettingsDocument } from '../../../api/operations.ts';
import { settingsQuery, statusQuery } from '../../data/operations.ts';
import { useSession } from '../../data/session.ts';
import { Page } from '../../shell/page.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Inert } from '../../parts/inert.tsx';
import { Facts, Notice, Panel } from '../../parts/panel.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { When } from '../../parts/when.tsx';
import './settings.css';

const MEGABYTE = 1_048_576;

function sizeWords(bytes: number | null): string {
  if (bytes === null) return 'not known';
  return bytes >= 1024 * MEGABYTE
    ? `${(bytes / 1024 / MEGABYTE).toFixed(1)} GiB`
    : `${Math.round(bytes / MEGABYTE)} MiB`;
}

function Running() {
  const status = useQuery(statusQuery);
  if (status.isPending) return <Loading what="the status" rows={3} />;
  if (status.isError) return <Failure error={status.error} again={() => void status.refetch()} />;
  const { version, started, ready, store } = status.data;
  return (
    <Panel title="What runs here">
      <Facts
        facts={[
          ['Version', version],
          ['Started', <When key="started" at={started} as="both" />],
          ['Ready', ready ? 'yes' : 'not yet'],
          [
            'Store',
            {
              embedded: 'in this process',
              server: 'a ClickHouse server',
              cluster: 'a ClickHouse cluster',
              daemon: 'in the daemon',
            }[store.mode],
          ],
          ...store.nodes.map(
            ({ name, version: of, memoryBytes, freeBytes, problem }) =>
              [
                `Node ${name}`,
                problem === null
                  ? `${of ?? ''} using ${sizeWords(memoryBytes)}, ${sizeWords(freeBytes)} free on disk`
                  : problem,
              ] as const,
          ),
        ]}
      />
      {store.problems.length > 0 && (
        <Notice tone="high">
          {store.problems.map((problem) => (
            <p key={problem}>
              <Inert text={problem} />
            </p>
          ))}
        </Notice>
      )}
    </Panel>
  );
}

function valueWords(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function Configuration() {
  const filters = useFilters<'text'>();
  const settings = useQuery(settingsQuery);
  const text = (filters.one('text') ?? '').toLowerCase();
  if (settings.isPending) return <Loading what="the configuration" rows={10} />;
  if (settings.isError) return <Failure error={settings.error} again={() => void settings.refetch()} />;
  const shown = settings.data.items.filter(({ key, description, value }) =>
    `${key} ${description} ${valueWords(value)}`.toLowerCase().includes(text),
  );
  const sections = new Map<string, SettingsDocument['items'][number][]>();
  for (const item of shown) {
    const [section = ''] = item.key.split('.');
    sections.set(section, [...(sections.get(section) ?? []), item]);
  }
  return (
    <>
      <Notice>
        Settings are changed in the file and take effect when <code>tidemark serve</code> gets a SIGHUP; those
        of <code>store</code>, <code>server</code> and <code>audit</code> when it starts again.{' '}
        {settings.data.file === null ? (
          'No file was given; these are defaults.'
        ) : (
          <>
            File: <code>{settings.data.file}</code>
          </>
        )}
      </Notice>
      <FilterBar>
        <SearchField
          label="Find a setting"
          value={filters.one('text') ?? ''}
          onChange={(value) => filters.set({ text: value })}
        />
      </FilterBar>
      {shown.length === 0 && <Empty title="No setting matches." />}
      {[...sections].map(([section, items]) => (
        <Panel key={section} title={section}>
          <dl className="settings">
            {items.map(({ key, value, origin, description }) => (
              <div key={key}>
                <dt>
                  <code>{key}</code>
                  <span className="quiet small">{description}</span>
                </dt>
                <dd>
                  <code>
                    <Inert text={valueWords(value) ?? ''} most={200} unfold />
                  </code>
                  <span className="quiet small">
                    <Inert text={origin} most={120} />
                  </span>
                </dd>
              </div>
            ))}
          </dl>
        </Panel>
      ))}
    </>
  );
}

/** The configuration in force; changed in its file only. */
export default function Settings() {
  const { may } = useSession();
  return (
    <Page
      title="Settings"
      lede="The configuration in force, and where each part of it comes from. Secrets are withheld."
    >
      <Running />
      {may('admin') ? (
        <Configuration />
      ) : (
        <Empty title="The configuration needs the role admin.">
          On the machine: <code>tidemark config show</code>
        </Empty>
      )}
    </Page>
  );
}
