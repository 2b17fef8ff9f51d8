import { PageHeader } from '../../ui/Page.tsx';

export function RequestPage() {
  return <PageHeader title="RequestPage" />;
}
