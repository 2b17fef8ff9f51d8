import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { ItemOf } from '../../api/client.ts';
import { read, useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { DataLabels } from '../../ui/DataLabels.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { CheckField, SelectField, TextField } from '../../ui/Field.tsx';
import { Form } from '../../ui/Page.tsx';
import css from './Labels.module.css';

type Pattern = ItemOf<'GET /databases/:databaseId/label-patterns'>;

const targets = [
  { value: 'column', label: 'every column' },
  { value: 'table', label: 'every table' },
] as const;

/** Name patterns: whatever bears such a name has the label, also what comes later. */
export function LabelPatterns({ databaseId }: { databaseId: string }) {
  const params = { databaseId };
  const list = useQuery(read('GET /databases/:databaseId/label-patterns', { params }));
  const remove = useSend('DELETE /databases/:databaseId/label-patterns/:patternId');
  const columns: readonly Column<Pattern>[] = [
    {
      key: 'pattern',
      head: 'Name',
      draw: ({ target, pattern }) => (
        <>
          {target} <span className="mono">{pattern}</span>
        </>
      ),
    },
    { key: 'label', head: 'Label', isTight: true, draw: ({ label }) => <DataLabels labels={[label]} /> },
    { key: 'where', head: 'Where', draw: ({ project }) => project?.name ?? 'every database' },
    {
      key: 'actions',
      head: '',
      isTight: true,
      draw: (item) =>
        may(item, 'delete') && (
          <Button
            isSmall
            look="quiet"
            aria-label={`Delete the pattern ${item.pattern}`}
            disabled={remove.isPending}
            onClick={() => remove.mutate({ params: { databaseId, patternId: item.id } })}
          >
            Delete
          </Button>
        ),
    },
  ];
  return (
    <div className={css.part}>
      <h3>Name patterns</h3>
      <ErrorNotice error={remove.error} />
      <DataTable<Pattern>
        label="Name patterns"
        columns={columns}
        list={list}
        idOf={({ id }) => id}
        empty={<EmptyState>A pattern such as *mail* gives its label to all such names, also later ones.</EmptyState>}
      />
      {may(list.data, 'create') && <AddPattern databaseId={databaseId} mayForAll={may(list.data, 'createForAll')} />}
    </div>
  );
}

function AddPattern({ databaseId, mayForAll }: { databaseId: string; mayForAll: boolean }) {
  const [target, setTarget] = useState<(typeof targets)[number]['value']>('column');
  const [pattern, setPattern] = useState('');
  const [label, setLabel] = useState('');
  const [isForAll, setIsForAll] = useState(false);
  const add = useSend('POST /databases/:databaseId/label-patterns', { onSuccess: () => setPattern('') });
  const body = { target, pattern: pattern.trim(), label: label.trim(), isForAll };
  return (
    <Form label="Add name pattern" onSubmit={() => add.mutate({ params: { databaseId }, body })}>
      <div className={css.patterns}>
        <SelectField label="Give" value={target} choices={targets} onChange={setTarget} />
        <TextField
          label="named"
          isMono
          placeholder="*mail*"
          maxLength={128}
          value={pattern}
          onChange={setPattern}
          error={add.error?.fields['pattern']}
        />
        <TextField
          label="the label"
          isMono
          placeholder="pii"
          maxLength={40}
          value={label}
          onChange={setLabel}
          error={add.error?.fields['label']}
        />
        <Button type="submit" isBusy={add.isPending} disabled={body.pattern === '' || body.label === ''}>
          Add pattern
        </Button>
      </div>
      {mayForAll && (
        <CheckField label="In every database, not only this project" isChecked={isForAll} onChange={setIsForAll} />
      )}
      <ErrorNotice error={add.error} />
    </Form>
  );
}
