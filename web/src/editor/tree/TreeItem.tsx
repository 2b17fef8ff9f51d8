import type { KeyboardEvent, ReactNode } from 'react';
import { cx } from '../../lib/class-names.ts';
import { IconRight } from '../../ui/icons.ts';
import css from './DatabasePanel.module.css';

interface TreeItemProps {
  /** The name with what matters about it, under the pointer. */
  label: string;
  icon: ReactNode;
  name: ReactNode;
  end?: ReactNode;
  isOpen?: boolean | undefined;
  onToggle?: (() => void) | undefined;
  /** Enter, or a double click. */
  onActivate?: (() => void) | undefined;
  /** `R`, or the button that says so. */
  onRequest?: (() => void) | undefined;
  isCurrent?: boolean | undefined;
  isLocked?: boolean | undefined;
  depth: number;
  children?: ReactNode;
}

/** One line of the tree, with what is inside it. */
export function TreeItem(props: TreeItemProps) {
  const { label, icon, name, end, isOpen, onToggle, onActivate, onRequest, isCurrent, isLocked, depth } = props;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const action =
      event.key === 'Enter' ? (onActivate ?? onToggle) : event.key.toLowerCase() === 'r' ? onRequest : undefined;
    if (action === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  return (
    <div role="none">
      {/* Items stand beside each other with their level: a name is read without all that is inside. */}
      <div
        role="treeitem"
        aria-level={depth + 1}
        aria-expanded={onToggle ? isOpen === true : undefined}
        aria-selected={isCurrent === true}
        aria-keyshortcuts={onRequest ? 'R' : undefined}
        tabIndex={-1}
        onKeyDown={onKeyDown}
        className={cx(css.item, css.line, isCurrent && css.current, isLocked && css.locked)}
        style={{ paddingLeft: 8 + depth * 14 }}
        onClick={onActivate ? undefined : onToggle}
        onDoubleClick={onActivate}
        title={label}
      >
        {onToggle ? (
          // biome-ignore lint/a11y: the arrow keys do the same; a button here would be a second stop in each line
          <span
            className={cx(css.toggle, isOpen && css.open)}
            data-toggle
            onClick={(event) => {
              event.stopPropagation();
              onToggle();
            }}
            onDoubleClick={(event) => event.stopPropagation()}
          >
            <IconRight size={13} aria-hidden="true" />
          </span>
        ) : (
          <span className={css.noToggle} />
        )}
        <span className={css.icon}>{icon}</span>
        <span className={css.name}>{name}</span>
        {end}
        {isLocked && <span className="visually-hidden">locked</span>}
        {onRequest && (
          <button
            type="button"
            tabIndex={-1}
            className={css.request}
            onClick={(event) => {
              event.stopPropagation();
              onRequest();
            }}
            onDoubleClick={(event) => event.stopPropagation()}
          >
            Request query
          </button>
        )}
      </div>
      {isOpen && props.children}
    </div>
  );
}
