import { useQuery } from '@tanstack/react-query';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { read, useSend } from '../../api/queries.ts';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { SelectField } from '../../ui/Field.tsx';
import css from './EnvironmentOverride.module.css';

const inherited = 'inherited';

/** The database's environment: its instance's, or its own. */
export function EnvironmentOverride({ database }: { database: Reply<'GET /databases/:databaseId'> }) {
  const environments = useQuery(read('GET /environments'));
  const change = useSend('PATCH /databases/:databaseId');
  if (!may(database, 'changeEnvironment') || !environments.data) return null;
  return (
    <div className={css.place}>
      <SelectField
        label="Environment"
        value={database.isEnvironmentInherited ? inherited : database.environment.id}
        choices={[
          { value: inherited, label: `As its instance` },
          ...environments.data.items.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        disabled={change.isPending}
        onChange={(value) =>
          change.mutate({
            params: { databaseId: database.id },
            body: { environmentId: value === inherited ? null : value },
          })
        }
      />
      <ErrorNotice error={change.error} />
    </div>
  );
}
