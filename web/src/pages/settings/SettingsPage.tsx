import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read, useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Facts, FormActions, Page, PageHeader, Section } from '../../ui/Page.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';

const whileMakingMs = 1500;

/** Settings of the workspace: the samples, and what this server is. */
export function SettingsPage() {
  const setup = useQuery(read('GET /setup'));
  return (
    <Page isNarrow>
      <PageHeader title="Settings" />
      <Section title="Sample databases">
        <Samples isPossible={setup.data?.areSamplesPossible ?? false} />
      </Section>
      <Section title="About">
        <Facts facts={[['Version', setup.data?.version ?? ' ']]} />
      </Section>
    </Page>
  );
}

function Samples({ isPossible }: { isPossible: boolean }) {
  const samples = useQuery({
    ...read('GET /samples'),
    refetchInterval: ({ state }) =>
      state.data?.state === 'making' || state.data?.state === 'removing' ? whileMakingMs : false,
  });
  const add = useSend('POST /samples');
  const remove = useSend('DELETE /samples', { onSuccess: () => setIsAsking(false) });
  const [isAsking, setIsAsking] = useState(false);
  if (samples.error) return <ErrorNotice error={samples.error} onRetry={() => void samples.refetch()} />;
  if (!samples.data) return <SkeletonBlock lines={2} />;
  const { state, message } = samples.data;
  const isThere = state === 'ready' || state === 'failed';
  return (
    <>
      <p>
        {state === 'absent' && 'hr_test and hr_prod with made-up employees, a project, and a developer named dev.'}
        {state === 'making' && 'The sample databases are being made.'}
        {state === 'removing' && 'The sample databases are being removed; access to them is closed first.'}
        {state === 'ready' && 'hr_test, hr_prod, their project and dev are there.'}
        {state === 'failed' && 'The sample databases could not be made.'}
        {message && ` ${message}`}
      </p>
      <ErrorNotice error={add.error} />
      <FormActions>
        {state === 'absent' && (
          <Button look="primary" isBusy={add.isPending} disabled={!isPossible} onClick={() => add.mutate({})}>
            Add the sample databases
          </Button>
        )}
        {isThere && (
          <Button look="danger" onClick={() => setIsAsking(true)}>
            Remove the samples
          </Button>
        )}
      </FormActions>
      {isAsking && (
        <ConfirmEffect
          title="Remove the samples"
          effect="hr_test, hr_prod, their project and dev go away; access to them is closed first, running statements included. What was recorded stays."
          verb="Remove the samples"
          isDestructive
          isBusy={remove.isPending}
          problem={remove.error}
          onConfirm={() => remove.mutate({})}
          onClose={() => setIsAsking(false)}
        />
      )}
    </>
  );
}
