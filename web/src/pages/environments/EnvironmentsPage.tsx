import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { ItemOf } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { DeleteEnvironmentDialog } from './DeleteEnvironmentDialog.tsx';
import { EnvironmentDialog } from './EnvironmentDialog.tsx';

export type Environment = ItemOf<'GET /environments'>;
type Open = { kind: 'new' } | { kind: 'edit' | 'delete'; environment: Environment };

const columns: readonly Column<Environment>[] = [
  { key: 'name', head: 'Environment', draw: (environment) => <EnvironmentTag environment={environment} /> },
  {
    key: 'protected',
    head: 'Protected',
    isTight: true,
    draw: (environment) => (environment.isProtected ? 'yes: approvers look twice' : 'no'),
  },
  {
    key: 'role',
    head: 'Admins read by role',
    isTight: true,
    draw: (environment) => (environment.allowsReadByRole ? 'yes, recorded' : 'no, they must ask too'),
  },
  { key: 'instances', head: 'Instances', align: 'right', isTight: true, draw: (environment) => environment.instances },
];

/** The environments in their order: what is production, and what follows from it. */
export function EnvironmentsPage() {
  const list = useQuery(read('GET /environments'));
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const actions: Column<Environment> = {
    key: 'actions',
    head: '',
    isTight: true,
    draw: (environment) => (
      <>
        {may(environment, 'edit') && (
          <Button isSmall look="quiet" onClick={() => setOpen({ kind: 'edit', environment })}>
            Edit
          </Button>
        )}
        {may(environment, 'delete') && (
          <Button isSmall look="quiet" onClick={() => setOpen({ kind: 'delete', environment })}>
            Delete
          </Button>
        )}
      </>
    ),
  };
  return (
    <Page>
      <PageHeader
        title="Environments"
        actions={
          may(list.data, 'create') && (
            <Button look="primary" onClick={() => setOpen({ kind: 'new' })}>
              Add environment
            </Button>
          )
        }
      />
      <DataTable<Environment>
        label="Environments"
        columns={[...columns, actions]}
        list={list}
        idOf={(environment) => environment.id}
        empty={<EmptyState>Environments class instances, such as Test and Prod.</EmptyState>}
      />
      {open?.kind === 'new' && <EnvironmentDialog environment={null} onClose={close} />}
      {open?.kind === 'edit' && <EnvironmentDialog environment={open.environment} onClose={close} />}
      {open?.kind === 'delete' && <DeleteEnvironmentDialog environment={open.environment} onClose={close} />}
    </Page>
  );
}
