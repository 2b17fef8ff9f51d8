import { ScopeSentence } from '../../ui/ScopeSentence.tsx';
import { ScopeTree } from '../../ui/ScopeView.tsx';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';

/** What may scroll must be reachable by keyboard. */
export const scrollable = { tabIndex: 0, role: 'group' } as const;

/** What the person has there today against what would be added. */
export function Compare({ request }: { request: RequestDetail }) {
  const isPending = request.state === 'pending' || request.state === 'changes_wanted';
  return (
    <div className={css.compare}>
      <section aria-label="Today">
        <h2>{isPending ? `What ${request.requester.name} has there today` : 'What the person has there now'}</h2>
        <div className={css.scroll} {...scrollable}>
          {request.today.length === 0 ? (
            <p>Nothing.</p>
          ) : (
            <ul>
              {request.today.map((sentence) => (
                <li key={sentence}>
                  <ScopeSentence sentence={sentence} scope={request.scope} />
                </li>
              ))}
            </ul>
          )}
        </div>
      </section>
      <section aria-label="Would be added">
        <h2>
          {isPending ? 'Would be added' : 'Was asked for'}: {request.wanted.privileges.join(', ')}
        </h2>
        <div className={css.scroll} {...scrollable}>
          <ScopeTree scope={request.scope} />
        </div>
        {isPending && <Overlap request={request} />}
      </section>
    </div>
  );
}

/** Says when part of what is asked for is there already, so that the difference is what gets decided. */
function Overlap({ request }: { request: RequestDetail }) {
  if (request.added.length === 0) {
    return <p className={css.soft}>Nothing new: the person has all of this already, perhaps for a shorter time.</p>;
  }
  const asked = request.scope.databases.flatMap((database) => database.tables).length * request.privileges.length;
  const isFrozenList = request.scope.databases.every((database) => !database.isWhole && database.schemas.length === 0);
  if (!isFrozenList || request.scope.isProject || request.added.length >= asked) return null;
  const names = request.added.map((item) => `${item.privilege} on ${item.table ?? item.database}`);
  return <p className={css.soft}>New is only: {names.join(', ')}.</p>;
}
