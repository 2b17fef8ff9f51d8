import { PageHeader } from '../../ui/Page.tsx';

export function InstancesPage() {
  return <PageHeader title="InstancesPage" />;
}
