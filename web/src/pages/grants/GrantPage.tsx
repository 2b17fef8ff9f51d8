import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Reply } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { useMe } from '../../app/session.ts';
import { plural } from '../../lib/plural.ts';
import { LinkButton } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Facts, Page, PageHeader, Section } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { ScopeSentence } from '../../ui/ScopeSentence.tsx';
import { ScopeTree } from '../../ui/ScopeView.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { TideLine } from '../../ui/TideLine.tsx';
import { AmendGrantButtons } from './AmendGrantButtons.tsx';
import { ClosureRecord } from './ClosureRecord.tsx';
import { EndGrantButtons } from './EndGrantButtons.tsx';
import css from './Grant.module.css';
import { GrantFamily } from './GrantFamily.tsx';
import { GrantStatements } from './GrantStatements.tsx';
import { GrantUse } from './GrantUse.tsx';
import { privilegeWords, sourceWords } from './grant-words.ts';
import { LiveSessions } from './LiveSessions.tsx';
import { LostTables } from './LostTables.tsx';
import { tableUse } from './narrow-draft.ts';
import { Receipt } from './Receipt.tsx';

type GrantDetail = Reply<'GET /grants/:grantId'>;

const route = getRouteApi('/in/grants/$grantId');

/** One grant: what it opens and until when, what was used of it, and the record of its end. */
export function GrantPage() {
  const { grantId } = route.useParams();
  const grant = useQuery(read('GET /grants/:grantId', { params: { grantId } }));
  return (
    <Page>
      <PageHeader title={grant.data ? `Grant of ${grant.data.holder.name}` : 'Grant'} />
      <ErrorNotice error={grant.error} onRetry={() => void grant.refetch()} />
      {grant.isPending && <SkeletonBlock lines={8} />}
      {grant.data && <GrantScreen grant={grant.data} />}
    </Page>
  );
}

function GrantScreen({ grant }: { grant: GrantDetail }) {
  const { startsAt, expiresAt, state, end } = grant;
  const openSessions = grant.sessions.filter((session) => session.state !== 'ended').length;
  return (
    <>
      <div className={css.head}>
        <p className={css.sentence}>
          <ScopeSentence sentence={grant.sentence} scope={grant.scope} />
        </p>
        <div className={css.tide}>
          <TideLine isWide startsAt={startsAt} expiresAt={expiresAt} state={state} endedAt={end?.endedAt} />
        </div>
        <div className={css.actions}>
          <OpenInEditor grant={grant} />
          <AmendGrantButtons grant={grant} />
          <EndGrantButtons grant={grant} />
        </div>
      </div>
      {grant.lostTables.length > 0 && (
        <Section title="Lost tables">
          <LostTables grant={grant} />
        </Section>
      )}
      {end && end.kind !== 'narrowed' && (
        <Section title="Receipt">
          <Receipt grant={grant} />
        </Section>
      )}
      {grant.family.length > 0 && (
        <Section title="Belongs together">
          <GrantFamily family={grant.family} />
        </Section>
      )}
      {end && (
        <Section title="Closure">
          <ClosureRecord grant={grant} />
        </Section>
      )}
      {!end && (
        <Section title={openSessions === 0 ? 'Sessions' : plural(openSessions, 'open session')}>
          {openSessions === 0 ? <p className={css.soft}>No session is open.</p> : <LiveSessions grant={grant} />}
        </Section>
      )}
      <Section title="Scope">
        <ScopeTree
          scope={grant.scope}
          noteOf={grant.use.statements === 0 ? undefined : (item) => tableUse(grant, item)}
        />
      </Section>
      <Section title="About">
        <Facts facts={factsOf(grant)} />
      </Section>
      <Section title="Use">
        <GrantUse grant={grant} />
        <GrantStatements statements={grant.statements} />
      </Section>
    </>
  );
}

function OpenInEditor({ grant }: { grant: GrantDetail }) {
  const me = useMe();
  if (grant.state !== 'active' || grant.holder.id !== me.person.id) return null;
  const database = grant.scope.databases[0]?.databaseId;
  return (
    <LinkButton look="primary" to="/editor" search={database ? { database } : {}}>
      Open in SQL Editor
    </LinkButton>
  );
}

function factsOf(grant: GrantDetail) {
  const facts: [string, React.ReactNode][] = [
    ['Privileges', privilegeWords(grant.privileges)],
    ['Comes from', sourceWords(grant)],
  ];
  if (grant.requestId) {
    const params = { requestId: grant.requestId };
    facts.push([
      'Request',
      <Link key="request" to="/requests/$requestId" params={params}>
        Open the request
      </Link>,
    ]);
  }
  if (grant.project) {
    const params = { projectId: grant.project.id };
    const link = (
      <Link key="project" to="/projects/$projectId/databases" params={params}>
        {grant.project.name}
      </Link>
    );
    facts.push(['Project', link]);
  }
  if (grant.reason) facts.push(['Reason', grant.reason]);
  if (grant.grantedBy) facts.push(['Granted by', grant.grantedBy.name]);
  facts.push(['From', <RelativeTime key="from" at={grant.startsAt} />]);
  return facts;
}
