import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { read, useSend } from '../../api/queries.ts';
import { Button, LinkButton } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { SegmentField, TextField } from '../../ui/Field.tsx';
import { Form, FormActions, Page, PageHeader } from '../../ui/Page.tsx';
import { ConnectionFields } from './ConnectionFields.tsx';
import { ConnectionTest } from './ConnectionTest.tsx';
import { type ConnectionDraft, connectionBody, emptyConnection, isConnectionComplete } from './connection-draft.ts';

export function NewInstancePage() {
  const navigate = useNavigate();
  const environments = useQuery(read('GET /environments'));
  const [title, setTitle] = useState('');
  const [chosenEnvironment, setEnvironment] = useState('');
  const [draft, setDraft] = useState<ConnectionDraft>(emptyConnection);
  const add = useSend('POST /instances', {
    onSuccess: ({ id }) => void navigate({ to: '/instances/$instanceId', params: { instanceId: id }, search: {} }),
  });
  const fields = add.error?.fields ?? {};
  const environmentId = chosenEnvironment || (environments.data?.items[0]?.id ?? '');
  const isComplete = isConnectionComplete(draft);
  const submit = () => {
    if (!isComplete || title.trim() === '' || environmentId === '') return;
    add.mutate({ body: { ...connectionBody(draft), title: title.trim(), environmentId, password: draft.password } });
  };
  return (
    <Page isNarrow>
      <PageHeader
        title="Add instance"
        lead="A database server that Tidegate shall guard. Its databases, schemas and tables are read when it is saved; nothing is opened to anybody by that."
      />
      <Form label="Add instance" onSubmit={submit}>
        <TextField label="Title" required autoFocus value={title} onChange={setTitle} error={fields['title']} />
        <SegmentField
          label="Environment"
          value={environmentId}
          choices={(environments.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          onChange={setEnvironment}
        />
        <ErrorNotice error={environments.error} />
        <ConnectionFields draft={draft} onChange={setDraft} fields={fields} />
        <ConnectionTest body={{ ...connectionBody(draft), password: draft.password }} isComplete={isComplete} />
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
    </Page>
  );
}
