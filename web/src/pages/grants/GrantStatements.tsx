import type { Reply } from '../../api/client.ts';
import { numberWords } from '../../lib/plural.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './Grant.module.css';

type Statement = Reply<'GET /grants/:grantId'>['statements'][number];

const columns: readonly Column<Statement>[] = [
  { key: 'at', head: 'When', isTight: true, draw: (statement) => <RelativeTime at={statement.startedAt} /> },
  { key: 'person', head: 'Who', isTight: true, draw: (statement) => statement.person },
  { key: 'text', head: 'Statement', draw: (statement) => <code className={css.text}>{statement.text}</code> },
  { key: 'state', head: 'State', isTight: true, draw: (statement) => statement.state },
  {
    key: 'rows',
    head: 'Rows',
    isTight: true,
    align: 'right',
    draw: (statement) => (statement.rows === null ? '' : numberWords(statement.rows)),
  },
];

/** The latest statements that ran under a grant, as the grant's own answer carries them. */
export function GrantStatements({ statements }: { statements: readonly Statement[] }) {
  if (statements.length === 0) return null;
  const list = { data: { items: statements }, error: null, isPending: false, isPlaceholderData: false };
  return (
    <DataTable<Statement>
      label="Statements under this grant"
      columns={columns}
      list={list}
      idOf={(statement) => statement.id}
      empty={null}
    />
  );
}
