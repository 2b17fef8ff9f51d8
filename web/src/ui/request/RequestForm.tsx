import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { AccessRequest, Expiry, MissingAccess, Privilege } from '@tidegate/contract';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { type Call, callApi, type Reply } from '../../api/client.ts';
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
import { RequestExtras } from './RequestExtras.tsx';
import css from './RequestForm.module.css';
import { RequestOutlook } from './RequestOutlook.tsx';
import { RequestScope } from './RequestScope.tsx';
import {
  defaultExpiry,
  draftKey,
  draftScope,
  emptyDraft,
  minutesOf,
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
  /** Filled in from an earlier request. */
  from?: RequestStart['from'];
  /** Changes this request, as it was shown, instead of sending a new one. */
  editing?: { readonly requestId: string; readonly contentHash: string } | undefined;
  /** Two columns and no room to spare, for the result pane of the editor. */
  isCompact?: boolean | undefined;
  /** The request exists now. The draft is forgotten. */
  onSent: (request: AccessRequest) => void;
  onCancel?: (() => void) | undefined;
}

export type Preview = Reply<'POST /requests/preview'>;

/** Asks for access: scope, privileges, reason, expiration, who will decide. `Mod+Enter` sends it. */
export function RequestForm(props: RequestFormProps) {
  const { project, databaseId, missing, missingLabel, statementText = null, isCompact, onSent, onCancel } = props;
  const personId = useMe().person.id;
  const start: RequestStart = { project, databaseId, missing, from: props.from };
  const key = draftKey(personId, start);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key names everything that the start consists of
  const initial = useMemo(() => emptyDraft(start), [key]);
  const { value: draft, change, forget } = useDraft<RequestDraft>(key, initial);
  const [isLengthOpen, setIsLengthOpen] = useState(false);
  const [fallback, setFallback] = useState<Expiry>(() => defaultExpiry(usualDurations));
  const expiry = draft.expiry ?? (isLengthOpen ? null : fallback);
  const preview = usePreview(project.id, draft, expiry);
  const durations = preview.data?.durations ?? usualDurations;
  // The shortest usual length, as soon as it is known which there are.
  const usual = defaultExpiry(durations);
  if (JSON.stringify(usual) !== JSON.stringify(fallback)) setFallback(usual);
  const [isTried, setIsTried] = useState(false);
  const send = useSendRequest(props.editing, (request) => {
    forget();
    onSent(request);
  });
  const scope = draftScope(draft);
  const needsTicket = preview.data?.needsTicket ?? false;
  const faults = faultsOf(draft, expiry, needsTicket);
  const submit = () => {
    setIsTried(true);
    if (faults.length > 0 || scope === null || expiry === null || send.isPending) return;
    const { privileges, reason, startsAt } = draft;
    const wish = { scope, privileges: [...privileges], reason, expiry, startsAt, ticket: draft.ticket.trim() || null };
    send.submit({ projectId: project.id, ...wish, statementText });
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
      allowsNever={preview.data?.allowsNoEnd ?? false}
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
      <RequestExtras
        draft={draft}
        needsTicket={needsTicket}
        isTicketMissing={isTried && needsTicket && draft.ticket.trim() === ''}
        isFolded={isCompact === true && !needsTicket}
        onChange={change}
      />
      <RequestOutlook
        preview={scope === null ? undefined : preview.data}
        problem={preview.error}
        ends={expiry && expiryWords(expiry, serverNow())}
      />
      {isTried && faults.length > 0 && <AttentionNote>{faults.join(' ')}</AttentionNote>}
      <ErrorNotice error={send.error} />
      <div className={css.actions}>
        <Button type="submit" look="primary" isBusy={send.isPending} disabled={Boolean(preview.data?.blocked)}>
          {props.editing ? 'Send the changed request' : 'Send request'}
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

/** Sends a new request, or the changed one. */
function useSendRequest(editing: RequestFormProps['editing'], onSent: (request: AccessRequest) => void) {
  const create = useSend('POST /requests', { onSuccess: onSent });
  const change = useSend('PUT /requests/:requestId', { onSuccess: onSent });
  const used = editing ? change : create;
  return {
    isPending: used.isPending,
    error: used.error,
    submit: ({ projectId, statementText, ...wish }: Call<'POST /requests'>['body']) =>
      editing
        ? change.mutate({
            params: { requestId: editing.requestId },
            body: { ...wish, contentHash: editing.contentHash },
          })
        : create.mutate({ body: { projectId, statementText, ...wish } }),
  };
}

function faultsOf(draft: RequestDraft, expiry: RequestDraft['expiry'], needsTicket: boolean): string[] {
  const faults: string[] = [];
  if (draftScope(draft) === null) faults.push('Choose at least one database or table.');
  if (draft.privileges.length === 0) faults.push('Choose at least one privilege.');
  if (draft.reason.trim() === '') faults.push('Say why you need it.');
  if (needsTicket && draft.ticket.trim() === '') faults.push('Name the ticket: policy asks for one.');
  const ends = expiryProblem(expiry, serverNow());
  if (ends !== null) faults.push(ends);
  return faults;
}

function usePreview(projectId: string, draft: RequestDraft, expiry: Expiry | null) {
  const scope = draftScope(draft);
  const starts = draft.startsAt === null ? serverNow() : Date.parse(draft.startsAt);
  const minutes = expiry === null ? null : minutesOf(expiry, starts);
  const { startsAt } = draft;
  const body = { scope, privileges: [...draft.privileges], minutes, startsAt, ticket: draft.ticket.trim() || null };
  const [text] = useDebouncedValue(JSON.stringify(body), 200);
  const settled = JSON.parse(text) as typeof body;
  return useQuery<Preview, ApiProblem>({
    queryKey: ['POST /requests/preview', projectId, text],
    queryFn: ({ signal }) => {
      const { scope: chosen, ...rest } = settled;
      if (chosen === null) throw new Error('Nothing is chosen.');
      return callApi('POST /requests/preview', { body: { projectId, scope: chosen, ...rest } }, { signal });
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
