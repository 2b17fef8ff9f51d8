import type { FormEvent, ReactNode } from 'react';
import { cx } from '../lib/class-names.ts';
import { usePageTitle } from '../lib/page-title.ts';
import css from './Page.module.css';

/** The body of a screen, not wider than it needs. */
export function Page({ children, isNarrow = false }: { children: ReactNode; isNarrow?: boolean }) {
  return <div className={cx(css.page, isNarrow && css.narrow)}>{children}</div>;
}

interface PageHeaderProps {
  title: string;
  /** Names of databases and instances are mono. */
  isName?: boolean;
  /** Tags right after the title, e.g. the environment. */
  tags?: ReactNode;
  /** The one primary action, and lesser ones; right behind the title, where the eye already is. */
  actions?: ReactNode;
  lead?: ReactNode;
}

/** The one title of a screen with its one primary action. */
export function PageHeader({ title, isName, tags, actions, lead }: PageHeaderProps) {
  usePageTitle(title);
  return (
    <header className={css.header}>
      <h1 className={cx(isName && css.titleMono)}>{title}</h1>
      {tags}
      {actions && <div className={css.actions}>{actions}</div>}
      {lead && (
        <div className={css.lead}>
          <p>{lead}</p>
        </div>
      )}
    </header>
  );
}

export function Section({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className={css.section} aria-label={title}>
      <div className={css.sectionHead}>
        <h2>{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

/** Facts in two columns; absent ones are left out by the caller. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={css.facts}>
      {facts.map(([name, fact]) => [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{fact}</dd>])}
    </dl>
  );
}

/** A form that is sent by Enter or its button. */
export function Form({ onSubmit, children, label }: { onSubmit: () => void; children: ReactNode; label?: string }) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form className={css.form} onSubmit={submit} noValidate aria-label={label}>
      {children}
    </form>
  );
}

export function FormActions({ children }: { children: ReactNode }) {
  return <div className={css.formActions}>{children}</div>;
}
