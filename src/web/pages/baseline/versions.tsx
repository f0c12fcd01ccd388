import { useState } from 'react';
import type { BaselineVersion } from '../../../api/baseline.ts';
import { counted } from '../../../text/phrase.ts';
import { usePin, useRollBack } from '../../data/baseline.ts';
import { announce } from '../../shell/announce.tsx';
import { Tag } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Inert } from '../../parts/inert.tsx';
import { Panel } from '../../parts/panel.tsx';
import { When } from '../../parts/when.tsx';
import { NoteDialog } from './note-dialog.tsx';

const HOW = { learned: 'learned from runs', approved: 'approved', 'rolled-back': 'brought back' } as const;

/** Every version, newest first, and the way back to each. */
export function Versions({
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
              {counted(version.hosts, 'host')},{' '}
              {version.scans.length > 0 && `from ${counted(version.scans.length, 'run')}, `}
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
