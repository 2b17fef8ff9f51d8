import type { ButtonHTMLAttributes, Ref } from 'react';
import { cx } from '../../lib/class-names.ts';
import { IconPerson } from '../../ui/icons.ts';
import { useMe } from '../session.ts';
import css from './TopBar.module.css';

type MeButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { ref?: Ref<HTMLButtonElement> };

/** Opens the account's menu. */
export function MeButton(props: MeButtonProps) {
  const { person } = useMe();
  return (
    <button type="button" aria-haspopup="menu" aria-label={`Account of ${person.name}`} {...props} className={css.item}>
      <IconPerson aria-hidden="true" />
      <span className={cx(css.name, css.wide)}>{person.name}</span>
    </button>
  );
}
