import { useState } from 'react';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { CheckField, SegmentField, TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import type { Environment } from './EnvironmentsPage.tsx';

const colors = ['grey', 'teal', 'blue', 'violet', 'amber', 'red'] as const;
const colorChoices = colors.map((color) => ({ value: color, label: color }));

/** Adds an environment, or changes one. */
export function EnvironmentDialog(props: { environment: Environment | null; onClose: () => void }) {
  const { environment, onClose } = props;
  const [name, setName] = useState(environment?.name ?? '');
  const [color, setColor] = useState<Environment['color']>(environment?.color ?? 'grey');
  const [isProtected, setIsProtected] = useState(environment?.isProtected ?? false);
  const [allowsReadByRole, setAllowsReadByRole] = useState(environment?.allowsReadByRole ?? true);
  const add = useSend('POST /environments', { onSuccess: onClose });
  const change = useSend('PATCH /environments/:environmentId', { onSuccess: onClose });
  const problem = add.error ?? change.error;
  const body = { name: name.trim(), color, isProtected, allowsReadByRole };
  const title = environment ? `Edit ${environment.name}` : 'Add environment';
  const endsReading = environment?.allowsReadByRole === true && !allowsReadByRole;
  return (
    <Dialog title={title} isOpen onClose={onClose}>
      <Form
        label={title}
        onSubmit={() =>
          environment ? change.mutate({ params: { environmentId: environment.id }, body }) : add.mutate({ body })
        }
      >
        <TextField
          label="Name"
          data-autofocus
          required
          maxLength={60}
          value={name}
          onChange={setName}
          error={problem?.fields['name']}
        />
        <SegmentField label="Colour" value={color} choices={colorChoices} onChange={setColor} />
        <div>
          <EnvironmentTag environment={{ name: name || 'Name', color, isProtected }} />
        </div>
        <CheckField
          label="Protected"
          hint="Coloured everywhere; approving a request here is never the default button."
          isChecked={isProtected}
          onChange={setIsProtected}
        />
        <CheckField
          label="People who administer may read here by their role"
          hint="Recorded like anybody’s. Switched off, they must ask too."
          isChecked={allowsReadByRole}
          onChange={setAllowsReadByRole}
        />
        {endsReading && (
          <AttentionNote>
            Grants that administrators hold here by their role end at once, running statements included.
          </AttentionNote>
        )}
        <ErrorNotice error={problem} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={add.isPending || change.isPending} disabled={name.trim() === ''}>
            {environment ? 'Save' : 'Add environment'}
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Dialog>
  );
}
