import { PageHeader } from '../../ui/Page.tsx';

export function DatabasesPage() {
  return <PageHeader title="DatabasesPage" />;
}
