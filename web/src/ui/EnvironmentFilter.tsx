import { useQuery } from '@tanstack/react-query';
import { read } from '../api/queries.ts';
import { Filter } from './ListToolbar.tsx';

/** Filters a list by environment. Environments are few: they are all in one answer. */
export function EnvironmentFilter(props: {
  value: string | undefined;
  onChange: (environmentId: string | undefined) => void;
}) {
  const environments = useQuery(read('GET /environments'));
  const choices = (environments.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return <Filter label="Environment" any="Any environment" choices={choices} {...props} />;
}
