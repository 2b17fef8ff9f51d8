import { useEffect } from 'react';
import type { Call } from '../../api/client.ts';
import { useSend } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import css from './Instances.module.css';
import { engineNames } from './instance-words.ts';

interface ConnectionTestProps {
  body: Call<'POST /instances/test'>['body'];
  isComplete: boolean;
}

/** Test connection: tries without saving, and says in words what is wrong and what to do. */
export function ConnectionTest({ body, isComplete }: ConnectionTestProps) {
  const test = useSend('POST /instances/test');
  const { reset } = test;
  const tried = JSON.stringify(body);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a result belongs to the connection that was tried
  useEffect(() => reset(), [tried, reset]);
  const result = test.data;
  return (
    <>
      <div>
        <Button disabled={!isComplete} isBusy={test.isPending} onClick={() => test.mutate({ body })}>
          Test connection
        </Button>
      </div>
      <div aria-live="polite">
        <ErrorNotice error={test.error} />
        {result && (
          <div className={cx(css.result, !result.ok && css.failed)}>
            <p>{result.message}</p>
            {result.hint && <p className={css.hint}>{result.hint}</p>}
            {result.ok && (
              <p className={css.hint}>
                {[
                  result.engine && `${engineNames[result.engine]} ${result.version ?? ''}`.trim(),
                  result.isTls === null ? null : result.isTls ? 'over TLS' : 'without TLS',
                  `${Math.round(result.elapsedMs)} ms`,
                ]
                  .filter(Boolean)
                  .join(', ')}
              </p>
            )}
          </div>
        )}
      </div>
    </>
  );
}
