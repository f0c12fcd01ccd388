import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Modal } from '../../parts/modal.tsx';
import { Failure } from '../../parts/standstill.tsx';

/** Asks why, then does it. */
export function NoteDialog({
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
