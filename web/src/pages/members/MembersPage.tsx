import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { ItemOf } from '../../api/client.ts';
import { read, readPage } from '../../api/queries.ts';
import { roleLabel } from '../../lib/role-labels.ts';
import { Button } from '../../ui/Button.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { IconGroup, IconPerson } from '../../ui/icons.ts';
import { ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { onDemand } from '../../ui/on-demand.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { ScopeSentence } from '../../ui/ScopeSentence.tsx';
import { TideLine } from '../../ui/TideLine.tsx';
import { ArchivedNote } from '../projects/ArchivedNote.tsx';
import { GrantAccessDrawer } from './GrantAccessDrawer.tsx';
import css from './Members.module.css';
import { RemoveMemberDialog } from './RemoveMemberDialog.tsx';

export type Member = ItemOf<'GET /projects/:projectId/members'>;

const ExtendMemberDialog = onDemand(() => import('./ExtendMemberDialog.tsx'));

const route = getRouteApi('/in/projects/$projectId/members');

const columns: readonly Column<Member>[] = [
  {
    key: 'who',
    head: 'Member',
    draw: ({ principal }) => (
      <span className={css.who}>
        {principal.kind === 'group' ? <IconGroup size={14} /> : <IconPerson size={14} />}
        {principal.name}
        <span className={css.soft}>{principal.email ?? 'group'}</span>
      </span>
    ),
  },
  {
    key: 'role',
    head: 'Role',
    isTight: true,
    draw: (member) => (
      <>
        {roleLabel(member.role)}
        {member.isWorkspaceWide && <span className={css.soft}> in every project</span>}
      </>
    ),
  },
  {
    key: 'scope',
    head: 'Access',
    draw: (member) => {
      if (member.scope === null) return <span className={css.soft}>none of its own</span>;
      const sentence = <ScopeSentence sentence={member.scope.sentence} scope={member.scope} />;
      if (member.grantId === null) return sentence;
      return (
        <Link to="/grants/$grantId" params={{ grantId: member.grantId }}>
          {sentence}
        </Link>
      );
    },
  },
  {
    key: 'left',
    head: 'What is left',
    isTight: true,
    draw: (member) =>
      (member.expiresAt !== null || member.grantState !== null) && (
        <TideLine startsAt={member.addedAt} expiresAt={member.expiresAt} state={member.grantState ?? 'active'} />
      ),
  },
];

/** Manage > Members: who holds a role here, with which access and until when; Grant Access. */
export function MembersPage() {
  const { projectId } = route.useParams();
  const { search, page } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (patch: Partial<ReturnType<typeof route.useSearch>>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const project = useQuery(read('GET /projects/:projectId', { params: { projectId } })).data;
  const list = useQuery(
    readPage('GET /projects/:projectId/members', { params: { projectId }, query: { search, page } }),
  );
  const [isGranting, setIsGranting] = useState(false);
  const [staying, setStaying] = useState<Member | null>(null);
  const [leaving, setLeaving] = useState<Member | null>(null);
  const mayGrant = may(project, 'addMember') || may(project, 'grantAccess');
  const remove: Column<Member> = {
    key: 'remove',
    head: '',
    isTight: true,
    draw: (member) => (
      <>
        {may(member, 'extend') && (
          <Button isSmall onClick={() => setStaying(member)}>
            Extend
          </Button>
        )}
        {may(member, 'revoke') && (
          <Button isSmall look="danger" onClick={() => setLeaving(member)}>
            Revoke
          </Button>
        )}
      </>
    ),
  };
  return (
    <Page>
      <PageHeader
        title="Members"
        actions={
          mayGrant && (
            <Button look="primary" onClick={() => setIsGranting(true)}>
              Grant Access
            </Button>
          )
        }
      />
      <ArchivedNote project={project} />
      <ListToolbar label="Search members" search={search} onSearch={(next) => set({ search: next })} />
      <DataTable<Member>
        label="Members"
        columns={[...columns, remove]}
        list={list}
        idOf={(member) => member.id}
        onPage={(next) => set({ page: next })}
        empty={
          search === undefined ? (
            <EmptyState>People and groups that hold a role in this project appear here.</EmptyState>
          ) : (
            <NothingFound what="member" onClear={() => set({ search: undefined })} />
          )
        }
      />
      {isGranting && project && <GrantAccessDrawer project={project} onClose={() => setIsGranting(false)} />}
      {staying && (
        <ExtendMemberDialog
          projectId={projectId}
          member={{ id: staying.id, name: staying.principal.name, expiresAt: staying.expiresAt }}
          onClose={() => setStaying(null)}
        />
      )}
      {leaving && <RemoveMemberDialog projectId={projectId} member={leaving} onClose={() => setLeaving(null)} />}
    </Page>
  );
}
