import { useState } from 'react';
import type { Reply } from '../../api/client.ts';
import { type ScopeItem, toggleNode } from '../../lib/scope-items.ts';
import { Button } from '../../ui/Button.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { SegmentField } from '../../ui/Field.tsx';
import { ScopeNodeRow } from '../../ui/ScopeNodeRow.tsx';
import { ScopePicker } from '../../ui/ScopePicker.tsx';
import { ScopeTables } from '../../ui/ScopeTables.tsx';
import css from './Grant.module.css';
import { itemsOf, tableUse, usedItems } from './narrow-draft.ts';

type GrantDetail = Reply<'GET /grants/:grantId'>;
type Database = GrantDetail['scope']['databases'][number];

interface NarrowScopeProps {
  grant: GrantDetail;
  /** Null: all databases of the project. */
  items: readonly ScopeItem[] | null;
  onChange: (items: readonly ScopeItem[] | null) => void;
}

/** What stays of a scope: its own parts to be unticked, tables of what is whole to be ticked instead. */
export function NarrowScope({ grant, items, onChange }: NarrowScopeProps) {
  const { scope, project } = grant;
  const used = usedItems(grant);
  const isUsedLess = used.length > 0 && used.length < grant.receipt.granted;
  return (
    <fieldset className={css.group}>
      <legend>What stays</legend>
      {isUsedLess && (
        <Button isSmall className={css.onlyUsed} onClick={() => onChange(used)}>
          Only the {used.length} used of {grant.receipt.granted} tables
        </Button>
      )}
      {scope.isProject && project ? (
        <>
          <SegmentField
            label="Databases"
            isLabelHidden
            value={items === null ? 'project' : 'items'}
            choices={[
              { value: 'project', label: 'All databases in the project' },
              { value: 'items', label: 'Only these' },
            ]}
            onChange={(next) => onChange(next === 'project' ? null : [])}
          />
          {items !== null && <ScopePicker projectId={project.id} items={items} onChange={onChange} />}
        </>
      ) : (
        scope.databases.map((database) => (
          <DatabaseLeft
            key={database.databaseId}
            {...{ grant, database }}
            items={items ?? []}
            onToggle={(node) => onChange(toggleNode(items ?? [], node))}
          />
        ))
      )}
    </fieldset>
  );
}

interface DatabaseLeftProps {
  grant: GrantDetail;
  database: Database;
  items: readonly ScopeItem[];
  onToggle: (node: ScopeItem) => void;
}

function DatabaseLeft({ grant, database, items, onToggle }: DatabaseLeftProps) {
  const { databaseId, name, environment, isWhole } = database;
  const [isOpen, setIsOpen] = useState(false);
  const tags = <EnvironmentTag environment={environment} />;
  if (isWhole) {
    return (
      <div>
        <ScopeNodeRow
          node={{ databaseId, schema: null, table: null }}
          {...{ name, items, onToggle, tags }}
          note="all tables"
          isOpen={isOpen}
          onOpen={() => setIsOpen(!isOpen)}
        />
        {isOpen && <ScopeTables {...{ databaseId, items, onToggle }} marksOwn={false} />}
      </div>
    );
  }
  const parts = itemsOf({ ...grant.scope, databases: [database] });
  return (
    <div>
      <div className={css.partsOf}>
        <span className="mono">{name}</span> {tags}
      </div>
      {parts.map((part) => (
        <ScopeNodeRow
          key={`${part.schema}.${part.table}`}
          node={part}
          name={part.table === null ? `${part.schema}.*` : nameOf(part)}
          {...{ items, onToggle }}
          note={part.table === null ? 'all tables of the schema' : tableUse(grant, part)}
        />
      ))}
    </div>
  );
}

function nameOf({ schema, table }: ScopeItem): string {
  return schema === null || schema === '' || schema === 'public' ? (table ?? '') : `${schema}.${table}`;
}
