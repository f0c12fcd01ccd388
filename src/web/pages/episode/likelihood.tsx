import type { EpisodeDetail } from '../../../api/recon.ts';
import { counted } from '../../../text/phrase.ts';
import { Meter } from '../../parts/meter.tsx';
import { Panel } from '../../parts/panel.tsx';

/** Why it counts as scanning: the terms of the sequential test, which sum to its score. */
export function Likelihood({
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
          words={`${score.toFixed(1)} where ${threshold.toFixed(1)} is needed`}
        />
        <span className="quiet small">reached with {counted(contactsToAlarm, 'first contact')}</span>
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
