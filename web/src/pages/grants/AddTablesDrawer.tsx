import { useState } from 'react';
import type { Reply } from '../../api/client.ts';
import { useSend } from '../../api/queries.ts';
import type { ScopeItem } from '../../lib/scope-items.ts';
import { Button } from '../../ui/Button.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextArea, TextField } from '../../ui/Field.tsx';
import { notify } from '../../ui/notices.ts';
import { Form, FormActions } from '../../ui/Page.tsx';
import { ScopePicker } from '../../ui/ScopePicker.tsx';
import css from './Grant.module.css';
import { privilegeWords } from './grant-words.ts';

interface AddTablesDrawerProps {
  grant: Reply<'GET /grants/:grantId'>;
  projectId: string;
  onClose: () => void;
}

/** The holder asks for more tables beside what he has, with the same privileges and the same end. */
export default function AddTablesDrawer({ grant, projectId, onClose }: AddTablesDrawerProps) {
  const [items, setItems] = useState<readonly ScopeItem[]>([]);
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const [isTried, setIsTried] = useState(false);
  const add = useSend('POST /grants/:grantId/add', {
    onSuccess: (request) => {
      notify(
        request.state === 'approved'
          ? 'You have these tables now. You stay connected.'
          : `Request #${request.number} is sent. You stay connected meanwhile.`,
      );
      onClose();
    },
  });
  const faults = [
    items.length === 0 && 'Choose at least one database or table.',
    reason.trim() === '' && 'Say why you need it.',
  ].filter((fault) => typeof fault === 'string');
  const submit = () => {
    setIsTried(true);
    if (faults.length > 0) return;
    const scope = { kind: 'items' as const, items: [...items] };
    const body = { scope, reason: reason.trim(), ticket: ticket.trim() || null };
    add.mutate({ params: { grantId: grant.id }, body });
  };
  const needsTicket = add.error?.code === 'access_request.ticket_missing' || ticket !== '';
  return (
    <Drawer title="Add tables" isOpen onClose={onClose}>
      <Form label="Add tables" onSubmit={submit}>
        <p className={css.soft}>
          You ask to {privilegeWords(grant.privileges)} them until this grant ends. You stay connected, whatever the
          answer.
        </p>
        <ScopePicker
          projectId={projectId}
          items={items}
          onChange={setItems}
          marksOwn
          openDatabaseId={grant.scope.databases[0]?.databaseId}
        />
        <TextArea label="Reason" rows={3} maxLength={2000} value={reason} onChange={setReason} />
        {needsTicket && <TextField label="Ticket" maxLength={500} value={ticket} onChange={setTicket} />}
        {isTried && faults.length > 0 && <AttentionNote>{faults.join(' ')}</AttentionNote>}
        <ErrorNotice error={add.error} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={add.isPending}>
            Ask for these tables
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Drawer>
  );
}
