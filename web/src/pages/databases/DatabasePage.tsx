import { PageHeader } from '../../ui/Page.tsx';

export function DatabasePage() {
  return <PageHeader title="DatabasePage" />;
}
