import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { BaselineVersion } from '../../../api/baseline.ts';
import type { ScanRow } from '../../../api/scans.ts';
import { counted } from '../../../text/phrase.ts';
import { scansQuery } from '../../data/scans.ts';
import { useLearn } from '../../data/baseline.ts';
import { announce } from '../../shell/announce.tsx';
import { SelectField } from '../../parts/field.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { localTime } from '../../parts/time-words.ts';
import { useNow } from '../../parts/when.tsx';
import { Inert } from '../../parts/inert.tsx';
import { NoteDialog } from './note-dialog.tsx';

type Series = Pick<ScanRow, 'vantage' | 'profile' | 'privileges'>;

const seriesOf = ({ vantage, profile, privileges }: Series): string =>
  JSON.stringify([vantage, profile, privileges]);

/**
 * Runs of one kind, newest first: of the kind that the version in force was learned from, else of the most frequent one.
 * The newest run of all may be a look at a single port.
 */
function seriesToLearn(runs: readonly ScanRow[], like: Series | undefined): readonly ScanRow[] {
  const kinds = new Map<string, ScanRow[]>();
  for (const run of runs) kinds.set(seriesOf(run), [...(kinds.get(seriesOf(run)) ?? []), run]);
  const known = like && kinds.get(seriesOf(like));
  return known ?? [...kinds.values()].toSorted((a, b) => b.length - a.length)[0] ?? [];
}

/** Learns a version from the runs that are stored, and tells what came of it. */
export function Learning({
  like,
  onClose,
}: {
  /** The version in force; undefined for the first one. */
  readonly like: BaselineVersion | undefined;
  readonly onClose: () => void;
}) {
  const learn = useLearn();
  const scans = useInfiniteQuery(scansQuery({}));
  const now = useNow();
  const [chosen, setChosen] = useState<string>();
  const runs = rowsOf(scans).rows;
  const series = seriesToLearn(runs, like);
  // The newest run is the one that somebody reviews: learned from, it would depart from nothing.
  const upTo = chosen ?? (series[1] ?? series[0])?.id;
  return (
    <NoteDialog
      title={like === undefined ? 'Learn a baseline' : 'Learn a new version'}
      explain={
        <div className="stack">
          <p>
            Everything that these runs saw open is expected from then on, also what only one of them saw. So
            learn from a time that you know to be safe, and approve the rest one by one.
          </p>
          <SelectField
            label="Learn from all runs of one kind up to"
            value={upTo ?? ''}
            onChange={setChosen}
            options={runs.map((run) => ({
              value: run.id,
              words: `${localTime(new Date(run.start ?? run.imported), now)}, ${run.profile}${run === series[0] ? ' (the newest)' : ''}`,
            }))}
          />
        </div>
      }
      verb="Learn"
      busy={learn.isPending || upTo === undefined}
      error={learn.error}
      onClose={onClose}
      onSay={(note) =>
        learn.mutate(
          { note, ...(upTo === undefined ? {} : { upTo }) },
          {
            onSuccess: ({ version, notes, setAside }) => {
              onClose();
              announce({
                words: (
                  <>
                    <p>
                      Version {version.version} expects {counted(version.hosts, 'host')}, learned from{' '}
                      {counted(version.scans.length, 'run')}
                      {setAside.length > 0 && `; ${counted(setAside.length, 'run')} set aside`}.
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
