import type { Reply } from '../../api/client.ts';
import { useMe } from '../../app/session.ts';
import { plural } from '../../lib/plural.ts';
import { LinkButton } from '../../ui/Button.tsx';
import css from './Grant.module.css';

type GrantDetail = Reply<'GET /grants/:grantId'>;

/** Granted against used, who approved, and how it ended; the smaller request that follows from it. */
export function Receipt({ grant }: { grant: GrantDetail }) {
  const me = useMe();
  const { receipt, use, end, grantedBy, project } = grant;
  const isMine = grant.holder.id === me.person.id;
  const usedWords = receipt.used.map(({ schema, table }) =>
    schema === '' || schema === 'public' ? table : `${schema}.${table}`,
  );
  return (
    <div className={css.receipt}>
      <p className={css.counts}>
        {use.statements === 0 ? (
          <>It was not used. {plural(receipt.granted, 'table')} had been granted.</>
        ) : (
          <>
            <strong>
              Used {receipt.used.length} of {plural(receipt.granted, 'table')}
            </strong>{' '}
            in {plural(use.statements, 'statement')}, {plural(use.rows, 'row')} read
            {receipt.hasWritten ? ', and wrote' : ''}.
          </>
        )}
      </p>
      {usedWords.length > 0 && <p className={`mono ${css.usedNames}`}>{usedWords.join(', ')}</p>}
      <p className={css.soft}>
        {grantedBy ? `Granted by ${grantedBy.name}. ` : ''}
        {end?.endedAt ? 'Closed, and that is proven at the server.' : 'Closing: not proven yet.'}
      </p>
      {isMine && project && grant.source !== 'role' && (
        <LinkButton
          to="/requests/new"
          search={{ project: project.id, grant: grant.id }}
          look={receipt.used.length > 0 ? 'primary' : 'plain'}
        >
          {receipt.used.length > 0 ? 'Request again what was used' : 'Request again'}
        </LinkButton>
      )}
    </div>
  );
}
