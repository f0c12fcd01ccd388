import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import type { FindingDetail } from '../../../api/findings.ts';
import { evidenceQuery, findingQuery, useVerify } from '../../data/findings.ts';
import { clearWaiting, useWaiting } from '../../data/live.ts';
import { useSession } from '../../data/session.ts';
import { announce } from '../../shell/announce.tsx';
import { Page } from '../../shell/page.tsx';
import { SeverityBadge, StateBadge, Tag, type FindingState } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Certainty } from '../../parts/certainty.tsx';
import { EvidenceLine } from '../../parts/evidence.tsx';
import { TextField } from '../../parts/field.tsx';
import { Inert } from '../../parts/inert.tsx';
import { JudgeDialog, useVerdict, VerdictButtons, VERDICTS } from '../../parts/judging.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Meter } from '../../parts/meter.tsx';
import { Modal } from '../../parts/modal.tsx';
import { Facts, Notice, Panel } from '../../parts/panel.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { Failure, Loading } from '../../parts/standstill.tsx';
import { HostLink } from '../../parts/subject.tsx';
import { count } from '../../parts/time-words.ts';
import { When } from '../../parts/when.tsx';
import './finding.css';

function Observations({ detail }: { readonly detail: FindingDetail }) {
  return (
    <Panel title="What was observed" about="Each sentence with what it rests on.">
      <ul className="stack">
        {detail.observations.map((observation, index) => (
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index} className="observation">
            <p>
              <Inert text={observation.text} most={600} unfold />
            </p>
            {(observation.unusual !== null || observation.since !== null) && (
              <p className="quiet small">
                {observation.unusual !== null && <Inert text={observation.unusual} most={400} />}
                {observation.unusual !== null && observation.since !== null && '; '}
                {observation.since !== null && (
                  <>
                    since <When at={observation.since} as="local" />
                  </>
                )}
              </p>
            )}
            {observation.evidence.length > 0 && (
              <details className="fold" open={observation.evidence.length <= 2}>
                <summary>{count(observation.evidence.length, 'piece')} of evidence</summary>
                <ul className="evidence-list">
                  {observation.evidence.slice(0, 20).map((item, at) => (
                    // oxlint-disable-next-line react/no-array-index-key
                    <EvidenceLine key={at} item={item} />
                  ))}
                </ul>
              </details>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function AllEvidence({ id }: { readonly id: string }) {
  const [open, setOpen] = useState(false);
  const list = useInfiniteQuery({ ...evidenceQuery(id), enabled: open });
  const { rows, total, more } = rowsOf(list);
  return (
    <Panel title="All evidence" about="Everything it rests on, as scans and sensors gave it.">
      {!open ? (
        <Button className="fit" onClick={() => setOpen(true)}>
          Show it
        </Button>
      ) : list.isPending ? (
        <Loading what="evidence" rows={4} />
      ) : list.isError ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : (
        <>
          <p className="quiet small">
            {rows.length.toLocaleString('en')} of{' '}
            {total === undefined ? 'what is kept' : total.toLocaleString('en')}
          </p>
          <ul className="evidence-list">
            {rows.map((item, at) => (
              // oxlint-disable-next-line react/no-array-index-key
              <EvidenceLine key={at} item={item} />
            ))}
          </ul>
          {more !== undefined && (
            <Button className="fit" onClick={more} disabled={list.isFetchingNextPage}>
              {list.isFetchingNextPage ? 'Loading …' : 'Show more'}
            </Button>
          )}
        </>
      )}
    </Panel>
  );
}

function History({ detail }: { readonly detail: FindingDetail }) {
  return (
    <Panel title="Its history" about="Every change, and why. Nothing is ever deleted.">
      <ol className="timeline">
        {detail.steps.toReversed().map((step, index) => (
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index}>
            <p className="cluster">
              <StateBadge state={step.to} />
              <When at={step.at} as="local" />
              {step.reopened && <Tag tone="medium">came back by itself</Tag>}
            </p>
            <p className="small">
              <Inert text={step.why} most={400} unfold />
            </p>
          </li>
        ))}
      </ol>
      {detail.judgements.length > 0 && (
        <details className="fold">
          <summary>{count(detail.judgements.length, 'verdict')}, and what followed from each</summary>
          <ul className="stack">
            {detail.judgements.toReversed().map((judgement) => (
              <li key={judgement.id} className="observation">
                <p className="cluster">
                  <StateBadge state={judgement.state} />
                  <span>
                    <Inert text={judgement.by} most={80} />
                  </span>
                  <When at={judgement.at} as="local" />
                  <Tag>
                    {judgement.scope.kind === 'finding'
                      ? 'this finding'
                      : `${judgement.scope.kind} ${judgement.scope.value}`}
                  </Tag>
                  {judgement.until !== null && (
                    <Tag>
                      until <When at={judgement.until} as="local" />
                    </Tag>
                  )}
                </p>
                <p>
                  <Inert text={judgement.note} most={600} unfold />
                </p>
                {judgement.effects.map((effect) => (
                  <p key={effect} className="quiet small">
                    <Inert text={effect} most={400} />
                  </p>
                ))}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Panel>
  );
}

function VerifyDialog({ detail, onClose }: { readonly detail: FindingDetail; readonly onClose: () => void }) {
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
                      Looking again at {count(targets.length, 'address', 'addresses')} with {profile}.
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

function Verified({ detail: { verification, verifying } }: { readonly detail: FindingDetail }) {
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

/** One finding: what, why here, what it rests on, what was said of it, and what to do. */
export default function Finding({ id }: { readonly id: string }) {
  const finding = useQuery(findingQuery(id));
  const { ids } = useWaiting('finding');
  useEffect(() => {
    // The page of one finding follows by itself: nothing in it jumps.
    if (!ids.has(id)) return;
    void finding.refetch();
    clearWaiting('finding');
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [ids, id]);
  if (finding.isPending)
    return (
      <Page title="Finding" within={{ path: '/findings', name: 'Findings' }}>
        <Loading what="the finding" rows={10} />
      </Page>
    );
  if (finding.isError)
    return (
      <Page title="Finding" within={{ path: '/findings', name: 'Findings' }}>
        <Failure error={finding.error} again={() => void finding.refetch()} />
      </Page>
    );
  return <Shown detail={finding.data} />;
}

function Shown({ detail }: { readonly detail: FindingDetail }) {
  const { finding } = detail;
  const { may } = useSession();
  const [judging, setJudging] = useState<FindingState | undefined>(undefined);
  const [verifying, setVerifying] = useState(false);
  const { say, busy } = useVerdict();
  const verdict = (state: FindingState): void => {
    if (state === finding.state) return;
    if (state === 'acknowledged') say({ ids: [finding.id], state, note: 'Taken up in the dashboard' });
    else if (state === 'open') say({ ids: [finding.id], state, note: 'Reopened in the dashboard' });
    else setJudging(state);
  };
  const canVerify = finding.half === 'exposure' && !detail.verifying;
  useKeys(
    'This finding',
    [
      ...VERDICTS.map(({ state, key, verb }) => ({
        keys: key,
        words: verb.toLowerCase(),
        run: () => verdict(state),
      })),
      { keys: 'v', words: 'look again', run: () => canVerify && setVerifying(true) },
    ],
    may('analyst'),
  );
  const hosts = detail.subject.hosts;
  return (
    <Page
      title={finding.title}
      heading={<Inert text={finding.title} most={300} unfold />}
      within={{ path: '/findings', name: 'Findings' }}
      lede={
        <span className="cluster">
          <SeverityBadge severity={finding.severity} />
          <StateBadge state={finding.state} />
          {detail.subject.host !== null && <HostLink address={detail.subject.host} />}
          {finding.port !== null && <code>{finding.port}</code>}
          {detail.subject.host === null && hosts.length > 0 && <span>{count(hosts.length, 'host')}</span>}
          {finding.network !== null && <code>{finding.network}</code>}
        </span>
      }
    >
      {may('analyst') && (
        <div className="cluster finding-actions">
          <VerdictButtons current={finding.state} onVerdict={verdict} disabled={busy} />
          {finding.half === 'exposure' && (
            <Button kind="main" shortcut="v" disabled={!canVerify} onClick={() => setVerifying(true)}>
              Look again
            </Button>
          )}
        </div>
      )}
      <Verified detail={detail} />
      <div className="main-and-side">
        <div className="stack">
          <Panel title="What it could mean">
            <p className="prose">{detail.impact}</p>
          </Panel>
          <Panel title="What to do" about="Review steps, in this order.">
            <ol className="steps">
              {detail.actions.map((action) => (
                <li key={action}>
                  <Inert text={action} most={500} />
                </li>
              ))}
            </ol>
          </Panel>
          <Observations detail={detail} />
          <AllEvidence id={finding.id} />
        </div>
        <div className="stack">
          <Panel title="How bad, how sure">
            <div className="stack">
              <div>
                <p className="quiet small">Points to the overall risk of the network</p>
                <Meter
                  value={finding.score}
                  most={100}
                  words={`${finding.score} of 100`}
                  tone={finding.severity}
                />
              </div>
              <div>
                <p className="quiet small">Confidence</p>
                <Certainty confidence={detail.confidence} />
              </div>
            </div>
          </Panel>
          <Panel title="About it">
            <Facts
              facts={[
                ['Stands since', <When key="since" at={finding.since} as="both" />],
                finding.until !== null && [
                  'Ends by itself',
                  <When key="until" at={finding.until} as="both" />,
                ],
                ['First seen', <When key="first" at={finding.firstSeen} as="both" />],
                ['Last seen', <When key="last" at={finding.lastSeen} as="both" />],
                ['Last look', finding.present ? 'found it' : 'did not find it'],
                finding.reopened > 0 && ['Came back', count(finding.reopened, 'time')],
                ['Rule', <code key="rule">{finding.rule}</code>],
                finding.role !== null && ['Role of the host', finding.role],
                finding.scan !== null && [
                  'Newest scan',
                  <Link key="scan" href={`/scans/${finding.scan}`}>
                    {finding.scan}
                  </Link>,
                ],
                detail.episode !== null && [
                  'Episode',
                  <Link key="episode" href={`/episodes/${detail.episode}`}>
                    the whole picture
                  </Link>,
                ],
              ]}
            />
            {detail.reopenedBecause !== null && (
              <p className="small">
                <span className="quiet">It came back because:</span> <Inert text={detail.reopenedBecause} />
              </p>
            )}
            {detail.references.length > 0 && (
              <div>
                <p className="quiet small">To read on</p>
                <ul className="small">
                  {detail.references.map((reference) => (
                    <li key={reference}>
                      <Inert text={reference} />
                    </li>
                  ))}
                </ul>
              </div>
            )}
          </Panel>
          {detail.subject.host === null && hosts.length > 0 && (
            <Panel title={`Its ${count(hosts.length, 'host')}`}>
              <ul className="host-chips">
                {hosts.slice(0, 200).map((host) => (
                  <li key={host}>
                    <HostLink address={host} />
                  </li>
                ))}
                {hosts.length > 200 && (
                  <li className="quiet">and {(hosts.length - 200).toLocaleString('en')} more</li>
                )}
              </ul>
            </Panel>
          )}
          <History detail={detail} />
        </div>
      </div>
      {judging !== undefined && (
        <JudgeDialog findings={[finding]} state={judging} onClose={() => setJudging(undefined)} />
      )}
      {verifying && <VerifyDialog detail={detail} onClose={() => setVerifying(false)} />}
    </Page>
  );
}
