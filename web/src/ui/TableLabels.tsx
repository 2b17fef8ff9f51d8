import { useQuery } from '@tanstack/react-query';
import { read } from '../api/queries.ts';
import { DataLabels } from './DataLabels.tsx';

/** The labels of one table and its columns, where the answer that names it does not carry them. */
export function TableLabels(props: { databaseId: string; schema: string | null; table: string | null }) {
  const { databaseId, schema, table } = props;
  const params = { databaseId };
  const query = { pageSize: 200, schema: schema ?? '', table: table ?? '' };
  const labels = useQuery({
    ...read('GET /databases/:databaseId/labels', { params, query }),
    enabled: table !== null,
  });
  return <DataLabels labels={[...new Set(labels.data?.items.map(({ label }) => label) ?? [])].toSorted()} />;
}
