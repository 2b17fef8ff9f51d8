import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import { read, readPage, useSend } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { Facts, Page, PageHeader, Section } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { StateTag } from '../../ui/StateTag.tsx';
import { type Database, instanceColumns } from '../databases/database-columns.tsx';
import { CapabilityFindings } from './CapabilityFindings.tsx';
import { EditInstanceDrawer } from './EditInstanceDrawer.tsx';
import css from './Instances.module.css';
import { capabilityWords, engineNames, type Instance, syncWords } from './instance-words.ts';
import { SweepFindings } from './SweepFindings.tsx';
import { UnregisterDialog } from './UnregisterDialog.tsx';

const route = getRouteApi('/in/instances/$instanceId');

/** One guarded server: how it is reached, what is in it, and whether the wall is complete. */
export function InstancePage() {
  const { instanceId } = route.useParams();
  const instance = useQuery(read('GET /instances/:instanceId', { params: { instanceId } }));
  if (!instance.data) {
    return (
      <Page>
        <PageHeader title="Instance" />
        {instance.error ? (
          <ErrorNotice error={instance.error} onRetry={() => void instance.refetch()} />
        ) : (
          <SkeletonBlock lines={8} />
        )}
      </Page>
    );
  }
  return <InstanceScreen instance={instance.data} />;
}

function InstanceScreen({ instance }: { instance: Instance }) {
  const [open, setOpen] = useState<'edit' | 'unregister' | null>(null);
  const params = { instanceId: instance.id };
  const sync = useSend('POST /instances/:instanceId/sync');
  const { tone, words } = capabilityWords[instance.capability.state];
  return (
    <Page>
      <PageHeader
        title={instance.title}
        tags={
          <>
            <EnvironmentTag environment={instance.environment} />
            <StateTag tone={tone}>{words}</StateTag>
          </>
        }
        actions={
          <>
            {may(instance, 'sync') && (
              <Button
                look="primary"
                isBusy={sync.isPending || instance.sync.state === 'running'}
                onClick={() => sync.mutate({ params })}
              >
                {instance.sync.state === 'running' ? 'Synchronising' : 'Synchronise'}
              </Button>
            )}
            {may(instance, 'edit') && <Button onClick={() => setOpen('edit')}>Edit</Button>}
            {may(instance, 'unregister') && (
              <Button look="danger" onClick={() => setOpen('unregister')}>
                Unregister
              </Button>
            )}
          </>
        }
      />
      <ErrorNotice error={sync.error} />
      <Facts facts={factsOf(instance)} />
      <Section title="Capability check" actions={<CheckAgain instance={instance} />}>
        <CapabilityFindings capability={instance.capability} />
      </Section>
      <Section title="Found by the sweep">
        <SweepFindings instanceId={instance.id} />
      </Section>
      <Section title="Databases">
        <InstanceDatabases instanceId={instance.id} />
      </Section>
      {open === 'edit' && <EditInstanceDrawer instance={instance} onClose={() => setOpen(null)} />}
      {open === 'unregister' && <UnregisterDialog instance={instance} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function factsOf(instance: Instance) {
  const { sync, host, port } = instance;
  const { tone, words } = syncWords[sync.state];
  return [
    [
      'Server',
      <span key="server" className="mono">
        {host.startsWith('/') ? `${host} (port ${port})` : `${host}:${port}`}
      </span>,
    ],
    ['Engine', `${engineNames[instance.engine]} ${instance.version ?? ''}`],
    [
      'Connects as',
      <span key="user">
        <span className="mono">{instance.user}</span>, {methodWords(instance)}, TLS {instance.tlsMode}
        {instance.hasOwnCa && ' with its own authority'}
      </span>,
    ],
    [
      'Names',
      <span key="sync" className={css.states}>
        <StateTag tone={tone}>{words}</StateTag>
        {sync.at && <RelativeTime at={sync.at} />}
        {sync.message}
      </span>,
    ],
    [
      'Open now',
      `${plural(instance.sessions, 'session')}, ${plural(instance.accounts, 'temporary account')} made by Tidegate`,
    ],
  ] as const;
}

function methodWords({ awsIam }: Instance): string {
  if (awsIam === null) return 'by password';
  const { credentials, accountSignIn, region } = awsIam;
  const whose = {
    server: 'the server’s own credentials',
    role: `the role ${credentials.kind === 'role' ? credentials.roleArn : ''}`,
    keys: 'keys of its own',
  }[credentials.kind];
  const accounts = accountSignIn === 'iam' ? '; temporary accounts sign in with tokens too' : '';
  return `by AWS RDS IAM in ${region} with ${whose}${accounts}`;
}

function CheckAgain({ instance }: { instance: Instance }) {
  const check = useSend('POST /instances/:instanceId/capability-check');
  if (!may(instance, 'checkCapability')) return null;
  return (
    <>
      <Button isSmall isBusy={check.isPending} onClick={() => check.mutate({ params: { instanceId: instance.id } })}>
        Check again
      </Button>
      {instance.capability.at && (
        <span className={css.soft}>
          checked <RelativeTime at={instance.capability.at} />
        </span>
      )}
      <ErrorNotice error={check.error} />
    </>
  );
}

function InstanceDatabases({ instanceId }: { instanceId: string }) {
  const { search, page } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (patch: Partial<ReturnType<typeof route.useSearch>>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const list = useQuery(readPage('GET /databases', { query: { instanceId, search, page } }));
  return (
    <>
      <ListToolbar label="Search databases" search={search} onSearch={(next) => set({ search: next })} />
      <DataTable<Database>
        label="Databases of the instance"
        columns={instanceColumns}
        list={list}
        idOf={(database) => database.id}
        onPage={(next) => set({ page: next })}
        empty={
          search === undefined ? (
            <EmptyState>No database was found yet. Synchronise to read them anew.</EmptyState>
          ) : (
            <NothingFound what="database" onClear={() => set({ search: undefined })} />
          )
        }
      />
    </>
  );
}
