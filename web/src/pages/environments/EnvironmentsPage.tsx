import { PageHeader } from '../../ui/Page.tsx';

export function EnvironmentsPage() {
  return <PageHeader title="EnvironmentsPage" />;
}
