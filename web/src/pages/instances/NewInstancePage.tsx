import { PageHeader } from '../../ui/Page.tsx';

export function NewInstancePage() {
  return <PageHeader title="NewInstancePage" />;
}
