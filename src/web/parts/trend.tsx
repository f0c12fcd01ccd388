import { counted } from '../../text/phrase.ts';
import { SEVERITIES, type Severity } from './badge.tsx';
import { InFigures } from './in-figures.tsx';
import { localDay } from './time-words.ts';
import { useWidth } from './use-width.ts';
import './picture.css';

/** Open findings at the end of a day. */
export interface TrendDay {
  readonly day: string;
  readonly open: Readonly<Record<Severity, number>>;
  readonly fresh: number;
  readonly reopened: number;
  readonly resolved: number;
}

const HEIGHT = 170;
const LEFT = 34;
const BOTTOM = 20;
const TOP = 8;

/** The next round number up, of which the half is round too. */
function roundUp(most: number): number {
  const ten = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  return [1, 2, 4, 6, 8, 10].map((step) => step * ten).find((step) => step >= most) ?? most;
}

function sum(open: TrendDay['open']): number {
  return SEVERITIES.reduce((total, severity) => total + open[severity], 0);
}

/** Open findings over days, worst at the foot. */
export function Trend({ days, label }: { readonly days: readonly TrendDay[]; readonly label: string }) {
  const [place, width] = useWidth<HTMLElement>();
  const most = roundUp(Math.max(1, ...days.map(({ open }) => sum(open))));
  const inner = Math.max(0, width - LEFT - 4);
  const step = inner / Math.max(1, days.length);
  const base = HEIGHT - BOTTOM;
  const yOf = (value: number): number => base - (value / most) * (base - TOP);
  const today = days.at(-1);
  const before = days[0];
  return (
    <figure className="picture" ref={place}>
      {width > 0 && (
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`${label}: ${before === undefined ? 'nothing yet' : `${sum(before.open)} on ${localDay(new Date(before.day))}, ${sum(today!.open)} today`}`}
        >
          {[0, most / 2, most].map((value) => (
            <g key={value}>
              <line
                className={value === 0 ? 'axis' : 'grid'}
                x1={LEFT}
                x2={width}
                y1={yOf(value)}
                y2={yOf(value)}
              />
              <text x={LEFT - 6} y={yOf(value) + 4} textAnchor="end">
                {Number.isInteger(value) ? value.toLocaleString('en') : ''}
              </text>
            </g>
          ))}
          {days.map(({ day, open, fresh, reopened, resolved }, index) => {
            let at = base;
            return (
              <g key={day} className="trend-bar">
                <title>{`${localDay(new Date(day))}: ${counted(sum(open), 'open finding')}, ${fresh} new, ${reopened} came back, ${resolved} resolved`}</title>
                <rect className="catch" x={LEFT + index * step} y={TOP} width={step} height={base - TOP} />
                {SEVERITIES.map((severity) => {
                  const tall = (open[severity] / most) * (base - TOP);
                  at -= tall;
                  return tall <= 0 ? undefined : (
                    <rect
                      key={severity}
                      className={severity}
                      x={LEFT + index * step + Math.min(2, step * 0.12)}
                      y={at}
                      width={Math.max(1, step - Math.min(4, step * 0.24))}
                      height={Math.max(0.5, tall - (tall > 3 ? 1 : 0))}
                    />
                  );
                })}
              </g>
            );
          })}
          {before !== undefined && (
            <text x={LEFT} y={HEIGHT - 4}>
              {localDay(new Date(before.day))}
            </text>
          )}
          <text x={width} y={HEIGHT - 4} textAnchor="end">
            today
          </text>
        </svg>
      )}
      <ul className="legend">
        {SEVERITIES.map((severity) => (
          <li key={severity}>
            <span className={`swatch ${severity}`} />
            {severity} <span className="num">{today?.open[severity] ?? 0}</span>
          </li>
        ))}
      </ul>
      <InFigures
        caption={label}
        heads={['Day', ...SEVERITIES, 'new', 'came back', 'resolved']}
        rows={() =>
          days
            .toReversed()
            .map(({ day, open, fresh, reopened, resolved }) => [
              localDay(new Date(day)),
              ...SEVERITIES.map((severity) => open[severity]),
              fresh,
              reopened,
              resolved,
            ])
        }
      />
    </figure>
  );
}
