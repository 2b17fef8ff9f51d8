import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { useMe } from '../../app/session.ts';
import { Button } from '../../ui/Button.tsx';
import { onDemand } from '../../ui/on-demand.tsx';

type GrantDetail = Reply<'GET /grants/:grantId'>;

const NarrowDrawer = onDemand(() => import('./NarrowDrawer.tsx'));
const AddTablesDrawer = onDemand(() => import('./AddTablesDrawer.tsx'));
const MoreTimeDialog = onDemand(() => import('./MoreTimeDialog.tsx'));
const ExtendMemberDialog = onDemand(() => import('../members/ExtendMemberDialog.tsx'));

/** More time and more tables for the holder to ask for; narrow; and where the access was assigned, extend. */
export function AmendGrantButtons({ grant }: { grant: GrantDetail }) {
  const me = useMe();
  const navigate = useNavigate();
  const [open, setOpen] = useState<'narrow' | 'extend' | 'more' | 'add' | null>(null);
  const isOwn = grant.holder.id === me.person.id;
  const { project, memberId } = grant;
  return (
    <>
      {may(grant, 'extend') && grant.expiresAt !== null && <Button onClick={() => setOpen('more')}>More time</Button>}
      {may(grant, 'extend') && project && <Button onClick={() => setOpen('add')}>Add tables</Button>}
      {may(grant, 'prolong') && <Button onClick={() => setOpen('extend')}>Extend</Button>}
      {may(grant, 'narrow') && (
        <Button onClick={() => setOpen('narrow')}>{isOwn ? 'Give back a part' : 'Narrow'}</Button>
      )}
      {open === 'add' && project && (
        <AddTablesDrawer grant={grant} projectId={project.id} onClose={() => setOpen(null)} />
      )}
      {open === 'more' && <MoreTimeDialog grantId={grant.id} onClose={() => setOpen(null)} />}
      {open === 'narrow' && (
        <NarrowDrawer
          {...{ grant, isOwn }}
          onNarrowed={(grantId) => void navigate({ to: '/grants/$grantId', params: { grantId } })}
          onClose={() => setOpen(null)}
        />
      )}
      {open === 'extend' && project && memberId && (
        <ExtendMemberDialog
          projectId={project.id}
          member={{ id: memberId, name: grant.holder.name, expiresAt: grant.expiresAt }}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}
