import { PageHeader } from '../../ui/Page.tsx';

export function GrantPage() {
  return <PageHeader title="GrantPage" />;
}
