import type { FindingDetail } from '../../../api/findings.ts';
import { counted } from '../../../text/phrase.ts';
import { EvidenceLine } from '../../parts/evidence.tsx';
import { Inert } from '../../parts/inert.tsx';
import { Panel } from '../../parts/panel.tsx';
import { When } from '../../parts/when.tsx';

/** What was observed, sentence by sentence, each with its evidence. */
export function Observations({ detail }: { readonly detail: FindingDetail }) {
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
                <summary>{counted(observation.evidence.length, 'piece')} of evidence</summary>
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
