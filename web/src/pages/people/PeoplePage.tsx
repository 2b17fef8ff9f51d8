import { PageHeader } from '../../ui/Page.tsx';

export function PeoplePage() {
  return <PageHeader title="PeoplePage" />;
}
