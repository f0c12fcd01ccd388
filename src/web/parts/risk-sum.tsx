import type { Risk } from '../../api/fields.ts';
import { Inert } from './inert.tsx';
import { Meter } from './meter.tsx';

/** A risk as the sum that it is: each part with its points, and the score they come to. */
export function RiskSum({ risk: { level, score, parts } }: { readonly risk: Risk }) {
  return (
    <div className="stack tight">
      <Meter value={score} most={100} words={`${level}, ${score} of 100`} tone={level} />
      <RiskParts score={score} parts={parts} />
    </div>
  );
}

/** A risk within a list: bar, word and score. */
export function RiskMeter({ level, score }: Pick<Risk, 'level' | 'score'>) {
  return <Meter value={score} most={100} words={`${level}, ${score}`} tone={level} />;
}

/** The parts alone, where the score itself stands beside them; nothing where there are none. */
export function RiskParts({ score, parts }: Pick<Risk, 'score' | 'parts'>) {
  if (parts.length === 0) return null;
  return (
    <table className="plain-table">
      <caption className="sr">How the risk adds up</caption>
      <thead>
        <tr>
          <th scope="col">What adds to it</th>
          <th scope="col" className="right">
            points
          </th>
        </tr>
      </thead>
      <tbody>
        {parts.map(({ points, text }) => (
          <tr key={text}>
            <th scope="row">
              <Inert text={text} most={200} />
            </th>
            <td className="right num">{points < 0 ? `−${-points}` : `+${points}`}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Together</th>
          <td className="right num strong">{score}</td>
        </tr>
      </tfoot>
    </table>
  );
}
