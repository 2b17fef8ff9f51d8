import { useQuery } from '@tanstack/react-query';
import type { Grant, MissingAccess, Session } from '@tidegate/contract';
import { useEffect, useRef } from 'react';
import { read } from '../../api/queries.ts';
import { Drawer } from '../../ui/Dialog.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { notify } from '../../ui/notices.ts';
import { RequestForm } from '../../ui/request/RequestForm.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';

/** The tables of a grant as something to ask for again; undefined where it covers whole databases. */
export function sameTables(grant: Pick<Grant, 'source' | 'scope' | 'privileges'>): MissingAccess[] | undefined {
  const { source, scope, privileges } = grant;
  if (source !== 'request' || scope.isProject) return undefined;
  if (scope.databases.some(({ isWhole, schemas }) => isWhole || schemas.length > 0)) return undefined;
  return scope.databases.flatMap(({ databaseId, name, tables }) =>
    tables.flatMap(({ schema, table }) =>
      privileges.map((privilege) => ({
        databaseId,
        databaseName: name,
        schema,
        table,
        privilege,
        isRequestable: true,
      })),
    ),
  );
}

/** Asks for the same access again, to go on after its end. */
export function MoreTime({ session, grantId, onClose }: { session: Session; grantId: string; onClose: () => void }) {
  const grant = useQuery(read('GET /grants/:grantId', { params: { grantId } }));
  const place = useRef<HTMLDivElement>(null);
  const isThere = grant.data !== undefined;
  useEffect(() => {
    if (isThere) place.current?.querySelector<HTMLElement>('textarea')?.focus();
  }, [isThere]);
  const { project, id: databaseId } = session.database;
  if (project === null) return null;
  return (
    <Drawer title="Request more time" isOpen onClose={onClose}>
      <ErrorNotice error={grant.error} onRetry={() => void grant.refetch()} />
      {grant.isPending && <SkeletonBlock lines={6} />}
      <div ref={place}>
        {grant.data && (
          <RequestForm
            project={project}
            databaseId={databaseId}
            missing={sameTables(grant.data)}
            missingLabel="Tables that you have now"
            onSent={(request) => {
              notify(`Request ${request.number} is sent. Nothing is disconnected when it is approved.`);
              onClose();
            }}
            onCancel={onClose}
          />
        )}
      </div>
    </Drawer>
  );
}
