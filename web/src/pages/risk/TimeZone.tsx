import { useState } from 'react';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import css from './Risk.module.css';

/** In which time zone rules mean weekday and time of day. */
export function TimeZone({ zone, mayChange }: { zone: string; mayChange: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <p className={css.zone}>
      Weekday and time of day are those of <span className="mono">{zone}</span>, at which access would begin.{' '}
      {mayChange && (
        <Button look="link" onClick={() => setIsOpen(true)}>
          Change time zone
        </Button>
      )}
      {isOpen && <TimeZoneDialog zone={zone} onClose={() => setIsOpen(false)} />}
    </p>
  );
}

function TimeZoneDialog({ zone, onClose }: { zone: string; onClose: () => void }) {
  const [timeZone, setTimeZone] = useState(zone);
  const send = useSend('PUT /risk-time-zone', { onSuccess: onClose });
  return (
    <Dialog title="Time zone of the workspace" isOpen onClose={onClose}>
      <Form label="Time zone of the workspace" onSubmit={() => send.mutate({ body: { timeZone: timeZone.trim() } })}>
        <TextField
          label="Time zone"
          data-autofocus
          isMono
          list="time-zones"
          hint="Such as Europe/Berlin. Rules about weekdays and hours mean another time from now on."
          value={timeZone}
          onChange={setTimeZone}
          error={send.error?.fields['timeZone']}
        />
        <datalist id="time-zones">
          {Intl.supportedValuesOf('timeZone').map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <ErrorNotice error={send.error} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={send.isPending} disabled={timeZone.trim() === ''}>
            Save
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Dialog>
  );
}
