import { Icon, type IconName } from './icon.tsx';
import './button.css';

/** What a button is for: the one thing to do here, one of several, or something that stays quiet. */
export type ButtonKind = 'main' | 'plain' | 'quiet';

/** A button with a word, optionally its picture and its key. */
export function Button({
  kind = 'plain',
  icon,
  shortcut,
  children,
  ...rest
}: {
  readonly kind?: ButtonKind;
  readonly icon?: IconName;
  readonly shortcut?: string;
} & React.ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      {...rest}
      className={`button ${kind}${rest.className === undefined ? '' : ` ${rest.className}`}`}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
      {shortcut !== undefined && <kbd aria-hidden="true">{shortcut}</kbd>}
    </button>
  );
}

/** A button that is only a picture; `label` is its name. */
export function IconButton({
  icon,
  label,
  ...rest
}: { readonly icon: IconName; readonly label: string } & React.ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      {...rest}
      className={`icon-button ${rest.className ?? ''}`}
      aria-label={label}
      title={label}
    >
      <Icon name={icon} />
    </button>
  );
}
