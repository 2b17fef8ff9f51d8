import { PageHeader } from '../../ui/Page.tsx';

export function SignInPage() {
  return <PageHeader title="SignInPage" />;
}
