import { useMatchRoute } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { connectLive, type LiveState } from '../../api/live.ts';
import { readServerTime } from '../../api/server-clock.ts';
import { cx } from '../../lib/class-names.ts';
import { useShortcut } from '../../lib/shortcuts.ts';
import { onDemand } from '../../ui/on-demand.tsx';
import { queryClient, useMe } from '../session.ts';
import { LeftBar } from './LeftBar.tsx';
import { Screen } from './Screen.tsx';
import css from './Shell.module.css';
import { Strips } from './Strips.tsx';
import { TopBar } from './TopBar.tsx';
import { useKeptFocus } from './use-kept-focus.ts';

const Palette = onDemand(() => import('./Palette.tsx'));
const idleMs = 1500;
const ShortcutsDialog = onDemand(() => import('./ShortcutsDialog.tsx'));

function useLiveScreen(): LiveState {
  const me = useMe();
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => readServerTime(me.serverNow), [me.serverNow]);
  useEffect(() => connectLive(queryClient, me.person.id, setState), [me.person.id]);
  return state;
}

/** The frame of everything behind sign-in: top bar, left bar, the screen. The editor takes the whole width. */
export function Shell() {
  const me = useMe();
  // Nothing of the former person's screen, typed or read, passes to the next.
  return <Frame key={me.person.id} />;
}

function Frame() {
  const live = useLiveScreen();
  useKeptFocus();
  const isEditor = useMatchRoute()({ to: '/editor', fuzzy: true }) !== false;
  const [open, setOpen] = useState<'palette' | 'shortcuts' | 'menu' | null>(null);
  const close = () => setOpen(null);
  // Loaded while nothing else is to be done: whoever presses its key types on at once.
  useEffect(() => {
    const timer = setTimeout(() => void Palette.preload(), idleMs);
    return () => clearTimeout(timer);
  }, []);
  useShortcut({ keys: 'Mod+K', does: 'Go to anything', group: 'Everywhere' }, () => setOpen('palette'));
  useShortcut({ keys: '?', does: 'Show these keys', group: 'Everywhere' }, () => setOpen('shortcuts'));
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#screen">
        Skip to the screen
      </a>
      <aside className={css.strips} aria-label="Notices">
        <Strips />
      </aside>
      <TopBar live={live} onPalette={() => setOpen('palette')} onMenu={() => setOpen('menu')} hasMenu={!isEditor} />
      {!isEditor && <LeftBar isOpenOnPhone={open === 'menu'} onClose={close} />}
      <main id="screen" className={cx(css.main, isEditor && css.full)} tabIndex={-1}>
        <Screen />
      </main>
      {open === 'palette' && <Palette onClose={close} />}
      {open === 'shortcuts' && <ShortcutsDialog onClose={close} />}
    </div>
  );
}
