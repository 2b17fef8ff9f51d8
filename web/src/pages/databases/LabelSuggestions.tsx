import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ItemOf } from '../../api/client.ts';
import { readPage, useSend } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { DataLabels } from '../../ui/DataLabels.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import css from './Labels.module.css';

type Suggestion = ItemOf<'GET /databases/:databaseId/label-suggestions'>;

const keyOf = ({ schema, table, column, label }: Suggestion) => JSON.stringify([schema, table, column, label]);

/** Labels that names and types suggest: nothing is set before somebody confirms it. */
export function LabelSuggestions({ databaseId }: { databaseId: string }) {
  const [page, setPage] = useState(1);
  const [leftOut, setLeftOut] = useState<ReadonlySet<string>>(new Set());
  const params = { databaseId };
  const list = useQuery(
    readPage('GET /databases/:databaseId/label-suggestions', { params, query: { page, pageSize: 20 } }),
  );
  const confirm = useSend('POST /databases/:databaseId/labels', { onSuccess: () => setPage(1) });
  const chosen = list.data?.items.filter((item) => !leftOut.has(keyOf(item))) ?? [];
  const toggle = (key: string) => {
    const next = new Set(leftOut);
    if (!next.delete(key)) next.add(key);
    setLeftOut(next);
  };
  const columns: readonly Column<Suggestion>[] = [
    {
      key: 'place',
      head: 'Table or column',
      draw: (item) => (
        <label>
          <input type="checkbox" checked={!leftOut.has(keyOf(item))} onChange={() => toggle(keyOf(item))} />{' '}
          <span className="mono">{placeWords(item)}</span>
        </label>
      ),
    },
    { key: 'label', head: 'Label', isTight: true, draw: ({ label }) => <DataLabels labels={[label]} /> },
    { key: 'because', head: 'Because', draw: ({ because }) => because },
  ];
  return (
    <div className={css.part}>
      <h3>Suggestions</h3>
      {chosen.length > 0 && (
        <div className={css.confirm}>
          <Button
            isBusy={confirm.isPending}
            onClick={() =>
              confirm.mutate({
                params,
                body: {
                  origin: 'suggestion',
                  items: chosen.map(({ schema, table, column, label }) => ({ schema, table, column, label })),
                },
              })
            }
          >
            Confirm {plural(chosen.length, 'label')}
          </Button>
        </div>
      )}
      <ErrorNotice error={confirm.error} />
      <DataTable<Suggestion>
        label="Suggested labels"
        columns={columns}
        list={list}
        idOf={keyOf}
        onPage={setPage}
        empty={<EmptyState>Names and types here suggest no label that is not set.</EmptyState>}
      />
    </div>
  );
}

function placeWords({ schema, table, column }: Suggestion): string {
  const name = schema === '' || schema === 'public' ? table : `${schema}.${table}`;
  return column === null ? name : `${name}.${column}`;
}
