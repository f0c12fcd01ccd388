import { Button } from './button.tsx';
import './new-pill.css';

/** Says quietly that there is something newer, and leaves it to the reader when the list may move. */
export function NewPill({
  amount,
  what,
  onShow,
}: {
  readonly amount: number;
  readonly what: string;
  readonly onShow: () => void;
}) {
  return (
    <div className="new-pill" role="status">
      {amount > 0 && (
        <Button kind="main" onClick={onShow}>
          {amount.toLocaleString('en')} {what}
        </Button>
      )}
    </div>
  );
}
