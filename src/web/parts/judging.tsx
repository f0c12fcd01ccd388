import { useState } from 'react';
import type { FindingRow, Judged, JudgeBody, ScopeKind } from '../../api/findings.ts';
import { counted } from '../../text/phrase.ts';
import { useJudge } from '../data/findings.ts';
import { expectEcho } from '../data/live.ts';
import { announce } from '../shell/announce.tsx';
import { StateBadge, type FindingState } from './badge.tsx';
import { Button } from './button.tsx';
import { SelectField, TextField } from './field.tsx';
import { Inert } from './inert.tsx';
import { Modal } from './modal.tsx';
import { Notice } from './panel.tsx';
import { Failure, wordsOf } from './standstill.tsx';
import { useNow } from './when.tsx';

/** What can be said of a finding, with its key; in the order of the buttons. */
export const VERDICTS = [
  { state: 'acknowledged', key: 'a', verb: 'Acknowledge' },
  { state: 'expected', key: 'e', verb: 'Expected' },
  { state: 'noise', key: 'n', verb: 'Noise' },
  { state: 'confirmed', key: 'c', verb: 'Confirm' },
  { state: 'resolved', key: 'r', verb: 'Resolve' },
  { state: 'open', key: 'u', verb: 'Reopen' },
] as const satisfies readonly { readonly state: FindingState; readonly key: string; readonly verb: string }[];

/** What follows from each verdict, before it is said. */
const FOLLOWS: Readonly<Record<FindingState, string>> = {
  open: 'It goes back to the list of what needs a look. What was done because of an earlier verdict stays as it is.',
  acknowledged:
    'It stays in the list as yours. It opens again when it gets worse, or when the time below is over.',
  expected:
    'Of a scan: its ports join the baseline, and the anomaly model learns that they are normal. Of telemetry: these contacts are normal from now on.',
  noise: 'It leaves the list and is kept. The anomaly model or the episode learns it as a label.',
  confirmed: 'It is true and needs work. It resolves by itself when a scan no longer finds it.',
  resolved: 'It leaves the list. If a scan or a sensor sees it again, it comes back by itself.',
};

/** Verdicts that hold for a time. */
const MAY_END: ReadonlySet<FindingState> = new Set(['acknowledged', 'expected', 'noise']);
const DAY = 86_400_000;

function Followed({ judged }: { readonly judged: Judged['judged'] }) {
  const effects = [...new Set(judged.flatMap(({ judgement }) => judgement.effects))];
  const offers = [...new Set(judged.flatMap(({ offers: each }) => each))];
  const said = judged[0]?.judgement.state ?? 'open';
  const [first] = judged;
  return (
    <>
      <p>
        {judged.length === 1 && first !== undefined ? (
          <Inert text={first.finding.title} most={90} />
        ) : (
          counted(judged.length, 'finding')
        )}
        {': '}
        <strong>{said}</strong>.
      </p>
      {effects.slice(0, 4).map((effect) => (
        <p key={effect}>
          <Inert text={effect} />
        </p>
      ))}
      {effects.length > 4 && <p>{counted(effects.length - 4, 'more effect')}; each finding lists its own.</p>}
      {offers.slice(0, 3).map((offer) => (
        <p key={offer} className="quiet">
          <Inert text={offer} />
        </p>
      ))}
    </>
  );
}

/** Says a verdict, tells what followed, and offers the way back. */
export function useVerdict(): {
  readonly say: (body: JudgeBody, after?: () => void) => void;
  readonly busy: boolean;
  readonly error: unknown;
  readonly forget: () => void;
} {
  const judge = useJudge();
  const say = (body: JudgeBody, after?: () => void): void => {
    expectEcho(body.ids);
    judge.mutate(body, {
      onSuccess: ({ judged }) => {
        after?.();
        if (judged.length === 0) {
          announce({ words: 'Nothing was changed: it is no longer there.', tone: 'failed' });
          return;
        }
        announce({
          words: <Followed judged={judged} />,
          ...(body.state === 'open'
            ? {}
            : {
                action: {
                  words: 'Undo',
                  run: () =>
                    say({
                      ids: body.ids,
                      state: 'open',
                      note: `Taken back: ${body.state}, said a moment ago`,
                      ...(body.scope === undefined ? {} : { scope: body.scope }),
                    }),
                },
              }),
        });
      },
      onError: (error) =>
        announce({
          words: <Inert text={`${wordsOf(error).message} ${wordsOf(error).fix ?? ''}`} most={500} />,
          tone: 'failed',
        }),
    });
  };
  return { say, busy: judge.isPending, error: judge.error, forget: judge.reset };
}

/** Asks for what goes with a verdict: why, how far, until when. */
export function JudgeDialog({
  findings,
  state,
  onClose,
  onDone,
}: {
  readonly findings: readonly FindingRow[];
  readonly state: FindingState;
  readonly onClose: () => void;
  readonly onDone?: () => void;
}) {
  const [note, setNote] = useState('');
  const [scope, setScope] = useState<ScopeKind>('finding');
  const [value, setValue] = useState('');
  const [ends, setEnds] = useState<'never' | '7' | '30' | '90' | 'day'>('never');
  const [day, setDay] = useState('');
  const { say, busy, error } = useVerdict();
  const now = useNow();
  const [first] = findings;
  const one = findings.length === 1 ? first : undefined;
  const host = one?.hostCount === 1 ? one.hosts[0] : undefined;
  const until =
    !MAY_END.has(state) || ends === 'never'
      ? undefined
      : ends === 'day'
        ? day
        : new Date(now.getTime() + Number(ends) * DAY).toISOString();
  const named = scope === 'role' || scope === 'network';
  return (
    <Modal
      title={
        one === undefined
          ? `${counted(findings.length, 'finding')}: ${state}`
          : (VERDICTS.find((verdict) => verdict.state === state)?.verb ?? state)
      }
      onClose={onClose}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          say(
            {
              ids: findings.map(({ id }) => id),
              state,
              note: note.trim(),
              ...(scope === 'finding'
                ? {}
                : {
                    scope: { kind: scope, ...(named && value.trim() !== '' ? { value: value.trim() } : {}) },
                  }),
              ...(until === undefined || until === '' ? {} : { until }),
            },
            () => {
              onClose();
              onDone?.();
            },
          );
        }}
      >
        <p className="cluster">
          <StateBadge state={state} />
          {one !== undefined && <Inert text={one.title} most={160} />}
        </p>
        <Notice tone={state === 'confirmed' ? 'critical' : 'info'}>{FOLLOWS[state]}</Notice>
        <TextField
          label="Why"
          required
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
          placeholder="Kept with the finding, for whoever looks next"
        />
        <SelectField
          label="How far it reaches"
          value={scope}
          onChange={setScope}
          options={[
            { value: 'finding', words: one === undefined ? 'these findings only' : 'this finding only' },
            {
              value: 'port',
              words:
                one === undefined || one.port === null || host === undefined
                  ? 'the same port of the host'
                  : `${one.port} of ${host}`,
            },
            {
              value: 'host',
              words: host === undefined ? 'all of this rule on the host' : `all of this rule on ${host}`,
            },
            { value: 'role', words: 'all of this rule on machines of the same role' },
            { value: 'network', words: 'all of this rule in a network' },
          ]}
        />
        {named && (
          <TextField
            label={scope === 'role' ? 'Role' : 'Network'}
            value={value}
            onChange={(event) => setValue(event.target.value)}
            placeholder={scope === 'role' ? 'left empty: the role that the host has' : '10.0.0.0/24'}
            hint={
              scope === 'network'
                ? 'Left empty: the smallest configured network that holds its hosts.'
                : undefined
            }
          />
        )}
        {MAY_END.has(state) && (
          <div className="cluster">
            <SelectField
              label="Until"
              value={ends}
              onChange={setEnds}
              options={[
                { value: 'never', words: 'somebody says otherwise' },
                { value: '7', words: 'in a week' },
                { value: '30', words: 'in 30 days' },
                { value: '90', words: 'in 90 days' },
                { value: 'day', words: 'a day …' },
              ]}
            />
            {ends === 'day' && (
              <TextField
                label="Day (UTC)"
                type="date"
                required
                value={day}
                onChange={(event) => setDay(event.target.value)}
              />
            )}
          </div>
        )}
        {error !== null && error !== undefined && <Failure error={error} />}
        <div className="modal-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="main" type="submit" disabled={busy || note.trim() === ''}>
            {busy ? 'Saying so …' : `Say ${state}`}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** The buttons of all verdicts that would change something. */
export function VerdictButtons({
  current,
  onVerdict,
  disabled = false,
}: {
  /** Where it stands; undefined for several that stand in different places. */
  readonly current: FindingState | undefined;
  readonly onVerdict: (state: FindingState) => void;
  readonly disabled?: boolean;
}) {
  return (
    <div className="cluster" role="group" aria-label="What is to be made of it">
      {VERDICTS.filter(({ state }) => state !== current).map(({ state, key, verb }) => (
        <Button key={state} shortcut={key} disabled={disabled} onClick={() => onVerdict(state)}>
          {verb}
        </Button>
      ))}
    </div>
  );
}
