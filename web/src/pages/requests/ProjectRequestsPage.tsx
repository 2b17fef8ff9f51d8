import { PageHeader } from '../../ui/Page.tsx';

export function ProjectRequestsPage() {
  return <PageHeader title="ProjectRequestsPage" />;
}
