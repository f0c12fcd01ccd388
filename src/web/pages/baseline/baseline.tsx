import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { BaselineVersion } from '../../../api/baseline.ts';
import type { Change } from '../../../api/scans.ts';
import {
  baselineDiffQuery,
  baselineQuery,
  useApprove,
  useLearn,
  usePin,
  useRollBack,
} from '../../data/baseline.ts';
import { useSession } from '../../data/session.ts';
import { announce } from '../../shell/announce.tsx';
import { Page } from '../../shell/page.tsx';
import { Tag } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { CHANGE_WORDS, ComparisonLimits, HostChanges, SideWords } from '../../parts/changes.tsx';
import { TextField } from '../../parts/field.tsx';
import { Chips, FilterBar } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Inert } from '../../parts/inert.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Modal } from '../../parts/modal.tsx';
import { Panel } from '../../parts/panel.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { count } from '../../parts/time-words.ts';
import { When } from '../../parts/when.tsx';
import './baseline.css';

const KINDS = Object.keys(CHANGE_WORDS) as Change['kind'][];
const HOW = { learned: 'learned from runs', approved: 'approved', 'rolled-back': 'brought back' } as const;

/** A host and port that may be approved, as one key: `10.0.0.5 443/tcp`, or the host alone. */
function keyOf(host: string, change: Change): string {
  return change.port === null ? host : `${host} ${change.port}`;
}

/** Asks why, then does it. */
function NoteDialog({
  title,
  explain,
  verb,
  withUntil = false,
  busy,
  error,
  onClose,
  onSay,
}: {
  readonly title: string;
  readonly explain: React.ReactNode;
  readonly verb: string;
  readonly withUntil?: boolean;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onClose: () => void;
  readonly onSay: (note: string, until: string | undefined) => void;
}) {
  const [note, setNote] = useState('');
  const [until, setUntil] = useState('');
  return (
    <Modal title={title} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          onSay(note.trim(), until === '' ? undefined : until);
        }}
      >
        <div>{explain}</div>
        <TextField
          label="Why"
          required
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
          hint="Kept with the version and in the audit log."
        />
        {withUntil && (
          <TextField
            label="Until (UTC, may stay empty)"
            type="date"
            value={until}
            onChange={(event) => setUntil(event.target.value)}
            hint="After that day it is a change again."
          />
        )}
        {error !== null && error !== undefined && <Failure error={error} />}
        <div className="modal-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="main" type="submit" disabled={busy || note.trim() === ''}>
            {busy ? 'One moment …' : verb}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function Versions({
  versions,
  may,
}: {
  readonly versions: readonly BaselineVersion[];
  readonly may: boolean;
}) {
  const [asked, setAsked] = useState<
    { readonly act: 'pin' | 'rollback'; readonly version: number } | undefined
  >(undefined);
  const pin = usePin();
  const rollBack = useRollBack();
  const mutation = asked?.act === 'pin' ? pin : rollBack;
  const newest = versions[0]?.version;
  return (
    <Panel title="Versions" about="Nothing is overwritten: every approval makes a new version.">
      <ol className="timeline">
        {versions.map((version) => (
          <li key={version.version} className="stack tight">
            <p className="cluster">
              <strong>Version {version.version}</strong>
              {version.inForce && <Tag tone="low">in force</Tag>}
              <span className="quiet small">{HOW[version.how]}</span>
              <When at={version.created} as="local" />
            </p>
            <p className="small">
              <Inert text={version.by} most={80} />
              {version.note !== '' && (
                <>
                  : <Inert text={version.note} most={300} unfold />
                </>
              )}
            </p>
            <p className="quiet small">
              {count(version.hosts, 'host')},{' '}
              {version.scans.length > 0 && `from ${count(version.scans.length, 'run')}, `}
              {version.profile} from {version.vantage}
            </p>
            {may && !version.inForce && (
              <p className="cluster">
                {version.version === newest && (
                  <Button onClick={() => setAsked({ act: 'pin', version: version.version })}>
                    Put in force
                  </Button>
                )}
                <Button onClick={() => setAsked({ act: 'rollback', version: version.version })}>
                  Bring back
                </Button>
              </p>
            )}
          </li>
        ))}
      </ol>
      {asked !== undefined && (
        <NoteDialog
          title={
            asked.act === 'pin'
              ? `Put version ${asked.version} in force`
              : `Bring back version ${asked.version}`
          }
          explain={
            asked.act === 'pin'
              ? 'From now on runs are held against this version.'
              : 'A new version is made with the content of this one and put in force. The others stay.'
          }
          verb={asked.act === 'pin' ? 'Put in force' : 'Bring back'}
          busy={mutation.isPending}
          error={mutation.error}
          onClose={() => setAsked(undefined)}
          onSay={(note) =>
            mutation.mutate(
              { version: asked.version, note },
              {
                onSuccess: ({ version }) => {
                  setAsked(undefined);
                  announce({ words: `Baseline version ${version.version} is in force.` });
                },
              },
            )
          }
        />
      )}
    </Panel>
  );
}

function Learning({ first, onClose }: { readonly first: boolean; readonly onClose: () => void }) {
  const learn = useLearn();
  return (
    <NoteDialog
      title={first ? 'Learn a baseline' : 'Learn a new version'}
      explain="Tidemark takes every run of the series of the newest one: same vantage, same profile. What most of them agree on is what is expected. You can approve the rest one by one."
      verb="Learn"
      busy={learn.isPending}
      error={learn.error}
      onClose={onClose}
      onSay={(note) =>
        learn.mutate(
          { note },
          {
            onSuccess: ({ version, notes, setAside }) => {
              onClose();
              announce({
                words: (
                  <>
                    <p>
                      Version {version.version} expects {count(version.hosts, 'host')}, learned from{' '}
                      {count(version.scans.length, 'run')}
                      {setAside.length > 0 && `; ${count(setAside.length, 'run')} set aside`}.
                    </p>
                    {notes.slice(0, 3).map((each) => (
                      <p key={each}>
                        <Inert text={each} />
                      </p>
                    ))}
                  </>
                ),
              });
            },
          },
        )
      }
    />
  );
}

/** In what the newest run departs from what is approved, and saying which of it shall be so. */
function Review({ inForce, may }: { readonly inForce: number; readonly may: boolean }) {
  const filters = useFilters<'kind' | 'text' | 'scan'>();
  const text = filters.one('text');
  const scan = filters.one('scan') ?? 'latest';
  const kinds = KINDS.filter((kind) => filters.all('kind').includes(kind));
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [approving, setApproving] = useState(false);
  const approve = useApprove();
  const diff = useInfiniteQuery({
    ...baselineDiffQuery(String(inForce), {
      scan,
      ...(kinds.length === 0 ? {} : { kind: kinds }),
      ...(text === undefined ? {} : { text }),
    }),
    placeholderData: (before) => before,
  });
  const first = diff.data?.pages[0];
  const hosts = diff.data?.pages.flatMap(({ items }) => items) ?? [];
  const counts = new Map<string, number>(first?.counts.map(({ kind, count: of }) => [kind, of]));
  const there = KINDS.filter((kind) => counts.has(kind) || kinds.includes(kind));
  const all = hosts.flatMap(({ host, changes }) => [
    ...new Set(changes.map((change) => keyOf(host, change))),
  ]);
  const toggle = (keys: readonly string[], on: boolean): void => {
    const next = new Set(ticked);
    for (const key of keys)
      if (on) next.add(key);
      else next.delete(key);
    setTicked(next);
  };
  useKeys(
    'Review',
    [
      { keys: 'A', words: 'approve what is ticked', run: () => ticked.size > 0 && setApproving(true) },
      { keys: 'Escape', words: 'untick all', run: () => setTicked(new Set()) },
    ],
    may,
  );
  return (
    <section className="stack" aria-label="Review">
      <div className="cluster spread">
        <h2>Where the newest run departs from it</h2>
        {first !== undefined && <SideWords side={first.after} />}
      </div>
      <FilterBar>
        <SearchField
          label="Find in host or change"
          value={text ?? ''}
          onChange={(value) => filters.set({ text: value })}
        />
        {there.length > 0 && (
          <Chips
            label="Kinds of change"
            options={there}
            chosen={kinds}
            counts={counts}
            show={(kind) => CHANGE_WORDS[kind].words}
            onChange={(kind) => filters.set({ kind })}
          />
        )}
      </FilterBar>
      {diff.isPending ? (
        <Loading what="the comparison" rows={8} />
      ) : diff.isError ? (
        <Failure error={diff.error} again={() => void diff.refetch()} />
      ) : (
        <>
          {first !== undefined && <ComparisonLimits page={first} />}
          {hosts.length === 0 ? (
            <Empty
              title={
                kinds.length > 0 || text !== undefined
                  ? 'No change matches these filters.'
                  : 'Nothing waits for approval.'
              }
            >
              {kinds.length === 0 && text === undefined && 'The newest run is as the baseline expects it.'}
            </Empty>
          ) : (
            <>
              <p className="cluster quiet small">
                <span className="num">{count(first?.total ?? hosts.length, 'host')} with changes</span>
                {may && (
                  <Button kind="quiet" onClick={() => toggle(all, ticked.size < all.length)}>
                    {ticked.size < all.length ? `Tick all ${all.length} shown` : 'Untick all'}
                  </Button>
                )}
              </p>
              {hosts.map(({ host, changes }) => {
                const keys = [...new Set(changes.map((change) => keyOf(host, change)))];
                const on = keys.every((key) => ticked.has(key));
                return (
                  <HostChanges
                    key={host}
                    host={host}
                    changes={changes}
                    aside={
                      may && (
                        <label className="tick-label">
                          <input type="checkbox" checked={on} onChange={() => toggle(keys, !on)} />
                          <span className="sr">Tick all of {host}</span>
                        </label>
                      )
                    }
                    lineAside={(change) =>
                      may && (
                        <label className="tick-label">
                          <input
                            type="checkbox"
                            checked={ticked.has(keyOf(host, change))}
                            onChange={(event) => toggle([keyOf(host, change)], event.target.checked)}
                          />
                          <span className="sr">
                            Tick {host} {change.port ?? CHANGE_WORDS[change.kind].words}
                          </span>
                        </label>
                      )
                    }
                  />
                );
              })}
              {diff.hasNextPage && (
                <Button
                  className="fit"
                  disabled={diff.isFetchingNextPage}
                  onClick={() => void diff.fetchNextPage()}
                >
                  {diff.isFetchingNextPage ? 'Loading …' : 'Show more hosts'}
                </Button>
              )}
            </>
          )}
        </>
      )}
      {ticked.size > 0 && (
        <section className="approve-bar" aria-label="What is ticked">
          <strong className="num">{ticked.size} ticked</strong>
          <Button kind="main" shortcut="A" onClick={() => setApproving(true)}>
            Approve as expected
          </Button>
          <Button kind="quiet" onClick={() => setTicked(new Set())}>
            Untick
          </Button>
        </section>
      )}
      {approving && (
        <NoteDialog
          title={`Approve ${count(ticked.size, 'target')}`}
          explain="A new version is made in which these are expected as the run saw them. Findings about them end with the next assessment."
          verb="Approve"
          withUntil
          busy={approve.isPending}
          error={approve.error}
          onClose={() => setApproving(false)}
          onSay={(note, until) =>
            approve.mutate(
              {
                scan,
                note,
                ...(until === undefined ? {} : { until }),
                targets: [...ticked].map((key) => {
                  const [host = '', port] = key.split(' ');
                  return port === undefined ? { host } : { host, port };
                }),
              },
              {
                onSuccess: ({ version, inForce: now }) => {
                  setApproving(false);
                  setTicked(new Set());
                  announce({
                    words: `Version ${version.version} was made${now === version.version ? ' and is in force' : ''}.`,
                  });
                },
              },
            )
          }
        />
      )}
    </section>
  );
}

/** What is approved, what waits for approval, and how it came. */
export default function Baseline() {
  const baseline = useQuery(baselineQuery);
  const { may } = useSession();
  const [learning, setLearning] = useState(false);
  const analyst = may('analyst');
  const data = baseline.data;
  return (
    <Page
      title="Baseline"
      lede="What is expected to be open. Every run is held against the version in force; what departs from it becomes a finding."
      actions={analyst && <Button onClick={() => setLearning(true)}>Learn from the runs</Button>}
    >
      {baseline.isPending ? (
        <Loading what="the baseline" rows={8} />
      ) : baseline.isError ? (
        <Failure error={baseline.error} again={() => void baseline.refetch()} />
      ) : data === undefined || data.versions.length === 0 ? (
        <Empty title="Nothing is approved yet.">
          Learn from the runs that are there, look at what came of it, and approve the rest. Until then
          Tidemark compares each run with the one before.
        </Empty>
      ) : (
        <div className="baseline-columns">
          {data.inForce === null ? (
            <Empty title="No version is in force.">Put one in force: it is on the list of versions.</Empty>
          ) : (
            <Review inForce={data.inForce} may={analyst} />
          )}
          <Versions versions={data.versions} may={analyst} />
        </div>
      )}
      {learning && <Learning first={data?.versions.length === 0} onClose={() => setLearning(false)} />}
    </Page>
  );
}
