import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { AccessRequest, MissingAccess, Privilege } from '@tidegate/contract';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { callApi, type Reply } from '../../api/client.ts';
import type { ApiProblem } from '../../api/problem.ts';
import { useSend } from '../../api/queries.ts';
import { serverNow } from '../../api/server-clock.ts';
import { useMe } from '../../app/session.ts';
import { cx } from '../../lib/class-names.ts';
import { useDraft } from '../../lib/draft.ts';
import { expiryProblem, expiryWords } from '../../lib/expiry.ts';
import { isPressed } from '../../lib/shortcuts.ts';
import { Button } from '../Button.tsx';
import { DurationChips } from '../DurationChips.tsx';
import { AttentionNote, ErrorNotice } from '../ErrorNotice.tsx';
import { CheckField, TextArea } from '../Field.tsx';
import { KeyHint } from '../KeyHint.tsx';
import css from './RequestForm.module.css';
import { RequestScope } from './RequestScope.tsx';
import {
  defaultExpiry,
  draftKey,
  draftScope,
  emptyDraft,
  type RequestDraft,
  type RequestStart,
  usualDurations,
} from './request-draft.ts';

export interface RequestFormProps {
  project: { readonly id: string; readonly name: string };
  /** By hand: the database the person came from. */
  databaseId?: string | undefined;
  /** From a refused statement: exactly what it was missing. The form then offers these tables instead of the tree. */
  missing?: readonly MissingAccess[] | undefined;
  /** What these tables are, where no statement was refused. */
  missingLabel?: string | undefined;
  /** The refused statement, shown to the approver. */
  statementText?: string | null | undefined;
  /** Two columns and no room to spare, for the result pane of the editor. */
  isCompact?: boolean | undefined;
  /** The request exists now. The draft is forgotten. */
  onSent: (request: AccessRequest) => void;
  onCancel?: (() => void) | undefined;
}

type Preview = Reply<'POST /requests/preview'>;

/** Asks for access: scope, privileges, reason, expiration, who will decide. `Mod+Enter` sends it. */
export function RequestForm(props: RequestFormProps) {
  const { project, databaseId, missing, missingLabel, statementText = null, isCompact, onSent, onCancel } = props;
  const personId = useMe().person.id;
  const start: RequestStart = { project, databaseId, missing };
  const key = draftKey(personId, start);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key names everything that the start consists of
  const initial = useMemo(() => emptyDraft(start), [key]);
  const { value: draft, change, forget } = useDraft<RequestDraft>(key, initial);
  const preview = usePreview(project.id, draft);
  const durations = preview.data?.durations ?? usualDurations;
  const [isLengthOpen, setIsLengthOpen] = useState(false);
  const expiry = draft.expiry ?? (isLengthOpen ? null : defaultExpiry(durations));
  const [isTried, setIsTried] = useState(false);
  const send = useSend('POST /requests', {
    onSuccess: (request) => {
      forget();
      onSent(request);
    },
  });
  const scope = draftScope(draft);
  const faults = faultsOf(draft, expiry);
  const submit = () => {
    setIsTried(true);
    if (faults.length > 0 || scope === null || expiry === null || send.isPending) return;
    const { privileges, reason } = draft;
    send.mutate({ body: { projectId: project.id, scope, privileges: [...privileges], reason, expiry, statementText } });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isPressed('Mod+Enter', event.nativeEvent)) return;
    event.preventDefault();
    event.stopPropagation();
    submit();
  };
  const reason = (
    <TextArea
      label="Reason"
      rows={isCompact ? 2 : 3}
      placeholder="What is this for? The approver decides on it."
      value={draft.reason}
      maxLength={2000}
      error={isTried && draft.reason.trim() === '' ? 'Say why: it is what the approver decides on.' : null}
      onChange={(text) => change({ reason: text })}
    />
  );
  const length = (
    <DurationChips
      label="Expiration"
      value={expiry}
      durations={durations}
      error={send.error?.fields['expiry']}
      onChange={(next) => {
        setIsLengthOpen(next === null);
        change({ expiry: next });
      }}
    />
  );
  return (
    <form
      className={cx(css.form, isCompact && css.compact)}
      aria-label="Request access"
      noValidate
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <RequestScope projectId={project.id} {...{ databaseId, missing, missingLabel, draft }} onChange={change} />
      {missing === undefined && (
        <Privileges value={draft.privileges} onChange={(privileges) => change({ privileges })} />
      )}
      {isCompact ? (
        <div className={css.compactColumns}>
          {reason}
          {length}
        </div>
      ) : (
        <>
          {reason}
          {length}
        </>
      )}
      <Outlook
        preview={scope === null ? undefined : preview.data}
        problem={preview.error}
        ends={expiry && expiryWords(expiry, serverNow())}
      />
      {isTried && faults.length > 0 && <AttentionNote>{faults.join(' ')}</AttentionNote>}
      <ErrorNotice error={send.error} />
      <div className={css.actions}>
        <Button type="submit" look="primary" isBusy={send.isPending} disabled={Boolean(preview.data?.blocked)}>
          Send request
        </Button>
        <KeyHint keys="Mod+Enter" />
        {onCancel && (
          <Button look="quiet" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </div>
    </form>
  );
}

function faultsOf(draft: RequestDraft, expiry: RequestDraft['expiry']): string[] {
  const faults: string[] = [];
  if (draftScope(draft) === null) faults.push('Choose at least one database or table.');
  if (draft.privileges.length === 0) faults.push('Choose at least one privilege.');
  if (draft.reason.trim() === '') faults.push('Say why you need it.');
  const ends = expiryProblem(expiry, serverNow());
  if (ends !== null) faults.push(ends);
  return faults;
}

function usePreview(projectId: string, draft: RequestDraft) {
  const scope = draftScope(draft);
  const body = { projectId, scope, privileges: [...draft.privileges] };
  const [text] = useDebouncedValue(JSON.stringify(body), 200);
  const settled = JSON.parse(text) as typeof body;
  return useQuery<Preview, ApiProblem>({
    queryKey: ['POST /requests/preview', text],
    queryFn: ({ signal }) => {
      const { scope: chosen, privileges } = settled;
      if (chosen === null) throw new Error('Nothing is chosen.');
      return callApi('POST /requests/preview', { body: { projectId, scope: chosen, privileges } }, { signal });
    },
    // What is settled lags behind what is chosen: it decides whether there is anything to preview.
    enabled: settled.scope !== null && settled.privileges.length > 0,
    placeholderData: keepPreviousData,
  });
}

const privilegeChoices: readonly { value: Privilege; label: string; hint: string }[] = [
  { value: 'read', label: 'Read', hint: 'SELECT' },
  { value: 'write', label: 'Write', hint: 'SELECT, INSERT, UPDATE, DELETE' },
  { value: 'export', label: 'Export', hint: 'results as a file' },
];

function Privileges(props: { value: readonly Privilege[]; onChange: (value: readonly Privilege[]) => void }) {
  const { value, onChange } = props;
  return (
    <fieldset className={css.group}>
      <legend className={css.legend}>Privileges</legend>
      <div className={css.privileges}>
        {privilegeChoices.map((choice) => (
          <CheckField
            key={choice.value}
            label={choice.label}
            hint={choice.hint}
            isChecked={value.includes(choice.value)}
            onChange={(isChecked) =>
              onChange(isChecked ? [...value, choice.value] : value.filter((privilege) => privilege !== choice.value))
            }
          />
        ))}
      </div>
    </fieldset>
  );
}

/** What would be asked, in a sentence; who will decide and how long it usually takes; or why it cannot be sent. */
function Outlook(props: { preview: Preview | undefined; problem: ApiProblem | null; ends: string | null }) {
  const { preview, problem, ends } = props;
  if (problem) return <ErrorNotice error={problem} />;
  if (preview === undefined) return null;
  if (preview.blocked !== null) return <AttentionNote>{preview.blocked}</AttentionNote>;
  const { sentence, typicalMinutes } = preview.flow;
  return (
    <div className={css.sentence} aria-live="polite">
      <p>
        {preview.sentence}
        {ends ? `, ${ends}` : ''}
      </p>
      <p>
        {sentence}
        {typicalMinutes === null ? '' : ` Usually decided within ${Math.max(1, Math.round(typicalMinutes))} min.`}
      </p>
    </div>
  );
}
