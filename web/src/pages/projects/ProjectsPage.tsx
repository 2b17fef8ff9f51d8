import { PageHeader } from '../../ui/Page.tsx';

export function ProjectsPage() {
  return <PageHeader title="ProjectsPage" />;
}
