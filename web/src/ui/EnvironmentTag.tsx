import { cx } from '../lib/class-names.ts';
import css from './EnvironmentTag.module.css';

interface Environment {
  name: string;
  color: 'grey' | 'teal' | 'blue' | 'violet' | 'amber' | 'red';
  isProtected: boolean;
}

/** The environment of an instance or database. A protected one (production) is coloured as a whole. */
export function EnvironmentTag({ environment }: { environment: Environment }) {
  return (
    <span
      className={cx(css.tag, css[environment.color], environment.isProtected && css.protected)}
      title={environment.isProtected ? `${environment.name}: protected environment` : environment.name}
    >
      {environment.name}
    </span>
  );
}
