import { getRouteApi } from '@tanstack/react-router';
import { LinkButton } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { RequestsView } from './RequestsView.tsx';

const route = getRouteApi('/in/requests');

export function RequestsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const ask = (
    <>
      <LinkButton to="/requests/new" search={{}} look="primary">
        Request access
      </LinkButton>
      <LinkButton to="/emergency">Emergency access</LinkButton>
    </>
  );
  return (
    <Page>
      <PageHeader title="Requests" actions={ask} />
      <RequestsView
        search={search}
        onSearch={(patch) =>
          void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true })
        }
        empty={
          <EmptyState>
            Access requests appear here: yours, and those that you may decide. A statement that is refused in the SQL
            Editor fills one in by itself.
          </EmptyState>
        }
      />
    </Page>
  );
}
