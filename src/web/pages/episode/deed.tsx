import type { EpisodeDetail } from '../../../api/recon.ts';
import { counted, formatCount, formatSpan } from '../../../text/phrase.ts';
import { Inert } from '../../parts/inert.tsx';
import { Facts, Notice, Panel } from '../../parts/panel.tsx';
import { DEPTH_WORDS, SHAPE_WORDS, TECHNIQUE_WORDS } from '../../parts/recon-words.ts';
import { HostLink, networkWords } from '../../parts/subject.tsx';
import { When } from '../../parts/when.tsx';
import './episode.css';

/** What of it our own authorised scan explains, and what is left. */
export function Authorised({ authorised }: Pick<EpisodeDetail, 'authorised'>) {
  if (authorised === null) return undefined;
  return (
    <Notice tone={authorised.remainderContacts === 0 ? 'low' : 'medium'}>
      <p>
        {counted(authorised.contacts, 'contact')} {authorised.contacts === 1 ? 'is' : 'are'} explained by our
        own authorised scan <code>{authorised.entry}</code>.
      </p>
      {authorised.remainderContacts > 0 && (
        <p>
          {counted(authorised.remainderContacts, 'contact')}{' '}
          {authorised.remainderContacts === 1 ? 'is' : 'are'} not: {authorised.remainder.join('; ')}.
        </p>
      )}
    </Notice>
  );
}

/** How many ports a text in Nmap's syntax names: `T:22,80-90,U:53` names 13. */
function portsIn(ranges: string): number {
  return [...ranges.matchAll(/(\d+)(?:-(\d+))?/g)].reduce(
    (sum, [, first, last = first]) => sum + Number(last) - Number(first) + 1,
    0,
  );
}

/** What it did: how broad, how deep, how fast, from where to where, and what came back. */
export function Deed({ detail }: { readonly detail: EpisodeDetail }) {
  const { episode, targets, pace, allSources, outcomes } = detail;
  const unnamed = targets.ports - portsIn(targets.portRanges);
  return (
    <Panel title="What it did">
      <Facts
        facts={[
          ['Looked at', SHAPE_WORDS[episode.shape]],
          ['How deep', DEPTH_WORDS[episode.depth]],
          ['Hosts', targets.hosts.toLocaleString('en')],
          ['Ports', targets.ports.toLocaleString('en')],
          ['First contacts', targets.contacts.toLocaleString('en')],
          targets.contacts > 1 && [
            'Pace',
            pace.perSecond >= 1
              ? `${counted(Math.round(pace.perSecond), 'contact')} a second`
              : `one contact every ${formatSpan(pace.medianGapSeconds * 1e6)}`,
          ],
          [
            'Lasted',
            formatSpan((new Date(episode.last).getTime() - new Date(episode.first).getTime()) * 1000),
          ],
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
              <span className="quiet">of which the real one is</span> <HostLink address={detail.trueSource} />
            </>
          )}
        </p>
        <p>
          <span className="quiet">To</span> <code>{targets.networks.map(networkWords).join(' ')}</code>{' '}
          <span className="quiet">ports</span>{' '}
          <code>
            <Inert text={targets.portRanges} most={400} unfold />
          </code>
          {unnamed > 0 && <span className="quiet"> and {formatCount(unnamed)} more</span>}
        </p>
        <p>
          <span className="quiet">What came back</span>{' '}
          {outcomes.map(({ outcome, contacts }) => `${contacts.toLocaleString('en')} ${outcome}`).join(', ')}
        </p>
      </div>
    </Panel>
  );
}
