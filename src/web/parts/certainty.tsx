import type { Confidence } from '../../api/fields.ts';
import { Inert } from './inert.tsx';
import { Meter } from './meter.tsx';

/** How sure it is, and what lowers it: the factors multiply to the value. */
export function Certainty({ confidence: { value, lowered } }: { readonly confidence: Confidence }) {
  return (
    <div className="stack tight">
      <Meter value={value} most={1} words={`${Math.round(value * 100)} %`} />
      {lowered.length === 0 ? (
        <p className="quiet small">Nothing lowers it.</p>
      ) : (
        <table className="plain-table">
          <caption className="sr">What lowers the confidence</caption>
          <thead>
            <tr>
              <th scope="col">What lowers it</th>
              <th scope="col" className="right">
                to
              </th>
            </tr>
          </thead>
          <tbody>
            {lowered.map(({ reason, factor }) => (
              <tr key={reason}>
                <th scope="row">
                  <Inert text={reason} />
                </th>
                <td className="right num">× {factor.toFixed(2)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">Together</th>
              <td className="right num strong">{value.toFixed(2)}</td>
            </tr>
          </tfoot>
        </table>
      )}
    </div>
  );
}
