import { Menu } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { useSend } from '../../api/queries.ts';
import { notify } from '../../ui/notices.ts';
import { beginSession, endSession, useMe } from '../session.ts';
import { type ThemeChoice, useTheme } from '../theme.ts';
import { MeButton } from './MeButton.tsx';
import menuCss from './MeMenu.module.css';

const themes: readonly { value: ThemeChoice; label: string }[] = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

/** The account's menu, opened. Loaded when it is first asked for. */
export default function MeMenu() {
  const me = useMe();
  const button = useRef<HTMLButtonElement>(null);
  const [theme, setTheme] = useTheme();
  return (
    <Menu
      defaultOpened
      withInitialFocusPlaceholder={false}
      position="bottom-end"
      offset={6}
      width={248}
      classNames={{ dropdown: 'float', item: 'float-item' }}
      onClose={() => button.current?.focus()}
    >
      <Menu.Target>
        <MeButton ref={button} />
      </Menu.Target>
      <Menu.Dropdown>
        <div className={menuCss.who}>
          <strong>{me.person.name}</strong>
          <span>{me.person.email}</span>
        </div>
        <Menu.Item component={Link} to="/access">
          My access
        </Menu.Item>
        <Menu.Item component={Link} to="/account">
          Account
        </Menu.Item>
        <SampleItem />
        <div className="float-rule" />
        <div className="float-label" aria-hidden="true">
          Theme
        </div>
        <Menu.RadioGroup value={theme} onChange={(choice) => setTheme(choice as ThemeChoice)}>
          {themes.map(({ value, label }) => (
            <Menu.RadioItem key={value} value={value} className={menuCss.radio}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <div className="float-rule" />
        <SignOutItem />
      </Menu.Dropdown>
    </Menu>
  );
}

function SampleItem() {
  const me = useMe();
  const navigate = useNavigate();
  const options = {
    onSuccess: (next: typeof me) => {
      beginSession(next);
      void navigate({ to: '/' });
    },
    onError: (problem: Error) => notify(problem.message, 'failed'),
  };
  const asDev = useSend('POST /me/continue-as-dev', options);
  const back = useSend('POST /me/return', options);
  if (me.returnTo) return <Menu.Item onClick={() => back.mutate({})}>Back to {me.returnTo.name}</Menu.Item>;
  if (!me.samples.canContinueAsDev) return null;
  return <Menu.Item onClick={() => asDev.mutate({})}>Continue as dev</Menu.Item>;
}

function SignOutItem() {
  const navigate = useNavigate();
  // First away from the screen, then forget: a screen that is still drawn would ask who is signed in.
  const leave = () => void navigate({ to: '/sign-in', search: {} }).then(endSession);
  const signOut = useSend('POST /sign-out', { onSuccess: leave, onError: leave });
  return <Menu.Item onClick={() => signOut.mutate({})}>Sign out</Menu.Item>;
}
