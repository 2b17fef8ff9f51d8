import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { notify } from '../../ui/notices.ts';

/** Creates the sample tables in an empty database. */
export function LoadSampleButton({ database }: { database: Reply<'GET /databases/:databaseId'> }) {
  const load = useSend('POST /databases/:databaseId/load-sample', {
    onSuccess: () => notify('The sample tables are there.'),
    onError: (problem) => notify(problem.message, 'failed'),
  });
  if (!may(database, 'loadSample')) return null;
  return (
    <Button isSmall isBusy={load.isPending} onClick={() => load.mutate({ params: { databaseId: database.id } })}>
      Load sample
    </Button>
  );
}
