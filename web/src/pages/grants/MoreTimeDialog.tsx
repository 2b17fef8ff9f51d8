import { useQuery } from '@tanstack/react-query';
import type { Expiry } from '@tidegate/contract';
import { useState } from 'react';
import { read, useSend } from '../../api/queries.ts';
import { serverNow } from '../../api/server-clock.ts';
import { instantWords } from '../../lib/time-words.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { SegmentField, TextField } from '../../ui/Field.tsx';
import { notify } from '../../ui/notices.ts';
import { Form, FormActions } from '../../ui/Page.tsx';

const lengths = [
  { value: '30', label: '30m' },
  { value: '60', label: '1h' },
  { value: '240', label: '4h' },
  { value: '1440', label: '1 day' },
] as const;

/** The holder asks for more time for a grant in use. Nobody is disconnected by it, whatever the answer. */
export default function MoreTimeDialog({ grantId, onClose }: { grantId: string; onClose: () => void }) {
  const grant = useQuery(read('GET /grants/:grantId', { params: { grantId } }));
  const [minutes, setMinutes] = useState<(typeof lengths)[number]['value']>('30');
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const extend = useSend('POST /grants/:grantId/extend', {
    onSuccess: (request) => {
      notify(
        request.state === 'approved'
          ? `You have more time${endWords(request.expiresAt)}.`
          : `Request #${request.number} is sent. You stay connected meanwhile.`,
      );
      onClose();
    },
  });
  const submit = () =>
    extend.mutate({
      params: { grantId },
      body: { minutes: Number(minutes), reason: reason.trim(), ticket: ticket.trim() || null },
    });
  const needsTicket = extend.error?.code === 'access_request.ticket_missing' || ticket !== '';
  return (
    <Dialog title="More time" isOpen onClose={onClose}>
      <Form label="More time" onSubmit={submit}>
        <SegmentField label="Longer by" value={minutes} choices={lengths} onChange={setMinutes} />
        {grant.data?.expiresAt && (
          <p>{afterWords(grant.data.expiresAt, { kind: 'after', minutes: Number(minutes) })}</p>
        )}
        <TextField
          label="Reason"
          isOptional
          data-autofocus
          maxLength={2000}
          placeholder="as before"
          value={reason}
          onChange={setReason}
        />
        {needsTicket && <TextField label="Ticket" maxLength={500} value={ticket} onChange={setTicket} />}
        <ErrorNotice error={extend.error} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={extend.isPending}>
            Ask for more time
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Dialog>
  );
}

function endWords(expiresAt: string | null): string {
  return expiresAt === null ? '' : `, until ${instantWords(Date.parse(expiresAt), serverNow())}`;
}

function afterWords(end: string, expiry: Extract<Expiry, { kind: 'after' }>): string {
  const now = serverNow();
  const next = Date.parse(end) + expiry.minutes * 60_000;
  return `Until ${instantWords(next, now)} instead of ${instantWords(Date.parse(end), now)}.`;
}
