import { PageHeader } from '../../ui/Page.tsx';

export function MembersPage() {
  return <PageHeader title="MembersPage" />;
}
