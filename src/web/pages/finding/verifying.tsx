import { useState } from 'react';
import { Link } from 'wouter';
import type { FindingDetail } from '../../../api/findings.ts';
import { counted } from '../../../text/phrase.ts';
import { useVerify } from '../../data/findings.ts';
import { announce } from '../../shell/announce.tsx';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Inert } from '../../parts/inert.tsx';
import { Modal } from '../../parts/modal.tsx';
import { Notice } from '../../parts/panel.tsx';
import { Failure } from '../../parts/standstill.tsx';
import { When } from '../../parts/when.tsx';

/** Asks why, then scans the ports of the finding once more, if a grant allows it. */
export function VerifyDialog({
  detail,
  onClose,
}: {
  readonly detail: FindingDetail;
  readonly onClose: () => void;
}) {
  const [note, setNote] = useState('');
  const verify = useVerify(detail.finding.id);
  return (
    <Modal title="Look again" onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          verify.mutate(note.trim(), {
            onSuccess: ({ targets, profile, grants, mustEndBy }) => {
              onClose();
              announce({
                words: (
                  <>
                    <p>
                      Looking again at {counted(targets.length, 'address', 'addresses')} with {profile}.
                    </p>
                    <p>
                      Allowed by {grants.map(({ grant, ticket }) => `${grant} (${ticket})`).join(', ')}; ends
                      by <When at={mustEndBy} as="local" />.
                    </p>
                  </>
                ),
              });
            },
          });
        }}
      >
        <p>
          Tidemark scans only the ports of this finding, only from here, and only if a grant of the scope
          allows it. The outcome appears on this page.
        </p>
        <TextField
          label="Why"
          required
          value={note}
          onChange={(event) => setNote(event.target.value)}
          hint="Goes to the audit log before anything is sent."
        />
        {verify.isError && <Failure error={verify.error} />}
        <div className="modal-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="main" type="submit" disabled={verify.isPending || note.trim() === ''}>
            {verify.isPending ? 'Asking the scope …' : 'Scan these ports'}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

const OUTCOMES = {
  confirmed: { words: 'It is still there', tone: 'high' },
  cleared: { words: 'It is no longer there', tone: 'low' },
  'cannot-tell': { words: 'The look could not tell', tone: 'medium' },
} as const;

/** What the last look came to, or that one is under way. */
export function Verified({ detail: { verification, verifying } }: { readonly detail: FindingDetail }) {
  if (verifying)
    return (
      <Notice>
        <strong>Looking again now.</strong> The outcome appears here by itself.
      </Notice>
    );
  if (verification === null) return undefined;
  const { words, tone } = OUTCOMES[verification.outcome];
  return (
    <Notice tone={tone}>
      <p>
        <strong>{words}</strong>, looked at <When at={verification.at} as="both" /> for{' '}
        <Inert text={verification.by} most={80} />.
      </p>
      <p>
        <Inert text={verification.told} most={400} />
      </p>
      {[...new Set(verification.runs)].map((run) => (
        <p key={run} className="small">
          <Link href={`/scans/${run}`}>scan {run}</Link>
        </p>
      ))}
    </Notice>
  );
}
