import type { MissingAccess } from '@tidegate/contract';
import { choiceOf, toggleNode } from '../../lib/scope-items.ts';
import { CheckField, SegmentField } from '../Field.tsx';
import { ScopePicker } from '../ScopePicker.tsx';
import { TableLabels } from '../TableLabels.tsx';
import css from './RequestForm.module.css';
import { type RequestDraft, requestedItems } from './request-draft.ts';

interface RequestScopeProps {
  projectId: string;
  databaseId?: string | undefined;
  missing?: readonly MissingAccess[] | undefined;
  missingLabel?: string | undefined;
  draft: RequestDraft;
  onChange: (patch: Partial<RequestDraft>) => void;
}

/** What access is asked for: exactly what the refused statement was missing, or chosen by hand. */
export function RequestScope(props: RequestScopeProps) {
  return props.missing === undefined ? (
    <ScopeByHand {...props} />
  ) : (
    <MissingTables {...props} missing={props.missing} />
  );
}

function ScopeByHand({ projectId, databaseId, draft, onChange }: RequestScopeProps) {
  return (
    <div className={css.scope}>
      <SegmentField
        label="Databases"
        value={draft.scopeKind}
        choices={[
          { value: 'items', label: 'Manually select' },
          { value: 'project', label: 'All databases in the project' },
        ]}
        onChange={(scopeKind) => onChange({ scopeKind })}
      />
      {draft.scopeKind === 'items' && (
        <ScopePicker
          projectId={projectId}
          items={draft.items}
          openDatabaseId={databaseId}
          marksOwn
          laterAtFirst="left out"
          onChange={(items) => onChange({ items })}
        />
      )}
    </div>
  );
}

function MissingTables(props: RequestScopeProps & { missing: readonly MissingAccess[] }) {
  const { missing, missingLabel = 'Tables that the statement needs and you do not have', draft, onChange } = props;
  const requestable = requestedItems(missing.filter((item) => item.isRequestable));
  const outOfReach = missing.filter((item) => !item.isRequestable);
  const nameOf = (schema: string | null, table: string | null) =>
    schema === '' || schema === 'public' || schema === null ? table : `${schema}.${table}`;
  return (
    <fieldset className={css.group}>
      <legend className={css.legend}>{missingLabel}</legend>
      <div className={css.tables}>
        {requestable.map((item) => (
          <CheckField
            key={`${item.databaseId} ${item.schema} ${item.table}`}
            label={
              <>
                <span className="mono">{nameOf(item.schema, item.table)}</span> <TableLabels {...item} />
              </>
            }
            isChecked={choiceOf(draft.items, item) === 'itself'}
            onChange={() => onChange({ items: toggleNode(draft.items, item) })}
          />
        ))}
        {outOfReach.map((item) => (
          <span key={`${item.schema}.${item.table}`} className={css.outOfReach}>
            <span className="mono">{nameOf(item.schema, item.table)}</span> is out of your reach
          </span>
        ))}
      </div>
    </fieldset>
  );
}
