import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import type { FindingDetail } from '../../../api/findings.ts';
import { counted } from '../../../text/phrase.ts';
import { evidenceQuery, findingQuery } from '../../data/findings.ts';
import { clearWaiting, useWaiting } from '../../data/live.ts';
import { useSession } from '../../data/session.ts';
import { Page } from '../../shell/page.tsx';
import { AllEvidence } from '../../parts/all-evidence.tsx';
import { SeverityBadge, StateBadge, type FindingState } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Certainty } from '../../parts/certainty.tsx';
import { Inert } from '../../parts/inert.tsx';
import { JudgeDialog, useVerdict, VerdictButtons, VERDICTS } from '../../parts/judging.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Facts, Panel } from '../../parts/panel.tsx';
import { RiskSum } from '../../parts/risk-sum.tsx';
import { Failure, Loading } from '../../parts/standstill.tsx';
import { HostLink } from '../../parts/subject.tsx';
import { When } from '../../parts/when.tsx';
import { History } from './history.tsx';
import { Observations } from './observations.tsx';
import { Verified, VerifyDialog } from './verifying.tsx';
import './finding.css';

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
          {detail.subject.host === null && hosts.length > 0 && <span>{counted(hosts.length, 'host')}</span>}
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
          <AllEvidence
            title="All evidence"
            about="Everything it rests on, as scans and sensors gave it."
            query={evidenceQuery(finding.id)}
          />
        </div>
        <div className="stack">
          <Panel title="How bad, how sure">
            <div className="stack">
              <div>
                <p className="quiet small">What it comes to by itself</p>
                <RiskSum risk={detail.risk} />
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
                finding.reopened > 0 && ['Came back', counted(finding.reopened, 'time')],
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
            <Panel title={`Its ${counted(hosts.length, 'host')}`}>
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
