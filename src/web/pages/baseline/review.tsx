import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Change } from '../../../api/scans.ts';
import { counted } from '../../../text/phrase.ts';
import { baselineDiffQuery, useApprove } from '../../data/baseline.ts';
import { announce } from '../../shell/announce.tsx';
import { Button } from '../../parts/button.tsx';
import { ChangeFilterFields, useChangeFilter } from '../../parts/change-filter.tsx';
import { CHANGE_WORDS, ComparisonLimits, HostChanges, SideWords } from '../../parts/changes.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { useKeys } from '../../parts/keys.ts';
import { ShowMore } from '../../parts/show-more.tsx';
import { TickBar } from '../../parts/tick-bar.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { NoteDialog } from './note-dialog.tsx';

/** A host and port that may be approved, as one key: `10.0.0.5 443/tcp`, or the host alone. */
function keyOf(host: string, change: Change): string {
  return change.port === null ? host : `${host} ${change.port}`;
}

/** In what the newest run departs from what is approved, and saying which of it shall be so. */
export function Review({ inForce, may }: { readonly inForce: number; readonly may: boolean }) {
  const scan = useFilters<'scan'>().one('scan') ?? 'latest';
  const shown = useChangeFilter();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [approving, setApproving] = useState(false);
  const approve = useApprove();
  const diff = useInfiniteQuery({
    ...baselineDiffQuery(String(inForce), { scan, ...shown.query }),
    placeholderData: (before) => before,
  });
  const first = diff.data?.pages[0];
  const hosts = diff.data?.pages.flatMap(({ items }) => items) ?? [];
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
        <ChangeFilterFields filter={shown} counts={first?.counts} />
      </FilterBar>
      {diff.isPending ? (
        <Loading what="the comparison" rows={8} />
      ) : diff.isError ? (
        <Failure error={diff.error} again={() => void diff.refetch()} />
      ) : (
        <>
          {first !== undefined && <ComparisonLimits page={first} />}
          {hosts.length === 0 ? (
            <Empty title={shown.given ? 'No change matches these filters.' : 'Nothing waits for approval.'}>
              {!shown.given && 'The newest run is as the baseline expects it.'}
            </Empty>
          ) : (
            <>
              <p className="cluster quiet small">
                <span className="num">{counted(first?.total ?? hosts.length, 'host')} with changes</span>
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
              <ShowMore list={diff} words="Show more hosts" />
            </>
          )}
        </>
      )}
      <TickBar amount={ticked.size} onUntick={() => setTicked(new Set())}>
        <Button kind="main" shortcut="A" onClick={() => setApproving(true)}>
          Approve as expected
        </Button>
      </TickBar>
      {approving && (
        <NoteDialog
          title={`Approve ${counted(ticked.size, 'target')}`}
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
