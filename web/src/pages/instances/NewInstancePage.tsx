import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { read, useSend } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { Button, LinkButton } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { SegmentField, TextField } from '../../ui/Field.tsx';
import { Form, FormActions, Page, PageHeader } from '../../ui/Page.tsx';
import { ConnectionFields } from './ConnectionFields.tsx';
import { ConnectionTest } from './ConnectionTest.tsx';
import {
  type ConnectionDraft,
  connectionBody,
  emptyConnection,
  isConnectionComplete,
  passwordBody,
} from './connection-draft.ts';
import css from './Instances.module.css';
import { SetupHelp } from './SetupHelp.tsx';
import { noFacts, useSetupHelp } from './setup-facts.ts';

export function NewInstancePage() {
  const navigate = useNavigate();
  const environments = useQuery(read('GET /environments'));
  const [title, setTitle] = useState('');
  const [chosenEnvironment, setEnvironment] = useState('');
  const [draft, setDraft] = useState<ConnectionDraft>(emptyConnection);
  const [facts, setFacts] = useState(noFacts);
  const help = useSetupHelp(draft, facts);
  const add = useSend('POST /instances', {
    onSuccess: ({ id }) => void navigate({ to: '/instances/$instanceId', params: { instanceId: id }, search: {} }),
  });
  const fields = add.error?.fields ?? {};
  const environmentId = chosenEnvironment || (environments.data?.items[0]?.id ?? '');
  const isComplete = isConnectionComplete(draft);
  const submit = () => {
    if (!isComplete || title.trim() === '' || environmentId === '') return;
    add.mutate({
      body: { ...connectionBody(draft), title: title.trim(), environmentId, ...passwordBody(draft, false) },
    });
  };
  const isIam = draft.method === 'aws_iam';
  return (
    <Page isNarrow={!isIam}>
      <PageHeader
        title="Add instance"
        lead="A database server that Tidegate shall guard. Its databases, schemas and tables are read when it is saved; nothing is opened to anybody by that."
      />
      <div className={cx(isIam && css.beside)}>
        <Form label="Add instance" onSubmit={submit}>
          <TextField label="Title" required autoFocus value={title} onChange={setTitle} error={fields['title']} />
          <SegmentField
            label="Environment"
            value={environmentId}
            choices={(environments.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            onChange={setEnvironment}
          />
          <ErrorNotice error={environments.error} />
          <ConnectionFields draft={draft} onChange={setDraft} fields={fields} foundRegion={help.data?.region ?? null} />
          <ConnectionTest body={{ ...connectionBody(draft), ...passwordBody(draft, false) }} isComplete={isComplete} />
          <ErrorNotice error={add.error} />
          <FormActions>
            <Button
              type="submit"
              look="primary"
              isBusy={add.isPending}
              disabled={!isComplete || title.trim() === '' || environmentId === ''}
            >
              Add instance
            </Button>
            <LinkButton look="quiet" to="/instances" search={{}}>
              Cancel
            </LinkButton>
          </FormActions>
        </Form>
        {isIam && (
          <SetupHelp engine={draft.engine} facts={facts} onFacts={setFacts} help={help.data} error={help.error} />
        )}
      </div>
    </Page>
  );
}
