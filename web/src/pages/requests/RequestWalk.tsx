import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { read } from '../../api/queries.ts';
import { useShortcut } from '../../lib/shortcuts.ts';
import { Button } from '../../ui/Button.tsx';
import css from './RequestPage.module.css';

const longestWalk = 200;

/** Walks through the requests that wait for this person's decision. */
export function RequestWalk({ requestId }: { requestId: string }) {
  const navigate = useNavigate();
  const query = { view: 'to_decide', state: 'pending', pageSize: longestWalk } as const;
  const waiting = useQuery(read('GET /requests', { query })).data?.items ?? [];
  const at = waiting.findIndex((request) => request.id === requestId);
  const others = waiting.filter((request) => request.id !== requestId);
  const go = (by: 1 | -1) => {
    // A decided request is no longer among them: the walk goes on with the first that is left.
    const next = at === -1 ? others[0] : waiting[(at + by + waiting.length) % waiting.length];
    if (next && next.id !== requestId) void navigate({ to: '/requests/$requestId', params: { requestId: next.id } });
  };
  const canWalk = others.length > 0;
  useShortcut({ keys: 'J', does: 'Next request that waits', group: 'Decision' }, () => go(1), canWalk);
  useShortcut({ keys: 'K', does: 'Former request that waits', group: 'Decision' }, () => go(-1), canWalk);
  if (!canWalk) return null;
  return (
    <span className={css.walk}>
      {at === -1 ? `${others.length} waiting` : `${at + 1} of ${waiting.length} waiting`}
      <Button look="quiet" isSmall hotkey="K" onClick={() => go(-1)}>
        Former
      </Button>
      <Button look="quiet" isSmall hotkey="J" onClick={() => go(1)}>
        Next
      </Button>
    </span>
  );
}
