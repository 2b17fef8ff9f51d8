import type { ScopeView } from '@tidegate/contract';
import { useState } from 'react';
import { plural } from '../lib/plural.ts';
import { Button } from './Button.tsx';
import { DataLabels } from './DataLabels.tsx';
import { EnvironmentTag } from './EnvironmentTag.tsx';
import { IconDatabase, IconSchema, IconTable } from './icons.ts';
import css from './ScopeView.module.css';

/** At first a scope shows this many tables of a database; a 5,000-table scope must not fill the screen. */
const shownTables = 24;

/** Something to know of one table, beside its name. */
type NoteOf = (table: { databaseId: string; schema: string; table: string }) => string;

/** A scope as a tree: the databases, and inside them what of them. Its sentence stands beside it, from the server. */
export function ScopeTree({ scope, noteOf }: { scope: ScopeView; noteOf?: NoteOf | undefined }) {
  if (scope.databases.length === 0) return <p>{scope.sentence}</p>;
  return (
    <ul className={css.tree}>
      {scope.databases.map((database) => (
        <li key={database.databaseId}>
          <div className={css.database}>
            <IconDatabase size={14} aria-hidden="true" />
            <span className="mono">{database.name}</span>
            <EnvironmentTag environment={database.environment} />
            <span className={css.where}>{database.instanceTitle}</span>
            {database.isWhole && <span className={css.whole}>all tables, also later ones</span>}
            {(database.isWhole || database.schemas.length > 0) && <DataLabels labels={database.labels} />}
          </div>
          {!database.isWhole && <Inside database={database} noteOf={noteOf} />}
        </li>
      ))}
    </ul>
  );
}

function Inside({ database, noteOf }: { database: ScopeView['databases'][number]; noteOf: NoteOf | undefined }) {
  const [isAll, setIsAll] = useState(false);
  const shown = isAll ? database.tables : database.tables.slice(0, shownTables);
  const hidden = database.tables.length - shown.length;
  const schemas = new Set(database.tables.map((table) => table.schema));
  const isSchemaShown = schemas.size > 1 || !(schemas.has('public') || schemas.has(''));
  return (
    <>
      <ul className={css.tables}>
        {database.schemas.map((schema) => (
          <li key={schema} className={css.table}>
            <IconSchema size={13} aria-hidden="true" />
            <span className="mono">{schema}</span>
            <span className={css.whole}>all tables</span>
          </li>
        ))}
        {shown.map((table) => (
          <li key={`${table.schema}.${table.table}`} className={css.table}>
            <IconTable size={13} aria-hidden="true" />
            <span className="mono">{isSchemaShown ? `${table.schema}.${table.table}` : table.table}</span>
            <DataLabels labels={table.labels} />
            {noteOf && <span className={css.where}>{noteOf({ databaseId: database.databaseId, ...table })}</span>}
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <Button look="link" className={css.more} onClick={() => setIsAll(true)}>
          Show {plural(hidden, 'more table')}
        </Button>
      )}
    </>
  );
}
