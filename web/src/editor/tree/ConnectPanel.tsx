import { useDebouncedValue } from '@mantine/hooks';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../../ui/Button.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { IconDatabase, IconLock } from '../../ui/icons.ts';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './ConnectPanel.module.css';
import { type EditorDatabase, isLocked, useDatabases } from './use-databases.ts';

interface ConnectPanelProps {
  onConnect: (database: EditorDatabase) => void;
  onRequest: (database: EditorDatabase) => void;
  /** Takes the focus when it appears. */
  takesFocus: boolean;
}

/** Connect to a database: searched on the server, with environment and lock; locked ones carry Request query. */
export function ConnectPanel({ onConnect, onRequest, takesFocus }: ConnectPanelProps) {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 150);
  const databases = useDatabases(search);
  const place = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (takesFocus) field.current?.focus();
  }, [takesFocus]);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0) return;
    const stops = [field.current, ...(place.current?.querySelectorAll<HTMLElement>('[data-connect]') ?? [])];
    event.preventDefault();
    stops[Math.max(0, stops.indexOf(document.activeElement as HTMLInputElement) + by)]?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys walk through the buttons inside
    <div ref={place} className={css.connect} onKeyDown={onKeyDown}>
      <input
        ref={field}
        type="search"
        className={css.search}
        aria-label="Search databases to connect to"
        placeholder="Search databases"
        value={typed}
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          const [first] = databases.items;
          if (event.key === 'Enter' && first !== undefined && search === typed.trim()) onConnect(first);
        }}
      />
      <ErrorNotice error={databases.error} onRetry={() => void databases.refetch()} />
      {databases.isPending && <SkeletonBlock lines={4} />}
      <ul className={css.list} aria-label="Databases to connect to">
        {databases.items.map((database) => (
          <DatabaseRow key={database.id} {...{ database, onConnect, onRequest }} />
        ))}
      </ul>
      {databases.isSuccess && databases.items.length === 0 && (
        <p className={css.none}>
          {search === ''
            ? 'No database is in a project of yours yet. When one is, it will appear here.'
            : 'No database has this name.'}
        </p>
      )}
      {databases.hasNextPage && (
        <Button look="link" isBusy={databases.isFetchingNextPage} onClick={() => void databases.fetchNextPage()}>
          Show more
        </Button>
      )}
    </div>
  );
}

interface DatabaseRowProps {
  database: EditorDatabase;
  onConnect: (database: EditorDatabase) => void;
  onRequest: (database: EditorDatabase) => void;
}

function DatabaseRow({ database, onConnect, onRequest }: DatabaseRowProps) {
  const { name, environment, instance, project } = database;
  const locked = isLocked(database);
  return (
    <li className={css.row}>
      <button type="button" data-connect className={css.choose} onClick={() => onConnect(database)}>
        {locked ? <IconLock size={15} aria-label="Locked" /> : <IconDatabase size={15} aria-hidden="true" />}
        <span className={`mono ${css.name}`}>{name}</span>
        <EnvironmentTag environment={environment} />
        <span className={css.about}>
          {instance.title}
          {project !== null && ` · ${project.name}`}
        </span>
      </button>
      {locked && project !== null && (
        <Button isSmall aria-label={`Request query on ${name}`} onClick={() => onRequest(database)}>
          Request query
        </Button>
      )}
    </li>
  );
}
