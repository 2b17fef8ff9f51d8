import { EngineError, type InstanceTarget } from '../engine.ts';
import { makeHrSample, type SampleTable, type SampleValue } from '../sample/hr-sample.ts';
import { hrSchema } from '../sample/hr-schema.ts';
import { connectingUser } from '../sign-in.ts';
import { connect } from './connection.ts';
import { quoteName, quoteText } from './quote.ts';

const rowsAtOnce = 500;

/** Creates the sample's tables and views in a database that has neither. */
export async function loadSample(target: InstanceTarget, database: string): Promise<void> {
  const connection = await connect(target, { ...connectingUser(target), database, programName: 'Tidegate' });
  try {
    await connection.rows("SET SESSION sql_mode = 'STRICT_ALL_TABLES'");
    const present = await connection.rows(
      `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoteText(database)} LIMIT 1`,
    );
    if (present.length > 0) {
      throw new EngineError('database_not_empty', `The database ${database} has tables already.`, {
        hint: 'Load the sample into an empty database.',
      });
    }
    const { tables, views } = hrSchema('mysql');
    for (const statement of tables) await connection.rows(statement);
    for (const table of makeHrSample()) {
      for (const statement of insertsOf(table)) await connection.rows(statement);
    }
    for (const statement of views) await connection.rows(statement);
  } finally {
    await connection.close();
  }
}

function* insertsOf({ name, columns, rows }: SampleTable): Generator<string> {
  const into = `INSERT INTO ${quoteName(name)} (${columns.map(quoteName).join(', ')}) VALUES `;
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    yield into +
      rows
        .slice(from, from + rowsAtOnce)
        .map((row) => `(${row.map(literal).join(', ')})`)
        .join(', ');
  }
}

function literal(value: SampleValue): string {
  return typeof value === 'number' ? String(value) : quoteText(value);
}
