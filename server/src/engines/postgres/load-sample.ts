import { EngineError } from '../engine.ts';
import { makeHrSample, type SampleTable } from '../sample/hr-sample.ts';
import { hrSchema } from '../sample/hr-schema.ts';
import { type AdminConnections, rowsOf } from './admin-connections.ts';
import { systemSchemas } from './privilege-difference.ts';
import { quoteName } from './quote.ts';

/** See `Engine.loadSample`. All or nothing. */
export async function loadSample(connections: AdminConnections, database: string): Promise<void> {
  await connections.transaction(database, async (client) => {
    const [relation] = await rowsOf<{ name: string }>(
      client,
      `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not ${systemSchemas} limit 1`,
    );
    if (relation !== undefined) {
      throw new EngineError('database_not_empty', `${database} is not empty: it holds ${relation.name}.`, {
        hint: 'Load the sample into a database of its own.',
      });
    }
    await client.query('SET LOCAL search_path = public, pg_catalog');
    const schema = hrSchema('postgres');
    for (const statement of schema.tables) await client.query(statement);
    for (const table of makeHrSample()) await client.query(insertAll(table), [JSON.stringify(table.rows)]);
    for (const statement of schema.views) await client.query(statement);
  });
}

/** One statement for all rows: they travel as one JSON parameter and are cast to the columns' types by the server. */
function insertAll({ name, columns }: SampleTable): string {
  const table = quoteName(name);
  const values = columns.map((column, index) => `(row ->> ${index})::${castOf(column)}`);
  return `INSERT INTO ${table} (${columns.map(quoteName).join(', ')})
    SELECT ${values.join(', ')} FROM jsonb_array_elements($1::jsonb) row`;
}

function castOf(column: string): 'integer' | 'date' | 'text' {
  if (column === 'emp_no' || column === 'amount') return 'integer';
  return column.endsWith('_date') ? 'date' : 'text';
}
