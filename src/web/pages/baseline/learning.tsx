import { counted } from '../../../text/phrase.ts';
import { useLearn } from '../../data/baseline.ts';
import { announce } from '../../shell/announce.tsx';
import { Inert } from '../../parts/inert.tsx';
import { NoteDialog } from './note-dialog.tsx';

/** Learns a version from the runs that are stored, and tells what came of it. */
export function Learning({ first, onClose }: { readonly first: boolean; readonly onClose: () => void }) {
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
