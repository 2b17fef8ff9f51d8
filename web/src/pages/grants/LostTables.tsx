import type { Grant } from '@tidegate/contract';
import { may } from '../../api/abilities.ts';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './Grant.module.css';

/** Tables that the grant names and does not give any more: they are not the ones that were granted. */
export function LostTables({ grant }: { grant: Pick<Grant, 'id' | 'lostTables' | 'abilities'> }) {
  const confirm = useSend('POST /grants/:grantId/confirm-tables');
  if (grant.lostTables.length === 0) return null;
  return (
    <>
      <AttentionNote>
        These tables are no longer the ones that were granted, so they are closed. Whoever may grant can confirm what
        has their names now.
      </AttentionNote>
      <ul className={css.lost}>
        {grant.lostTables.map(({ database, schema, table, since, isReplaced }) => (
          <li key={`${database} ${schema} ${table}`}>
            <span className="mono">{schema === '' ? table : `${schema}.${table}`}</span> in{' '}
            <span className="mono">{database}</span>:{' '}
            {isReplaced ? 'made again, or another table took its name' : 'no longer there'}, <RelativeTime at={since} />
          </li>
        ))}
      </ul>
      {may(grant, 'confirmTables') && (
        <Button isBusy={confirm.isPending} onClick={() => confirm.mutate({ params: { grantId: grant.id } })}>
          Confirm the tables as they are now
        </Button>
      )}
      <ErrorNotice error={confirm.error} />
    </>
  );
}
