import { PageHeader } from '../../ui/Page.tsx';

export function PasswordPage() {
  return <PageHeader title="PasswordPage" />;
}
