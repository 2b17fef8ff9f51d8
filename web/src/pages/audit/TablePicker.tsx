import { callApi, type ItemOf } from '../../api/client.ts';
import pickerCss from '../../ui/SearchPicker.module.css';
import { SearchPicker } from '../../ui/SearchPicker.tsx';

type Relation = ItemOf<'GET /databases/:databaseId/relations'>;

/** `schema.table` as statements are recorded. */
export function tableName({ schema, name }: Pick<Relation, 'schema' | 'name'>): string {
  return schema === '' ? name : `${schema}.${name}`;
}

interface TablePickerProps {
  databaseId: string;
  chosen: string;
  onChoose: (relation: Relation) => void;
}

/** One table of a database, searched on the server. */
export function TablePicker({ databaseId, chosen, onChoose }: TablePickerProps) {
  return (
    <SearchPicker<Relation>
      label="Table"
      placeholder="Search tables"
      chosen={chosen}
      searchKey={['GET /databases/:databaseId/relations', databaseId]}
      search={async (search, signal) => {
        const call = { params: { databaseId }, query: { search, pageSize: 20 } };
        return (await callApi('GET /databases/:databaseId/relations', call, { signal })).items;
      }}
      idOf={(relation) => relation.id}
      draw={(relation) => (
        <>
          <span className="mono">{relation.name}</span>
          <span className={pickerCss.hint}>{relation.schema}</span>
        </>
      )}
      onChoose={onChoose}
      emptyWords="No table has this name."
    />
  );
}
