import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { LiveState } from '../../api/live.ts';
import { read } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { Brand } from '../../ui/Brand.tsx';
import { IconEditor, IconInbox, IconMenu, IconSearch } from '../../ui/icons.ts';
import { KeyHint } from '../../ui/KeyHint.tsx';
import { onDemand } from '../../ui/on-demand.tsx';
import { InboxLink } from './InboxLink.tsx';
import { MeButton } from './MeButton.tsx';
import { OnFirstUse } from './OnFirstUse.tsx';
import { ProjectButton } from './ProjectButton.tsx';
import css from './TopBar.module.css';

const ProjectSelect = onDemand(() => import('./ProjectSelect.tsx'));
const MeMenu = onDemand(() => import('./MeMenu.tsx'));

interface TopBarProps {
  live: LiveState;
  hasMenu: boolean;
  onMenu: () => void;
  onPalette: () => void;
}

export function TopBar({ live, hasMenu, onMenu, onPalette }: TopBarProps) {
  return (
    <header className={css.bar}>
      {hasMenu && (
        <button type="button" className={cx(css.item, css.menu)} aria-label="Menu" onClick={onMenu}>
          <IconMenu aria-hidden="true" />
        </button>
      )}
      <Link to="/" className={cx(css.brand, css.wide)}>
        <Brand />
      </Link>
      <OnFirstUse button={ProjectButton} menu={ProjectSelect} />
      <Link to="/editor" search={{}} className={cx(css.item, css.wide)}>
        <IconEditor aria-hidden="true" />
        SQL Editor
      </Link>
      <span className={css.space} />
      {live === 'interrupted' && (
        <span className={css.live} role="status">
          Not live, reconnecting
        </span>
      )}
      <button type="button" className={cx(css.item, css.wide)} onClick={onPalette}>
        <IconSearch aria-hidden="true" />
        Go to
        <KeyHint keys="Mod+K" />
      </button>
      <Waiting />
      <InboxLink />
      <OnFirstUse button={MeButton} menu={MeMenu} />
    </header>
  );
}

function Waiting() {
  const requests = useQuery(read('GET /requests', { query: { view: 'to_decide', state: 'pending', pageSize: 1 } }));
  const count = requests.data?.counts.toDecide ?? 0;
  return (
    <Link to="/requests" search={{ view: 'to_decide' }} className={css.item} title="Requests that wait for my decision">
      <IconInbox aria-hidden="true" />
      <span className={css.words}>Waiting for me</span>
      {count > 0 && <span className={css.count}>{count}</span>}
    </Link>
  );
}
