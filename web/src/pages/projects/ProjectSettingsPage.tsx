import { PageHeader } from '../../ui/Page.tsx';

export function ProjectSettingsPage() {
  return <PageHeader title="ProjectSettingsPage" />;
}
