import type { EpisodeDetail } from '../../../api/recon.ts';
import { Inert } from '../../parts/inert.tsx';
import { Panel } from '../../parts/panel.tsx';
import { FAMILY_WORDS, STEP_WORDS } from '../../parts/recon-words.ts';
import { When } from '../../parts/when.tsx';

/** How it went from looking to trying, step by step. */
export function Further({ transition }: Pick<EpisodeDetail, 'transition'>) {
  if (transition.length === 0) return undefined;
  return (
    <Panel title="How it went further">
      <ol className="timeline">
        {transition.map((step, at) => (
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
  );
}

/** What kind of scan it is, and why. */
export function Kinds({ familiesWhy }: Pick<EpisodeDetail, 'familiesWhy'>) {
  return (
    <Panel title="What kind of scan it is">
      <ul className="stack tight">
        {familiesWhy.map(({ family, text }) => (
          <li key={family}>
            <strong>{FAMILY_WORDS[family]}</strong>
            <p className="small">
              <Inert text={text} most={400} />
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Its beginning, its alarm, its steps and its end. */
export function TurningPoints({ timeline }: Pick<EpisodeDetail, 'timeline'>) {
  return (
    <Panel title="Its turning points">
      <ol className="timeline">
        {timeline.map(({ at, text, what }) => (
          <li key={`${what} ${at} ${text}`}>
            <When at={at} as="local" />
            <p className="small">
              <Inert text={text} most={300} />
            </p>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
