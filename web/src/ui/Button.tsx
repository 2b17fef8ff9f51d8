import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, MouseEvent, ReactNode, Ref } from 'react';
import { cx } from '../lib/class-names.ts';
import css from './Button.module.css';

export type ButtonLook = 'primary' | 'plain' | 'quiet' | 'danger' | 'destroy' | 'link';

interface LookProps {
  look?: ButtonLook;
  isSmall?: boolean;
  /** A square button that shows only its icon; needs an `aria-label`. */
  isIcon?: boolean;
  /** The key that does the same, shown inside. */
  hotkey?: string;
}

function lookClass({ look = 'plain', isSmall, isIcon }: LookProps, more: string | undefined): string {
  return cx(css.button, look !== 'plain' && css[look], isSmall && css.small, isIcon && css.icon, more);
}

const KeyMark = ({ hotkey }: { hotkey: string | undefined }) =>
  hotkey === undefined ? null : (
    <span className={css.key} aria-hidden="true">
      {hotkey}
    </span>
  );

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> &
  LookProps & {
    ref?: Ref<HTMLButtonElement>;
    /** While an action runs the button does nothing and says so; it keeps the focus, which a disabled one loses. */
    isBusy?: boolean;
    children?: ReactNode;
  };

const doNothing = (event: MouseEvent) => event.preventDefault();

export function Button({ look, isSmall, isIcon, hotkey, isBusy, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      {...(isBusy ? { 'aria-busy': true, 'aria-disabled': true, onClick: doNothing } : {})}
      {...(hotkey === undefined ? {} : { 'aria-keyshortcuts': hotkey })}
      className={lookClass({ look, isSmall, isIcon } as LookProps, className)}
    >
      {children}
      <KeyMark hotkey={hotkey} />
    </button>
  );
}

type AnchorProps = AnchorHTMLAttributes<HTMLAnchorElement> & LookProps & { ref?: Ref<HTMLAnchorElement> };

export function AnchorButton({ look, isSmall, isIcon, hotkey, className, children, ...rest }: AnchorProps) {
  return (
    <a {...rest} className={lookClass({ look, isSmall, isIcon } as LookProps, className)}>
      {children}
      <KeyMark hotkey={hotkey} />
    </a>
  );
}

/** A link of the router that looks like a button. */
export const LinkButton = createLink(AnchorButton);
