import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { read } from '../../api/queries.ts';
import { useMay, useMe } from '../../app/session.ts';
import { readsByRole } from '../../lib/role-labels.ts';
import { LinkButton } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Page, PageHeader, Section } from '../../ui/Page.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { RequestList } from '../requests/RequestList.tsx';
import { FirstSteps } from './FirstSteps.tsx';
import { HeldGrant } from './HeldGrant.tsx';
import css from './HomePage.module.css';

const shown = 6;

/** What I can do now, and what waits: for me, and from me. */
export function HomePage() {
  const me = useMe();
  const onlyReads = useOnlyReads();
  return (
    <Page>
      <PageHeader
        title="Home"
        actions={
          onlyReads ? (
            <LinkButton to="/audit" search={{}} look="primary">
              Open the audit log
            </LinkButton>
          ) : (
            <LinkButton to="/editor" search={{}} look="primary">
              Open SQL Editor
            </LinkButton>
          )
        }
      />
      <ToDecide />
      <AccessNow />
      <MyPending personId={me.person.id} />
      <FirstSteps />
    </Page>
  );
}

/** Reads the record of everybody and queries nothing, as far as the whole workspace goes. */
function useOnlyReads(): boolean {
  const [readsRecord, usesEditor] = [useMay('audit.list'), useMay('editor.use')];
  return readsRecord && !usesEditor;
}

const byRole =
  'By your role you may read where the environment allows it: opening a database in the SQL Editor makes a grant of one hour, recorded like anybody’s.';
const byAsking = 'Run a statement in the SQL Editor: what is missing becomes a request by itself. Or ask by hand.';

function AccessNow() {
  const mayReadByRole = useMe().roles.some(readsByRole);
  const onlyReads = useOnlyReads();
  const access = useQuery(read('GET /my-access'));
  return (
    <Section title="What you can do now">
      <ErrorNotice error={access.error} onRetry={() => void access.refetch()} />
      {access.isPending && <SkeletonBlock lines={2} />}
      {access.data && access.data.items.length > 0 && (
        <ul className={css.access}>
          {access.data.items.map((grant) => (
            <HeldGrant key={grant.id} grant={grant} />
          ))}
        </ul>
      )}
      {access.data?.items.length === 0 && onlyReads && (
        <EmptyState>You read requests, grants, statements and the audit log. Your role opens no data.</EmptyState>
      )}
      {access.data?.items.length === 0 && !onlyReads && (
        <EmptyState
          action={
            <LinkButton to="/requests/new" search={{}}>
              Request access
            </LinkButton>
          }
        >
          Nothing is open for you right now. {mayReadByRole ? byRole : byAsking}
        </EmptyState>
      )}
    </Section>
  );
}

function ToDecide() {
  const query = { view: 'to_decide', state: 'pending', pageSize: shown } as const;
  const requests = useQuery(read('GET /requests', { query }));
  if (!requests.data || requests.data.total === 0) return null;
  return (
    <Section title="Waits for your decision">
      <RequestList label="Requests that wait for your decision" requests={requests.data.items} />
      {requests.data.total > shown && (
        <p className={css.more}>
          <Link to="/requests" search={{ view: 'to_decide' }}>
            All {requests.data.total}
          </Link>
        </p>
      )}
    </Section>
  );
}

function MyPending({ personId }: { personId: string }) {
  const query = { view: 'mine', state: 'pending', pageSize: shown } as const;
  const requests = useQuery(read('GET /requests', { query }));
  if (!requests.data || requests.data.total === 0) return null;
  return (
    <Section title="You asked for">
      <RequestList key={personId} label="My requests that wait" requests={requests.data.items} />
    </Section>
  );
}
