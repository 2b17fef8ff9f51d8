import { useQuery } from '@tanstack/react-query';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { IconClose } from '../../ui/icons.ts';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './Databases.module.css';
import { LabelEditor } from './LabelEditor.tsx';
import labelsCss from './Labels.module.css';

type RelationDetail = Reply<'GET /databases/:databaseId/relations/:relationId'>;
type TableColumn = RelationDetail['columns'][number];

interface StructureProps {
  databaseId: string;
  relationId: string;
  onClose: () => void;
}

/** Columns, keys and indexes of one table or view. */
export function Structure({ databaseId, relationId, onClose }: StructureProps) {
  const params = { databaseId, relationId };
  const relation = useQuery(read('GET /databases/:databaseId/relations/:relationId', { params }));
  if (relation.error) return <ErrorNotice error={relation.error} onRetry={() => void relation.refetch()} />;
  if (!relation.data) return <SkeletonBlock lines={6} />;
  const { data } = relation;
  return (
    <section aria-label={`Structure of ${data.name}`}>
      <div className={css.relationHead}>
        <h2 className="mono">{data.name}</h2>
        <Button look="quiet" isIcon isSmall aria-label="Close" onClick={onClose}>
          <IconClose aria-hidden="true" />
        </Button>
      </div>
      <div className={labelsCss.ofTable}>
        Labels <Labels databaseId={databaseId} relation={data} column={null} />
      </div>
      <Columns databaseId={databaseId} relation={data} />
      <Keys relation={data} />
    </section>
  );
}

/** The labels of the table, or of one of its columns. */
function Labels(props: { databaseId: string; relation: RelationDetail; column: string | null }) {
  const { databaseId, relation, column } = props;
  const { schema, name: table } = relation;
  const params = { databaseId };
  const query = { schema, table, pageSize: 200 };
  const labels = useQuery(read('GET /databases/:databaseId/labels', { params, query }));
  if (!labels.data) return null;
  return (
    <LabelEditor
      databaseId={databaseId}
      place={{ schema, table, column }}
      labels={labels.data.items.filter((label) => label.column === column)}
      known={labels.data.known}
      mayChange={may(labels.data, 'change')}
    />
  );
}

function Columns({ databaseId, relation }: { databaseId: string; relation: RelationDetail }) {
  const columns: readonly Column<TableColumn>[] = [
    {
      key: 'name',
      head: 'Column',
      draw: (column) => (
        <span className="mono">
          {column.name}
          {relation.primaryKey.includes(column.name) && <span className={css.key}> key</span>}
        </span>
      ),
    },
    { key: 'type', head: 'Type', draw: (column) => <span className="mono">{column.type}</span> },
    {
      key: 'labels',
      head: 'Labels',
      draw: (column) => <Labels databaseId={databaseId} relation={relation} column={column.name} />,
    },
    { key: 'null', head: 'Null', isTight: true, draw: (column) => (column.isNullable ? 'yes' : 'no') },
    { key: 'default', head: 'Default', draw: (column) => column.defaultText && <code>{column.defaultText}</code> },
  ];
  const list = { data: { items: relation.columns }, error: null, isPending: false, isPlaceholderData: false };
  return (
    <DataTable<TableColumn>
      label="Columns"
      columns={columns}
      list={list}
      idOf={(column) => column.name}
      empty={<p>No columns.</p>}
    />
  );
}

function Keys({ relation }: { relation: RelationDetail }) {
  const names = (list: readonly string[]) => list.join(', ');
  return (
    <>
      {relation.foreignKeys.length > 0 && (
        <div className={css.group}>
          <h3>Foreign keys</h3>
          <ul>
            {relation.foreignKeys.map((key) => (
              <li key={key.name} className="mono">
                ({names(key.columns)}) → {key.toSchema === '' ? key.toTable : `${key.toSchema}.${key.toTable}`}(
                {names(key.toColumns)})
              </li>
            ))}
          </ul>
        </div>
      )}
      {relation.indexes.length > 0 && (
        <div className={css.group}>
          <h3>Indexes</h3>
          <ul>
            {relation.indexes.map((index) => (
              <li key={index.name}>
                <span className="mono">
                  {index.name} ({names(index.columns)})
                </span>
                {index.isUnique && <span className={css.key}> unique</span>}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
