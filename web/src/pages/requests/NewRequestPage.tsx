import { PageHeader } from '../../ui/Page.tsx';

export function NewRequestPage() {
  return <PageHeader title="NewRequestPage" />;
}
