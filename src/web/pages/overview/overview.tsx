import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { HostRow } from '../../../api/hosts.ts';
import type { Posture } from '../../../api/posture.ts';
import { counted } from '../../../text/phrase.ts';
import { postureQuery } from '../../data/operations.ts';
import { Page } from '../../shell/page.tsx';
import { Against } from '../../parts/against.tsx';
import { SEVERITIES, SeverityBars, Tag } from '../../parts/badge.tsx';
import { EpisodeList } from '../../parts/episode-list.tsx';
import { Choice } from '../../parts/field.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Inert } from '../../parts/inert.tsx';
import { Notice, Panel } from '../../parts/panel.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { RiskMeter, RiskParts } from '../../parts/risk-sum.tsx';
import { Trend } from '../../parts/trend.tsx';
import { When } from '../../parts/when.tsx';
import './overview.css';

const DAYS = [
  { value: '30', words: '30 days' },
  { value: '90', words: '90 days' },
] as const;

/** The risk as an arc of half a circle, and its word. */
function Gauge({ assessment }: { readonly assessment: NonNullable<Posture['assessment']> }) {
  const { risk, score } = assessment;
  const length = Math.PI * 50;
  return (
    <svg
      className={`gauge ${risk}`}
      viewBox="0 0 120 74"
      role="img"
      aria-label={`Overall risk: ${risk}, ${score} of 100`}
    >
      <path className="gauge-track" d="M10 64a50 50 0 0 1 100 0" />
      <path
        className="gauge-value"
        d="M10 64a50 50 0 0 1 100 0"
        strokeDasharray={`${(score / 100) * length} ${length}`}
      />
      <text x="60" y="52" className="gauge-score">
        {score}
      </text>
      <text x="60" y="70" className="gauge-of">
        of 100
      </text>
    </svg>
  );
}

function Standing({ posture }: { readonly posture: Posture }) {
  const { assessment, findings, openPorts, hostsUp, sinks } = posture;
  // As the reports count: what is only good to know waits for nobody.
  const { info } = findings.openBySeverity;
  const open = findings.byState.open - info;
  return (
    <section className={`standing ${assessment?.risk ?? 'info'}`} aria-labelledby="standing">
      {assessment !== null && <Gauge assessment={assessment} />}
      <div className="standing-words">
        <h2 id="standing">
          {assessment === null ? 'Nothing has been assessed yet' : `${assessment.risk} risk`}
        </h2>
        {assessment === null ? (
          <p className="quiet">
            Import a scan or make one, then <code>tidemark assess</code>.
          </p>
        ) : (
          <p className="quiet">
            {Math.round(assessment.confidence * 100)} % sure;{' '}
            <Link href={`/scans/${assessment.scan}`}>scan</Link> held against{' '}
            <Against against={assessment.against} />, <When at={assessment.assessed} />
          </p>
        )}
        <p className="standing-line">
          <strong className="num">{counted(open, 'finding')}</strong> {open === 1 ? 'needs' : 'need'} a look
          {info > 0 && `, ${counted(info, 'more is', 'more are')} for information`}
          {findings.byState.confirmed > 0 && (
            <>
              ,{' '}
              <Link href="/findings?state=confirmed">
                {findings.byState.confirmed.toLocaleString('en')} confirmed
              </Link>
            </>
          )}
          {findings.byState.acknowledged > 0 && (
            <>
              ,{' '}
              <Link href="/findings?state=acknowledged">
                {findings.byState.acknowledged.toLocaleString('en')} in work
              </Link>
            </>
          )}
          .
        </p>
        <ul className="standing-counts">
          {SEVERITIES.filter((severity) => findings.openBySeverity[severity] > 0).map((severity) => (
            <li key={severity}>
              <Link href={`/findings?severity=${severity}`} className={`standing-count ${severity}`}>
                <SeverityBars severity={severity} />
                <span className="num">{findings.openBySeverity[severity].toLocaleString('en')}</span>{' '}
                {severity}
              </Link>
            </li>
          ))}
        </ul>
        {assessment !== null && <RiskParts {...assessment} />}
      </div>
      <dl className="standing-facts">
        <div>
          <dt>Hosts up</dt>
          <dd className="num">{hostsUp.toLocaleString('en')}</dd>
        </div>
        <div>
          <dt>Open ports</dt>
          <dd className="num">{openPorts.toLocaleString('en')}</dd>
        </div>
        <div>
          <dt>Open, from our scans</dt>
          <dd className="num">
            <Link href="/findings?half=exposure">{findings.openByHalf.exposure.toLocaleString('en')}</Link>
          </dd>
        </div>
        <div>
          <dt>Open, from telemetry</dt>
          <dd className="num">
            <Link href="/findings?half=recon">{findings.openByHalf.recon.toLocaleString('en')}</Link>
          </dd>
        </div>
        <div>
          <dt>Waiting to be sent</dt>
          <dd className="num">
            <Link href="/sinks">{sinks.pending.toLocaleString('en')}</Link>
          </dd>
        </div>
        {sinks.dead > 0 && (
          <div>
            <dt>Given up</dt>
            <dd className="num high-word">
              <Link href="/sinks">{sinks.dead.toLocaleString('en')}</Link>
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function TopHosts({ hosts }: { readonly hosts: readonly HostRow[] }) {
  return (
    <Panel title="Hosts to look at first" aside={<Link href="/hosts?sort=risk">all hosts</Link>}>
      {hosts.length === 0 ? (
        <Empty title="No host has an open finding." />
      ) : (
        <ul className="short-list">
          {hosts.map(({ address, names, risk, riskLevel, worst, openFindings }) => (
            <li key={address} className="top-host">
              <div className="clip">
                <Link href={`/hosts/${address}`} className="short-name mono">
                  {address}
                </Link>{' '}
                <span className="quiet small">
                  <Inert text={names[0] ?? ''} most={60} />
                </span>
              </div>
              <span className="short-facts">
                <span className="num">{counted(openFindings, 'finding')}</span>
                {worst !== null && <RiskMeter level={riskLevel} score={risk} />}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

const WELL: ReadonlySet<string> = new Set(['running', 'waiting', 'starting']);

function Parts({ parts }: { readonly parts: Posture['parts'] }) {
  return (
    <Panel title="The program itself">
      {parts.length === 0 ? (
        <Empty title="No part of it reports." />
      ) : (
        <ul className="parts">
          {parts.map(({ name, state, detail, since, restarts }) => (
            <li key={name}>
              <span className="strong">{name}</span>
              <Tag
                {...(WELL.has(state)
                  ? {}
                  : { tone: state === 'failing' ? ('critical' as const) : ('medium' as const) })}
              >
                {state}
              </Tag>
              <span className="quiet small">
                {detail !== '' && (
                  <>
                    <Inert text={detail} most={120} />{' '}
                  </>
                )}
                since <When at={since} />
                {restarts > 0 && `, started again ${counted(restarts, 'time')}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** How things stand, and which way they go. */
export default function Overview() {
  const filters = useFilters<'days'>();
  const days = filters.one('days') === '90' ? '90' : '30';
  const posture = useQuery({ ...postureQuery({ days }), placeholderData: (before) => before });
  const failed = posture.data?.parts.filter(({ state }) => state === 'failing') ?? [];
  const refusing = posture.data?.sinks.failing ?? [];
  return (
    <Page title="Overview" lede="How things stand, and which way they go.">
      {posture.isPending ? (
        <Loading what="how things stand" rows={12} />
      ) : posture.isError ? (
        <Failure error={posture.error} again={() => void posture.refetch()} />
      ) : (
        <>
          {(failed.length > 0 || refusing.length > 0) && (
            <Notice tone="high">
              {refusing.map(({ name, pending, why }) => (
                <p key={name}>
                  <strong>{name}</strong> does not take what it is sent: <Inert text={why} most={300} />.{' '}
                  <Link href="/sinks">{counted(pending, 'message')} waiting</Link>
                </p>
              ))}
              {failed.map(({ name, detail }) => (
                <p key={name}>
                  <strong>{name}</strong> does not work as it should
                  {detail !== '' && (
                    <>
                      : <Inert text={detail} most={300} />
                    </>
                  )}
                </p>
              ))}
            </Notice>
          )}
          <Standing posture={posture.data} />
          <Panel
            title="Open findings at the end of each day"
            about="By the severity they have today; days are those of UTC."
            aside={
              <Choice
                label="Days shown"
                value={days}
                options={DAYS}
                onChange={(value) => filters.set({ days: value === '30' ? undefined : value })}
              />
            }
          >
            <Trend days={posture.data.trend} label={`Open findings over ${days} days`} />
          </Panel>
          <div className="columns">
            <TopHosts hosts={posture.data.topHosts.filter(({ openFindings }) => openFindings > 0)} />
            <Panel title="Who was looking lately" aside={<Link href="/episodes">all episodes</Link>}>
              {posture.data.recentEpisodes.length === 0 ? (
                <Empty title="Nobody, as far as the sensors can see.">
                  <Link href="/sensors">What they cannot see</Link>
                </Empty>
              ) : (
                <EpisodeList episodes={posture.data.recentEpisodes} />
              )}
            </Panel>
          </div>
          <Parts parts={posture.data.parts} />
        </>
      )}
    </Page>
  );
}
