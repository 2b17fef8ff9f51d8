import { PageHeader } from '../../ui/Page.tsx';

export function AccountPage() {
  return <PageHeader title="AccountPage" />;
}
