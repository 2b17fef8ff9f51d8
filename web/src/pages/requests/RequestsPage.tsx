import { PageHeader } from '../../ui/Page.tsx';

export function RequestsPage() {
  return <PageHeader title="RequestsPage" />;
}
