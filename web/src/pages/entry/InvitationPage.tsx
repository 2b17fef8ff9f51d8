import { PageHeader } from '../../ui/Page.tsx';

export function InvitationPage() {
  return <PageHeader title="InvitationPage" />;
}
