import { Link } from '@tanstack/react-router';
import type { Grant } from '@tidegate/contract';
import { LinkButton } from '../../ui/Button.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { ScopeSentence } from '../../ui/ScopeSentence.tsx';
import { TideLine } from '../../ui/TideLine.tsx';
import { EndGrantButtons } from '../grants/EndGrantButtons.tsx';
import { sourceWords } from '../grants/grant-words.ts';
import css from './HomePage.module.css';

/** One grant of mine: what, for how long still, and the way in. */
export function HeldGrant({ grant }: { grant: Grant }) {
  const { startsAt, expiresAt, state, end, scope } = grant;
  const environments = [...new Map(scope.databases.map(({ environment }) => [environment.id, environment])).values()];
  const database = scope.databases[0]?.databaseId;
  return (
    <li className={css.grant}>
      <div>
        <Link to="/grants/$grantId" params={{ grantId: grant.id }} className={css.sentence ?? ''}>
          <ScopeSentence sentence={grant.sentence} scope={grant.scope} />
        </Link>
        <div className={css.about}>
          {environments.map((environment) => (
            <EnvironmentTag key={environment.id} environment={environment} />
          ))}
          {sourceWords(grant)}
        </div>
      </div>
      <TideLine startsAt={startsAt} expiresAt={expiresAt} state={state} endedAt={end?.endedAt} />
      <div className={css.buttons}>
        {state === 'active' && (
          <LinkButton isSmall to="/editor" search={database ? { database } : {}}>
            Open in SQL Editor
          </LinkButton>
        )}
        <EndGrantButtons grant={grant} isSmall />
      </div>
    </li>
  );
}
