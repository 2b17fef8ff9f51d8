import { callApi, type ItemOf } from '../api/client.ts';
import { SearchPicker } from './SearchPicker.tsx';

type Project = ItemOf<'GET /projects'>;

interface ProjectPickerProps {
  label: string;
  chosen: string;
  onChoose: (project: Project) => void;
  error?: string | null;
}

/** One project, searched on the server. */
export function ProjectPicker({ label, chosen, onChoose, error }: ProjectPickerProps) {
  return (
    <SearchPicker<Project>
      label={label}
      placeholder="Search projects"
      chosen={chosen}
      error={error}
      searchKey={['GET /projects']}
      search={async (search, signal) => {
        const query = { search, state: 'active' as const, pageSize: 20 };
        return (await callApi('GET /projects', { query }, { signal })).items;
      }}
      idOf={(project) => project.id}
      draw={(project) => project.name}
      onChoose={onChoose}
      emptyWords="No project has this name."
    />
  );
}
