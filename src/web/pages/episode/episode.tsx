import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { EpisodeDetail } from '../../../api/recon.ts';
import { episodeEvidenceQuery, episodeQuery } from '../../data/recon.ts';
import { Page } from '../../shell/page.tsx';
import { SeverityBadge, StateBadge, Tag } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Certainty } from '../../parts/certainty.tsx';
import { EvidenceLine } from '../../parts/evidence.tsx';
import { Inert } from '../../parts/inert.tsx';
import { Meter } from '../../parts/meter.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { Facts, Notice, Panel } from '../../parts/panel.tsx';
import {
  DEPTH_WORDS,
  FAMILY_WORDS,
  SHAPE_WORDS,
  STANDING_WORDS,
  TECHNIQUE_WORDS,
} from '../../parts/recon-words.ts';
import { Scatter, type ScatterPoint, type Tick } from '../../parts/scatter.tsx';
import { Failure, Loading } from '../../parts/standstill.tsx';
import { HostLink } from '../../parts/subject.tsx';
import { count, lengthOfTime, localTime } from '../../parts/time-words.ts';
import { useNow, When } from '../../parts/when.tsx';
import './episode.css';

const STEP_WORDS: Readonly<Record<EpisodeDetail['transition'][number]['step'], string>> = {
  discovery: 'looked',
  'service-probe': 'asked a service',
  'exploit-attempt': 'tried to break in',
  'credential-burst': 'tried passwords',
  session: 'had a session',
  outbound: 'the target called out',
};

/** At most so many words on an upright axis. */
const TICKS = 8;

/** Evenly chosen ticks of a list that is the axis. */
function ticksOf(names: readonly string[]): readonly Tick[] {
  const step = Math.max(1, Math.ceil(names.length / TICKS));
  return names.flatMap((words, y) => (y % step === 0 ? [{ y, words }] : []));
}

function Pictures({ detail: { picture, alarm, transition, episode } }: { readonly detail: EpisodeDetail }) {
  const now = useNow();
  const { sources, targets, ports, points, contacts } = picture;
  const timeOf = (at: number): string => localTime(new Date(at), now);
  const pointsOf = (upright: 'target' | 'port'): readonly ScatterPoint[] =>
    points.map((point) => ({
      at: new Date(point.at).getTime(),
      y: point[upright],
      kind: point.outcome,
      words: `${sources[point.source] ?? ''} → ${targets[point.target] ?? ''} ${ports[point.port] ?? ''}: ${point.outcome}, ${timeOf(new Date(point.at).getTime())}`,
    }));
  const marks = [
    { at: new Date(alarm).getTime(), words: 'evidence sufficed' },
    ...transition
      .slice(0, 3)
      .map(({ at, step }) => ({ at: new Date(at).getTime(), words: STEP_WORDS[step] })),
  ].filter(({ at }) => at >= new Date(episode.first).getTime() && at <= new Date(episode.last).getTime());
  if (points.length === 0) return undefined;
  const thinned =
    contacts > points.length
      ? ` ${points.length} of ${contacts.toLocaleString('en')} contacts, evenly chosen.`
      : '';
  return (
    <div className="columns">
      <Panel title="When, and whom" about={`Each mark is a contact; its shape is what came back.${thinned}`}>
        <Scatter
          label="Contacts by time and target"
          upright="targets, in order of address"
          points={pointsOf('target')}
          ticks={ticksOf(targets)}
          most={Math.max(1, targets.length - 1)}
          marks={marks}
          timeOf={timeOf}
        />
      </Panel>
      <Panel
        title="When, and which ports"
        about="The same contacts by port: a sweep is a line, a random order a cloud."
      >
        <Scatter
          label="Contacts by time and port"
          upright="ports, in order of number"
          points={pointsOf('port')}
          ticks={ticksOf(ports)}
          most={Math.max(1, ports.length - 1)}
          marks={marks}
          timeOf={timeOf}
        />
      </Panel>
    </div>
  );
}

function Likelihood({
  likelihood: { score, threshold, terms, contactsToAlarm },
}: Pick<EpisodeDetail, 'likelihood'>) {
  return (
    <Panel
      title="Why it counts as scanning"
      about="Each first contact is weighed: how much more often would a scanner make it than a normal machine? The logarithms add up; past the threshold it is an episode."
    >
      <p className="cluster">
        <Meter
          value={score}
          most={Math.max(score, threshold)}
          words={`${score.toFixed(1)} of the ${threshold.toFixed(1)} it takes`}
        />
        <span className="quiet small">after {count(contactsToAlarm, 'first contact')}</span>
      </p>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Terms of the likelihood">
        <table className="plain-table terms">
          <caption className="sr">Terms of the likelihood</caption>
          <thead>
            <tr>
              <th scope="col">What its contacts were</th>
              <th scope="col" className="right">
                contacts
              </th>
              <th scope="col" className="right">
                weight of each
              </th>
              <th scope="col" className="right">
                adds
              </th>
            </tr>
          </thead>
          <tbody>
            {terms.map(({ term, contacts, weight, total }) => (
              <tr key={term}>
                <th scope="row">{term}</th>
                <td className="right">{contacts.toLocaleString('en')}</td>
                <td className="right">{weight.toFixed(2)}</td>
                <td className="right">{total.toFixed(2)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={3}>
                Together
              </th>
              <td className="right strong">{score.toFixed(2)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </Panel>
  );
}

function Behind({ detail }: { readonly detail: EpisodeDetail }) {
  const { tools, sending, traits, process, role } = detail;
  if (tools.length + sending.length + traits.length === 0 && process === null && role === null)
    return undefined;
  return (
    <Panel
      title="What is behind it"
      about="Hints about the tool and the machine. Never the reason for an episode."
    >
      {role !== null && (
        <p>
          The source is a <strong>{role.role}</strong> <span className="quiet small">({role.how})</span>:{' '}
          <Inert text={role.why} />
        </p>
      )}
      {process !== null && (
        <p>
          Started by{' '}
          <code>
            <Inert text={process.executable} most={200} />
          </code>{' '}
          as <Inert text={process.user} most={80} /> on <Inert text={process.host} most={80} />.
        </p>
      )}
      {tools.map((tool) => (
        <div key={`${tool.tool} ${tool.signature}`} className="observation">
          <p className="cluster">
            <strong>{tool.tool}</strong>
            <Tag>{tool.confidence} confidence</Tag>
            <span className="quiet small">
              {tool.held.toLocaleString('en')} of {tool.of.toLocaleString('en')} {tool.unit}
            </span>
          </p>
          <p className="small">
            <Inert text={tool.text} most={400} unfold />
          </p>
          <p className="quiet small">How it could be faked: {tool.evasions}</p>
        </div>
      ))}
      {sending.length > 0 && (
        <ul className="bullets small">
          {sending.map((trait) => (
            <li key={`${trait.aspect} ${trait.value}`}>
              <Inert text={trait.text} most={300} />
            </li>
          ))}
        </ul>
      )}
      {traits.length > 0 && (
        <ul className="bullets small">
          {traits.map((trait) => (
            <li key={trait}>
              <Inert text={trait} most={300} unfold />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Touched({ detail: { exposed, openPorts, openPortsLeftOut } }: { readonly detail: EpisodeDetail }) {
  if (exposed.length === 0 && openPorts.length === 0) return undefined;
  const protocolOf = (protocol: number): string =>
    ({ 1: 'icmp', 6: 'tcp', 17: 'udp', 132: 'sctp' })[protocol] ?? `ip ${protocol}`;
  return (
    <Panel title="What it found" about="Ports that answered it, and what our own scans know of them.">
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Ports that it found">
        <table className="plain-table">
          <caption className="sr">Ports that it found</caption>
          <thead>
            <tr>
              <th scope="col">Host</th>
              <th scope="col">Port</th>
              <th scope="col">Service</th>
              <th scope="col">Known to be open since</th>
            </tr>
          </thead>
          <tbody>
            {exposed.map((each) => (
              <tr key={`${each.destination} ${each.port} ${each.protocol}`}>
                <th scope="row">
                  <HostLink address={each.destination} />
                </th>
                <td>
                  {each.port}/{protocolOf(each.protocol)}
                </td>
                <td>
                  <Inert text={each.service} most={120} />
                </td>
                <td>
                  {each.openSince === null ? (
                    <span className="quiet">not known</span>
                  ) : (
                    <When at={each.openSince} as="local" />
                  )}{' '}
                  {each.newSinceBaseline && <Tag tone="high">not in the baseline</Tag>}
                </td>
              </tr>
            ))}
            {openPorts
              .filter(
                (one) =>
                  !exposed.some(
                    (each) =>
                      each.destination === one.destination &&
                      each.port === one.port &&
                      each.protocol === one.protocol,
                  ),
              )
              .map((each) => (
                <tr key={`${each.destination} ${each.port} ${each.protocol}`}>
                  <th scope="row">
                    <HostLink address={each.destination} />
                  </th>
                  <td>
                    {each.port}/{protocolOf(each.protocol)}
                  </td>
                  <td>
                    <Inert text={each.service} most={120} />
                  </td>
                  <td className="quiet">no scan of ours saw it</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      {openPortsLeftOut > 0 && (
        <p className="quiet small">and {openPortsLeftOut.toLocaleString('en')} more</p>
      )}
    </Panel>
  );
}

function Records({ id }: { readonly id: string }) {
  const [open, setOpen] = useState(false);
  const list = useInfiniteQuery({ ...episodeEvidenceQuery(id), enabled: open });
  const { rows, total, more } = rowsOf(list);
  return (
    <Panel title="The records behind it" about="Every record with all its fields, oldest first.">
      {!open ? (
        <Button className="fit" onClick={() => setOpen(true)}>
          Show them
        </Button>
      ) : list.isPending ? (
        <Loading what="records" rows={4} />
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

/** One episode: what it did, why it counts, its pictures, what is behind it, and the records. */
export default function Episode({ id }: { readonly id: string }) {
  const query = useQuery(episodeQuery(id));
  const within = { path: '/episodes', name: 'Episodes' };
  if (query.isPending)
    return (
      <Page title="Episode" within={within}>
        <Loading what="the episode" rows={10} />
      </Page>
    );
  if (query.isError)
    return (
      <Page title="Episode" within={within}>
        <Failure error={query.error} again={() => void query.refetch()} />
      </Page>
    );
  const detail = query.data;
  const { episode, targets, pace, allSources, outcomes, authorised } = detail;
  return (
    <Page
      title={episode.title}
      heading={<Inert text={episode.title} most={300} unfold />}
      within={within}
      lede={
        <span className="cluster">
          <SeverityBadge severity={episode.severity} />
          {episode.standing === 'review' ? (
            <StateBadge state={episode.state} />
          ) : (
            <Tag>{STANDING_WORDS[episode.standing]}</Tag>
          )}
          {episode.internal && <Tag>from inside</Tag>}
          {episode.joinedBy !== null && <Tag>joined by {episode.joinedBy}</Tag>}
        </span>
      }
      actions={
        <Link className="button main" href={`/findings/${episode.id}`}>
          Its finding: what to do
        </Link>
      }
    >
      {authorised !== null && (
        <Notice tone={authorised.remainderContacts === 0 ? 'low' : 'medium'}>
          <p>
            {count(authorised.contacts, 'contact')} {authorised.contacts === 1 ? 'is' : 'are'} explained by
            our own authorised scan <code>{authorised.entry}</code>.
          </p>
          {authorised.remainderContacts > 0 && (
            <p>
              {count(authorised.remainderContacts, 'contact')}{' '}
              {authorised.remainderContacts === 1 ? 'is' : 'are'} not: {authorised.remainder.join('; ')}.
            </p>
          )}
        </Notice>
      )}
      <Panel title="What it did">
        <Facts
          facts={[
            ['Looked at', SHAPE_WORDS[episode.shape]],
            ['How deep', DEPTH_WORDS[episode.depth]],
            ['Hosts', targets.hosts.toLocaleString('en')],
            ['Ports', targets.ports.toLocaleString('en')],
            ['First contacts', targets.contacts.toLocaleString('en')],
            [
              'Pace',
              `${pace.perSecond >= 1 ? pace.perSecond.toFixed(1) : pace.perSecond.toPrecision(2)} a second`,
            ],
            ['Lasted', lengthOfTime(new Date(episode.last).getTime() - new Date(episode.first).getTime())],
            ['First', <When key="first" at={episode.first} as="both" />],
            ['Evidence sufficed', <When key="alarm" at={detail.alarm} as="both" />],
            ['Last', <When key="last" at={episode.last} as="both" />],
            detail.techniques.length > 0 && [
              'How',
              detail.techniques.map((each) => TECHNIQUE_WORDS[each] ?? each).join(', '),
            ],
            detail.order !== '' && ['Order', detail.order],
          ]}
        />
        <div className="episode-lines">
          <p>
            <span className="quiet">From</span>{' '}
            {allSources.slice(0, 12).map((source) => (
              <span key={source} className="scan-port">
                <HostLink address={source} />
              </span>
            ))}
            {allSources.length > 12 && (
              <span className="quiet">and {(allSources.length - 12).toLocaleString('en')} more </span>
            )}
            {detail.trueSource !== null && (
              <>
                <span className="quiet">of which the real one is</span>{' '}
                <HostLink address={detail.trueSource} />
              </>
            )}
          </p>
          <p>
            <span className="quiet">To</span> <code>{targets.networks.join(' ')}</code>{' '}
            <span className="quiet">ports</span>{' '}
            <code>
              <Inert text={targets.portRanges} most={200} />
            </code>
          </p>
          <p>
            <span className="quiet">What came back</span>{' '}
            {outcomes
              .map(({ outcome, contacts }) => `${contacts.toLocaleString('en')} ${outcome}`)
              .join(', ')}
          </p>
        </div>
      </Panel>
      <Pictures detail={detail} />
      <div className="main-and-side">
        <div className="stack">
          <Likelihood likelihood={detail.likelihood} />
          <Touched detail={detail} />
          <Behind detail={detail} />
          <Records id={episode.id} />
        </div>
        <div className="stack">
          {detail.transition.length > 0 && (
            <Panel title="How it went further">
              <ol className="timeline">
                {detail.transition.map((step, at) => (
                  // oxlint-disable-next-line react/no-array-index-key
                  <li key={at}>
                    <p className="cluster">
                      <strong>{STEP_WORDS[step.step]}</strong>
                      <When at={step.at} as="local" />
                    </p>
                    <p className="small">
                      <Inert text={step.text} most={400} unfold />
                    </p>
                  </li>
                ))}
              </ol>
            </Panel>
          )}
          <Panel title="How sure">
            <Certainty confidence={detail.confidence} />
          </Panel>
          {detail.unusual.length > 0 && (
            <Panel title="Why it is unusual here">
              <ul className="bullets">
                {detail.unusual.map((words) => (
                  <li key={words}>
                    <Inert text={words} most={400} />
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          <Panel title="What kind of scan it is">
            <ul className="stack tight">
              {detail.familiesWhy.map(({ family, text }) => (
                <li key={family}>
                  <strong>{FAMILY_WORDS[family]}</strong>
                  <p className="small">
                    <Inert text={text} most={400} />
                  </p>
                </li>
              ))}
            </ul>
          </Panel>
          <Panel title="Its turning points">
            <ol className="timeline">
              {detail.timeline.map(({ at, text, what }) => (
                <li key={`${what} ${at} ${text}`}>
                  <When at={at} as="local" />
                  <p className="small">
                    <Inert text={text} most={300} />
                  </p>
                </li>
              ))}
            </ol>
          </Panel>
        </div>
      </div>
    </Page>
  );
}
