import { Link } from '@tanstack/react-router';
import type { AccessRequest } from '@tidegate/contract';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { ScopeSentence } from '../../ui/ScopeSentence.tsx';
import { SkeletonLine } from '../../ui/Skeleton.tsx';
import css from './RequestList.module.css';
import { RequestStateTag } from './RequestStateTag.tsx';
import { environmentsOf } from './request-words.ts';

interface RequestListProps {
  label: string;
  requests: readonly AccessRequest[] | undefined;
  isStale?: boolean;
}

/** Access requests, each as the sentence that it asks; readable at any width. */
export function RequestList({ label, requests, isStale = false }: RequestListProps) {
  if (requests === undefined) return <RequestSkeletons />;
  return (
    <ul className={`${css.list} ${isStale ? css.stale : ''}`} aria-label={label}>
      {requests.map((request) => (
        <li key={request.id} className={css.row}>
          <span className={css.number}>#{request.number}</span>
          <span className={css.what}>
            <Link to="/requests/$requestId" params={{ requestId: request.id }} className={css.link ?? ''} data-row>
              <ScopeSentence sentence={request.sentence} scope={request.scope} />
            </Link>
            <span className={css.reason}>{request.reason}</span>
          </span>
          <span className={css.tags}>
            {environmentsOf(request).map((environment) => (
              <EnvironmentTag key={environment.id} environment={environment} />
            ))}
          </span>
          <RequestStateTag request={request} />
          <span className={css.age}>
            <RelativeTime at={request.createdAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function RequestSkeletons() {
  return (
    <div className={css.list} role="status" aria-label="Loading">
      {[0, 1, 2].map((index) => (
        <div key={index} className={css.skeleton}>
          <SkeletonLine index={index} />
        </div>
      ))}
    </div>
  );
}
