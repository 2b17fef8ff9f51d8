import { PageHeader } from '../../ui/Page.tsx';

export function HomePage() {
  return <PageHeader title="HomePage" />;
}
