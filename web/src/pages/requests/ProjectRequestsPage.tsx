import { getRouteApi } from '@tanstack/react-router';
import { LinkButton } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { RequestsView } from './RequestsView.tsx';

const route = getRouteApi('/in/projects/$projectId/requests');

export function ProjectRequestsPage() {
  const search = route.useSearch();
  const { projectId } = route.useParams();
  const navigate = route.useNavigate();
  return (
    <Page>
      <PageHeader
        title="Requests"
        actions={
          <LinkButton to="/requests/new" search={{ project: projectId }} look="primary">
            Request Querier Role
          </LinkButton>
        }
      />
      <RequestsView
        search={search}
        projectId={projectId}
        onSearch={(patch) =>
          void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true })
        }
        empty={<EmptyState>Access requests for the databases of this project appear here.</EmptyState>}
      />
    </Page>
  );
}
