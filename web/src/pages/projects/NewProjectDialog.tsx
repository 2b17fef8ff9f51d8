import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';

export function NewProjectDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const create = useSend('POST /projects', {
    onSuccess: ({ id }) =>
      void navigate({ to: '/projects/$projectId/databases', params: { projectId: id }, search: {} }),
  });
  return (
    <Dialog title="New project" isOpen onClose={onClose} width={420}>
      <Form label="New project" onSubmit={() => create.mutate({ body: { name } })}>
        <TextField
          label="Name"
          data-autofocus
          required
          value={name}
          onChange={setName}
          hint="You become its Project Owner."
          error={create.error?.fields['name']}
        />
        <ErrorNotice error={create.error} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={create.isPending} disabled={name.trim() === ''}>
            Create project
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Dialog>
  );
}
