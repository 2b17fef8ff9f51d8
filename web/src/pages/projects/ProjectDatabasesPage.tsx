import { PageHeader } from '../../ui/Page.tsx';

export function ProjectDatabasesPage() {
  return <PageHeader title="ProjectDatabasesPage" />;
}
