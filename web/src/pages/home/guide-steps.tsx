import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { read, useSend } from '../../api/queries.ts';
import { beginSession, useMe } from '../../app/session.ts';
import { Button, LinkButton } from '../../ui/Button.tsx';
import { notify } from '../../ui/notices.ts';
import type { GuideStep } from './Guide.tsx';

function BecomeButton({
  route,
  children,
}: {
  route: 'POST /me/continue-as-dev' | 'POST /me/return';
  children: string;
}) {
  const navigate = useNavigate();
  const become = useSend(route, {
    onSuccess: (me) => {
      beginSession(me);
      void navigate({ to: '/' });
    },
    onError: (problem) => notify(problem.message, 'failed'),
  });
  return (
    <Button isBusy={become.isPending} onClick={() => become.mutate({})}>
      {children}
    </Button>
  );
}

const asDev = <BecomeButton route="POST /me/continue-as-dev">Continue as dev</BecomeButton>;

function useHrProd() {
  const found = useQuery(read('GET /databases', { query: { search: 'hr_prod', pageSize: 5 } }));
  return found.data?.items.find((database) => database.isSample && database.name === 'hr_prod');
}

/** The administrator's side of the sample journey. */
export function useSampleSteps(): readonly GuideStep[] {
  const me = useMe();
  const requests = useQuery(read('GET /requests', { query: { view: 'all', pageSize: 20 } })).data?.items ?? [];
  const grants = useQuery(read('GET /grants', { query: { mine: 'false', pageSize: 50 } })).data?.items ?? [];
  const others = requests.filter((request) => request.requester.id !== me.person.id);
  const pending = others.find((request) => request.state === 'pending');
  const given = grants.filter((grant) => grant.source === 'request' && grant.holder.id !== me.person.id);
  const running = given.find((grant) => grant.state === 'active');
  return [
    {
      title: 'Be refused, as dev',
      how: 'dev is a developer who sees the databases and may read none of them. Continue as dev, run a statement on hr_prod, and send the request that the refusal writes.',
      isDone: others.length > 0,
      action: asDev,
    },
    {
      title: 'Decide, as yourself',
      how: pending
        ? 'dev’s request waits for you: see what is asked, why and for how long.'
        : 'Come back from dev, and decide his request.',
      isDone: others.some((request) => request.state !== 'pending'),
      action: pending && (
        <LinkButton to="/requests/$requestId" params={{ requestId: pending.id }}>
          Open request #{String(pending.number)}
        </LinkButton>
      ),
    },
    {
      title: 'Read exactly that, as dev',
      how: 'dev can now read the tables that you approved, and is refused any other, by the database itself.',
      isDone: given.some((grant) => grant.use.statements > 0),
      action: asDev,
    },
    {
      title: 'See it end',
      how: 'Let the time run out, or revoke, even with a statement running. The closure record shows each step, checked at the server.',
      isDone: given.some((grant) => grant.state === 'closed'),
      action: running && (
        <LinkButton to="/grants/$grantId" params={{ grantId: running.id }}>
          Open the grant
        </LinkButton>
      ),
    },
    {
      title: 'Connect your own server',
      how: 'Add an instance, make a project, transfer databases into it, add people. The samples can be removed under Settings.',
      isDone: false,
      action: <LinkButton to="/instances/new">Add an instance</LinkButton>,
    },
  ];
}

/** dev's side of it. */
export function useDevSteps(): readonly GuideStep[] {
  const me = useMe();
  const requests = useQuery(read('GET /requests', { query: { view: 'mine', pageSize: 20 } })).data?.items ?? [];
  const grants = useQuery(read('GET /grants', { query: { mine: 'true', pageSize: 20 } })).data?.items ?? [];
  const database = useHrProd();
  const openEditor = (
    <LinkButton to="/editor" search={database ? { database: database.id } : {}}>
      Open hr_prod in the SQL Editor
    </LinkButton>
  );
  const back = <BecomeButton route="POST /me/return">{`Back to ${me.returnTo?.name ?? 'yourself'}`}</BecomeButton>;
  const isOpen = grants.some((grant) => grant.state === 'active');
  return [
    {
      title: 'Be refused, and ask',
      how: (
        <>
          On hr_prod run{' '}
          <code>
            select first_name, amount, title from employee join salary using (emp_no) join title using (emp_no)
          </code>
          . You are told what is missing, and the request is already written: say why, and send it.
        </>
      ),
      isDone: requests.length > 0,
      action: openEditor,
    },
    {
      title: 'Have it decided',
      how: 'Nobody decides his own request. Go back to the administrator, who does.',
      isDone: requests.some((request) => request.state !== 'pending'),
      action: back,
    },
    {
      title: 'Read what was granted',
      how: 'Your statement works now, in any form, as long as it stays inside. Then try department: it is refused, with an offer to ask for it.',
      isDone: grants.some((grant) => grant.use.statements > 0),
      action: isOpen ? openEditor : undefined,
    },
    {
      title: 'Lose it again',
      how: 'By time, or because the administrator revokes it. Try with a long statement running: select pg_sleep(120).',
      isDone: grants.some((grant) => grant.state === 'closed'),
      action: back,
    },
  ];
}

/** For an administrator without samples: from an empty workspace to somebody's first access. */
export function useOwnServerSteps(): readonly GuideStep[] {
  const one = { pageSize: 1 };
  const instances = useQuery(read('GET /instances', { query: one })).data;
  const projects = useQuery(read('GET /projects', { query: one })).data;
  const databases = useQuery(read('GET /databases', { query: { pageSize: 200 } })).data;
  const people = useQuery(read('GET /people', { query: { pageSize: 2 } })).data;
  const project = projects?.items[0];
  return [
    {
      title: 'Add an instance',
      how: 'A PostgreSQL, MySQL or MariaDB server that Tidegate shall guard.',
      isDone: (instances?.total ?? 0) > 0,
      action: <LinkButton to="/instances/new">Add an instance</LinkButton>,
    },
    {
      title: 'Make a project',
      how: 'A project holds databases with the people who may ask for them.',
      isDone: project !== undefined,
      action: (
        <LinkButton to="/projects" search={{ new: '1' }}>
          New project
        </LinkButton>
      ),
    },
    {
      title: 'Transfer databases into it',
      how: 'Under Database > Databases of the project: Transfer in DB.',
      isDone: databases?.items.some((database) => database.project !== null) ?? false,
      action: project && (
        <LinkButton to="/projects/$projectId/databases" params={{ projectId: project.id }} search={{}}>
          Open {project.name}
        </LinkButton>
      ),
    },
    {
      title: 'Add people',
      how: 'By an invitation link, or with a first password. Project Developers may ask for access, and read nothing before.',
      isDone: (people?.total ?? 0) > 1,
      action: (
        <LinkButton to="/people" search={{}}>
          Users &amp; Groups
        </LinkButton>
      ),
    },
  ];
}
