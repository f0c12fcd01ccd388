import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
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

/** Learns a version from the runs that are stored, and tells what came of it. */
export function Learning({ first, onClose }: { readonly first: boolean; readonly onClose: () => void }) {
  const learn = useLearn();
  const scans = useInfiniteQuery(scansQuery({}));
  const now = useNow();
  const [chosen, setChosen] = useState<string>();
  const [newest, ...older] = rowsOf(scans).rows;
  const series = older.filter(
    ({ vantage, profile, privileges }) =>
      vantage === newest?.vantage && profile === newest.profile && privileges === newest.privileges,
  );
  // The newest run is the one that somebody reviews: learned from, it would depart from nothing.
  const upTo = chosen ?? (series[0] ?? newest)?.id;
  return (
    <NoteDialog
      title={first ? 'Learn a baseline' : 'Learn a new version'}
      explain={
        <div className="stack">
          <p>
            Everything that these runs saw open is expected from then on, also what only one of them saw. So
            learn from a time that you know to be safe, and approve the rest one by one.
          </p>
          <SelectField
            label="Learn from all runs of this kind up to"
            value={upTo ?? ''}
            onChange={setChosen}
            options={[...(newest === undefined ? [] : [newest]), ...series].map((run) => ({
              value: run.id,
              words: `${localTime(new Date(run.start ?? run.imported), now)}, ${run.profile}${run === newest ? ' (the newest)' : ''}`,
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
