import type { Privilege } from '@tidegate/contract';
import { useState } from 'react';
import type { ApiProblem } from '../../api/problem.ts';
import { durationWords } from '../../lib/duration.ts';
import { choiceOf, type ScopeItem, toggleNode } from '../../lib/scope-items.ts';
import { Button } from '../../ui/Button.tsx';
import { DataLabels } from '../../ui/DataLabels.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { CheckField, SegmentField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import { ScopePicker } from '../../ui/ScopePicker.tsx';
import { ScopeTables } from '../../ui/ScopeTables.tsx';
import { asAsked, cutOf, type RequestLeft, shorterLengths } from './narrow-request.ts';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';

interface NarrowRequestDrawerProps {
  request: RequestDetail;
  isBusy: boolean;
  problem: ApiProblem | null;
  onApprove: (cut: NonNullable<ReturnType<typeof cutOf>>) => void;
  onClose: () => void;
}

/** Approves less than was asked: fewer tables, privileges, minutes. The requester sees what was cut. */
export default function NarrowRequestDrawer(props: NarrowRequestDrawerProps) {
  const { request, onApprove, onClose } = props;
  const [left, setLeft] = useState<RequestLeft>(() => asAsked(request.wanted));
  const change = (patch: Partial<RequestLeft>) => setLeft((former) => ({ ...former, ...patch }));
  const cut = cutOf(request.wanted, left);
  return (
    <Drawer title={`Approve less of request #${request.number}`} isOpen onClose={onClose}>
      <Form label="Approve less" onSubmit={() => cut !== null && onApprove(cut)}>
        {/* An extension gives the same for longer, an addition more until the same end. */}
        {request.kind !== 'extend' && (
          <>
            <ScopeLeft request={request} items={left.items} onChange={(items) => change({ items })} />
            <PrivilegesLeft
              asked={request.wanted.privileges}
              left={left.privileges}
              onChange={(privileges) => change({ privileges })}
            />
          </>
        )}
        {request.kind !== 'add' && (
          <TimeLeft asked={request.wanted.minutes} left={left.minutes} onChange={(minutes) => change({ minutes })} />
        )}
        <p className={css.soft}>
          {cut === null
            ? 'Take something away: what is left gets approved.'
            : `${request.requester.name} sees what was cut, and can ask for it again.`}
        </p>
        <ErrorNotice error={props.problem} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={props.isBusy} disabled={cut === null}>
            Approve what is left
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Drawer>
  );
}

interface ScopeLeftProps {
  request: RequestDetail;
  items: readonly ScopeItem[] | null;
  onChange: (items: readonly ScopeItem[] | null) => void;
}

function ScopeLeft({ request, items, onChange }: ScopeLeftProps) {
  const { scope } = request.wanted;
  if (scope.kind === 'project') {
    return (
      <fieldset className={css.group}>
        <legend>Databases</legend>
        <SegmentField
          label="Databases"
          isLabelHidden
          value={items === null ? 'project' : 'items'}
          choices={[
            { value: 'project', label: 'All databases in the project' },
            { value: 'items', label: 'Only these' },
          ]}
          onChange={(next) => onChange(next === 'project' ? null : [])}
        />
        {items !== null && <ScopePicker projectId={request.project.id} items={items} onChange={onChange} />}
      </fieldset>
    );
  }
  const chosen = items ?? [];
  return (
    <>
      {request.scope.databases.map((database) => {
        const parts = scope.items.filter((item) => item.databaseId === database.databaseId);
        return (
          <fieldset key={database.databaseId} className={css.group}>
            <legend>
              <span className="mono">{database.name}</span> <EnvironmentTag environment={database.environment} />
            </legend>
            {parts.map((part) => (
              <Part
                key={`${part.schema}.${part.table}`}
                part={part}
                labels={labelsOf(database, part)}
                items={chosen}
                onToggle={(node) => onChange(toggleNode(chosen, node))}
              />
            ))}
          </fieldset>
        );
      })}
    </>
  );
}

/** One asked part; of what is whole, tables may be chosen instead. */
function Part(props: {
  part: ScopeItem;
  labels: readonly string[];
  items: readonly ScopeItem[];
  onToggle: (node: ScopeItem) => void;
}) {
  const { part, labels, items, onToggle } = props;
  const isKept = choiceOf(items, part) === 'itself';
  if (part.table !== null) {
    return (
      <CheckField
        label={
          <>
            <span className="mono">{nameOf(part)}</span> <DataLabels labels={labels} />
          </>
        }
        isChecked={isKept}
        onChange={() => onToggle(part)}
      />
    );
  }
  return (
    <>
      <CheckField
        label={part.schema === null ? 'All tables, also later ones' : `All tables of ${part.schema}`}
        isChecked={isKept}
        onChange={() => onToggle(part)}
      />
      {!isKept && <ScopeTables databaseId={part.databaseId} items={items} onToggle={onToggle} marksOwn={false} />}
    </>
  );
}

function labelsOf(database: RequestDetail['scope']['databases'][number], part: ScopeItem): readonly string[] {
  return database.tables.find(({ schema, table }) => schema === part.schema && table === part.table)?.labels ?? [];
}

function nameOf({ schema, table }: ScopeItem): string {
  return schema === null || schema === '' || schema === 'public' ? (table ?? '') : `${schema}.${table}`;
}

const words: Readonly<Record<Privilege, string>> = { read: 'Read', write: 'Write', export: 'Export' };

function PrivilegesLeft(props: {
  asked: readonly Privilege[];
  left: readonly Privilege[];
  onChange: (left: readonly Privilege[]) => void;
}) {
  const { asked, left, onChange } = props;
  // Write holds read: of write alone, read can be what is left.
  const choices = asked.includes('write') ? [...new Set<Privilege>(['read', ...asked])] : asked;
  if (choices.length < 2) return null;
  return (
    <fieldset className={css.group}>
      <legend>Privileges</legend>
      {choices.map((privilege) => (
        <CheckField
          key={privilege}
          label={words[privilege]}
          isChecked={left.includes(privilege)}
          onChange={(isChecked) => onChange(isChecked ? [...left, privilege] : left.filter((one) => one !== privilege))}
        />
      ))}
    </fieldset>
  );
}

function TimeLeft(props: { asked: number | null; left: number | null; onChange: (left: number | null) => void }) {
  const { asked, left, onChange } = props;
  const lengths = shorterLengths(asked);
  if (lengths.length === 0) return null;
  return (
    <SegmentField
      label="Time"
      value={String(left)}
      choices={[
        { value: 'null', label: `as asked${asked === null ? ', without an end' : `, ${durationWords(asked)}`}` },
        ...lengths.map((minutes) => ({ value: String(minutes), label: durationWords(minutes) })),
      ]}
      onChange={(next) => onChange(next === 'null' ? null : Number(next))}
    />
  );
}
