import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read, useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import { ConnectionFields } from './ConnectionFields.tsx';
import { ConnectionTest } from './ConnectionTest.tsx';
import {
  type ConnectionDraft,
  connectionBody,
  isConnectionComplete,
  passwordBody,
  savedConnection,
} from './connection-draft.ts';
import type { Instance } from './instance-words.ts';
import { SetupHelp } from './SetupHelp.tsx';
import { noFacts, useSetupHelp } from './setup-facts.ts';

/** Changes an instance; a changed connection is tried before it is saved. */
export function EditInstanceDrawer({ instance, onClose }: { instance: Instance; onClose: () => void }) {
  const environments = useQuery(read('GET /environments'));
  const [title, setTitle] = useState(instance.title);
  const [environmentId, setEnvironmentId] = useState(instance.environment.id);
  const [draft, setDraft] = useState<ConnectionDraft>(() => savedConnection(instance));
  const [facts, setFacts] = useState(noFacts);
  const help = useSetupHelp(draft, facts);
  const save = useSend('PATCH /instances/:instanceId', { onSuccess: onClose });
  const fields = save.error?.fields ?? {};
  const password = passwordBody(draft, true);
  const { engine: _fixed, tlsCa, ...changed } = connectionBody(draft);
  // The saved authority is not shown; it is replaced only by another one.
  const ca = tlsCa === null ? {} : { tlsCa };
  return (
    <Drawer title={`Edit ${instance.title}`} isOpen onClose={onClose}>
      <Form
        label="Edit instance"
        onSubmit={() =>
          save.mutate({
            params: { instanceId: instance.id },
            body: { title: title.trim(), environmentId, ...changed, ...ca, ...password },
          })
        }
      >
        <TextField label="Title" required value={title} onChange={setTitle} error={fields['title']} />
        <SelectField
          label="Environment"
          value={environmentId}
          choices={(environments.data?.items ?? [instance.environment]).map(({ id, name }) => ({
            value: id,
            label: name,
          }))}
          onChange={setEnvironmentId}
        />
        <ConnectionFields
          draft={draft}
          onChange={setDraft}
          fields={fields}
          foundRegion={help.data?.region ?? null}
          isSaved
        />
        <ConnectionTest
          body={{ ...connectionBody(draft), ...password, instanceId: instance.id }}
          isComplete={isConnectionComplete(draft)}
        />
        <ErrorNotice error={save.error} />
        <FormActions>
          <Button
            type="submit"
            look="primary"
            isBusy={save.isPending}
            disabled={!isConnectionComplete(draft) || title.trim() === ''}
          >
            Save
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
      {draft.method === 'aws_iam' && (
        <SetupHelp engine={draft.engine} facts={facts} onFacts={setFacts} help={help.data} error={help.error} />
      )}
    </Drawer>
  );
}
