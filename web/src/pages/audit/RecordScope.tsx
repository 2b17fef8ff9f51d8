import { useQuery } from '@tanstack/react-query';
import type { Principal } from '@tidegate/contract';
import { callApi } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { DatabasePicker } from '../../ui/DatabasePicker.tsx';
import { IconClose } from '../../ui/icons.ts';
import { ProjectPicker } from '../../ui/ProjectPicker.tsx';
import pickerCss from '../../ui/SearchPicker.module.css';
import { SearchPicker } from '../../ui/SearchPicker.tsx';
import css from './Audit.module.css';
import type { AuditEvent } from './AuditEvents.tsx';
import type { AuditSearch } from './audit-filters.ts';
import { TablePicker, tableName } from './TablePicker.tsx';

interface RecordScopeProps {
  search: AuditSearch;
  onChange: (patch: AuditSearch) => void;
  /** What is listed: it knows the name of the person that the address bar only has the id of. */
  events: readonly AuditEvent[];
}

/** Narrows the record to a person, project, database, table, request or grant; each is searched on the server. */
export function RecordScope({ search, onChange, events }: RecordScopeProps) {
  const project = useQuery({
    ...read('GET /projects/:projectId', { params: { projectId: search.project ?? '' } }),
    enabled: search.project !== undefined,
  });
  const database = useQuery({
    ...read('GET /databases/:databaseId', { params: { databaseId: search.database ?? '' } }),
    enabled: search.database !== undefined,
  });
  const people = events.flatMap((event) => [event.actor, event.onBehalfOf]);
  const person = people.find((candidate) => candidate?.id === search.person)?.name ?? 'this person';
  return (
    <div className={css.scope}>
      <PersonPicker
        chosen={search.person === undefined ? '' : person}
        onChoose={({ id }) => onChange({ person: id })}
      />
      <ProjectPicker
        label="Project"
        chosen={search.project === undefined ? '' : (project.data?.name ?? 'this project')}
        onChoose={({ id }) => onChange({ project: id })}
      />
      <DatabasePicker
        label="Database"
        chosen={search.database === undefined ? '' : (database.data?.name ?? 'this database')}
        onChoose={({ id }) => onChange({ database: id, table: undefined })}
      />
      {search.database !== undefined && (
        <TablePicker
          databaseId={search.database}
          chosen={search.table ?? ''}
          onChoose={(relation) => onChange({ table: tableName(relation) })}
        />
      )}
      {search.request !== undefined && (
        <Button onClick={() => onChange({ request: undefined })}>
          Only one request <IconClose aria-label="Show all requests" />
        </Button>
      )}
      {search.grant !== undefined && (
        <Button onClick={() => onChange({ grant: undefined })}>
          Only one grant <IconClose aria-label="Show all grants" />
        </Button>
      )}
    </div>
  );
}

function PersonPicker({ chosen, onChoose }: { chosen: string; onChoose: (person: Principal) => void }) {
  return (
    <SearchPicker<Principal>
      label="Person"
      placeholder="Search people"
      chosen={chosen}
      searchKey={['GET /principals', 'people']}
      search={async (typed, signal) => {
        const { items } = await callApi('GET /principals', { query: { search: typed } }, { signal });
        return items.filter((item) => item.kind === 'person');
      }}
      idOf={(person) => person.id}
      draw={(person) => (
        <>
          {person.name}
          <span className={pickerCss.hint}>{person.email}</span>
        </>
      )}
      onChoose={onChoose}
      emptyWords="Nobody has this name."
    />
  );
}
