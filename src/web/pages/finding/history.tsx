import type { FindingDetail } from '../../../api/findings.ts';
import { counted } from '../../../text/phrase.ts';
import { StateBadge, Tag } from '../../parts/badge.tsx';
import { Inert } from '../../parts/inert.tsx';
import { Panel } from '../../parts/panel.tsx';
import { When } from '../../parts/when.tsx';

/** Every change of state, and what people said of it. */
export function History({ detail }: { readonly detail: FindingDetail }) {
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
          <summary>{counted(detail.judgements.length, 'verdict')}, and what followed from each</summary>
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
