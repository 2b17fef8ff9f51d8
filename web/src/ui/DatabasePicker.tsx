import { callApi, type ItemOf } from '../api/client.ts';
import { EnvironmentTag } from './EnvironmentTag.tsx';
import { IconLock } from './icons.ts';
import css from './SearchPicker.module.css';
import { SearchPicker } from './SearchPicker.tsx';

type Database = ItemOf<'GET /databases'>;

interface DatabasePickerProps {
  label: string;
  chosen: string;
  onChoose: (database: Database) => void;
  projectId?: string;
  error?: string | null;
}

/** One database, searched on the server, with its environment and a lock where it cannot be read. */
export function DatabasePicker({ label, chosen, onChoose, projectId, error }: DatabasePickerProps) {
  return (
    <SearchPicker<Database>
      label={label}
      placeholder="Search databases"
      chosen={chosen}
      error={error}
      searchKey={['GET /databases', projectId]}
      search={async (search, signal) => {
        const query = { search, pageSize: 20, ...(projectId === undefined ? {} : { projectId }) };
        return (await callApi('GET /databases', { query }, { signal })).items;
      }}
      idOf={(database) => database.id}
      draw={(database) => (
        <>
          {database.myAccess.read === 'none' && <IconLock size={13} aria-label="not readable" />}
          <span className="mono">{database.name}</span>
          <EnvironmentTag environment={database.environment} />
          <span className={css.hint}>{database.instance.title}</span>
        </>
      )}
      onChoose={onChoose}
      emptyWords="No database has this name."
    />
  );
}
