import { Button } from './button.tsx';
import './tick-bar.css';

/** What can be done with the rows that are ticked, at the foot of the window for as long as there are any. */
export function TickBar({
  amount,
  onUntick,
  children,
}: {
  readonly amount: number;
  readonly onUntick: () => void;
  readonly children: React.ReactNode;
}) {
  if (amount === 0) return undefined;
  return (
    <section className="tick-bar" aria-label="What is ticked">
      <strong className="num">{amount.toLocaleString('en')} ticked</strong>
      {children}
      <Button kind="quiet" onClick={onUntick}>
        Untick
      </Button>
    </section>
  );
}
