import { PageHeader } from '../../ui/Page.tsx';

export function AccessPage() {
  return <PageHeader title="AccessPage" />;
}
