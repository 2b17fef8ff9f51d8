import { PageHeader } from '../../ui/Page.tsx';

export function RegisterPage() {
  return <PageHeader title="RegisterPage" />;
}
