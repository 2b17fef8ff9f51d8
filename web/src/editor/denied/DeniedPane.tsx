import type { AccessRequest } from '@tidegate/contract';
import { useEffect, useRef } from 'react';
import { Button } from '../../ui/Button.tsx';
import { AttentionNote } from '../../ui/ErrorNotice.tsx';
import { IconLock } from '../../ui/icons.ts';
import { RequestForm } from '../../ui/request/RequestForm.tsx';
import type { Denial } from '../state/editor-tab.ts';
import css from './Denied.module.css';
import { isRequestable } from './denial.ts';

interface DeniedPaneProps {
  denial: Denial;
  onSent: (request: AccessRequest) => void;
  onClose: () => void;
}

/** The result pane as the request: what is missing is filled in, the reason has the focus, one key sends it. */
export function DeniedPane({ denial, onSent, onClose }: DeniedPaneProps) {
  const place = useRef<HTMLDivElement>(null);
  const { project, databaseId, missing, sentence, statementText } = denial;
  const canAsk = isRequestable(denial);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each refusal takes the focus once
  useEffect(() => {
    place.current?.querySelector<HTMLElement>('textarea')?.focus();
  }, [denial]);
  return (
    <div ref={place} className={css.pane}>
      <div className={css.head} role="status">
        <IconLock size={16} aria-hidden="true" />
        <h2>{sentence}</h2>
      </div>
      {canAsk && project !== null ? (
        <RequestForm
          project={project}
          databaseId={databaseId}
          missing={missing}
          statementText={statementText}
          isCompact
          onSent={onSent}
          onCancel={onClose}
        />
      ) : (
        <div className={css.unasked}>
          <AttentionNote>
            {project === null
              ? 'This database belongs to no project, so nobody can be asked. An administrator has to transfer it into one.'
              : 'You may not request this. Ask a Project Owner or an administrator.'}
          </AttentionNote>
          <Button onClick={onClose}>Back to the text</Button>
        </div>
      )}
    </div>
  );
}
