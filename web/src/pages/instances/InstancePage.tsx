import { PageHeader } from '../../ui/Page.tsx';

export function InstancePage() {
  return <PageHeader title="InstancePage" />;
}
