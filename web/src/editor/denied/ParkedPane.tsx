import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { AccessRequest } from '@tidegate/contract';
import { useEffect, useRef } from 'react';
import { may } from '../../api/abilities.ts';
import { read, useSend } from '../../api/queries.ts';
import { Button, LinkButton } from '../../ui/Button.tsx';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { StateTag } from '../../ui/StateTag.tsx';
import type { ParkedStatement } from '../state/editor-tab.ts';
import css from './Denied.module.css';
import type { ParkedStep } from './parked-decision.ts';

interface ParkedPaneProps {
  parked: ParkedStatement;
  step: ParkedStep | null;
  onRun: () => void;
  onAskAgain: () => void;
  onDismiss: () => void;
}

/** A parked statement with the live state of its request. */
export function ParkedPane(props: ParkedPaneProps) {
  const { parked, step } = props;
  const request = useQuery(read('GET /requests/:requestId', { params: { requestId: parked.requestId } }));
  if (request.error) {
    return (
      <section className={css.pane} aria-label="Parked statement">
        <ErrorNotice error={request.error} onRetry={() => void request.refetch()} />
        <div className={css.actions}>
          <Button onClick={props.onDismiss}>Let go of it</Button>
        </div>
      </section>
    );
  }
  if (request.data === undefined || step === null) {
    return (
      <section className={css.pane} aria-label="Parked statement">
        <SkeletonBlock lines={3} />
      </section>
    );
  }
  return (
    <section className={css.pane} aria-label="Parked statement">
      <Headline request={request.data} step={step} />
      <p className={css.about}>
        <Link to="/requests/$requestId" params={{ requestId: parked.requestId }}>
          Request {request.data.number}
        </Link>
        : {request.data.sentence}
      </p>
      {parked.text !== null && <CodeBlock label="Parked statement" text={parked.text} isLow />}
      <Answer {...props} request={request.data} step={step} />
    </section>
  );
}

const headlines: Readonly<Record<Exclude<ParkedStep, 'wait'>, string>> = {
  run: 'Approved: the statement runs.',
  offer: 'Approved.',
  refused: 'Rejected.',
  over: 'This request is over.',
};

function Headline({ request, step }: { request: AccessRequest; step: ParkedStep }) {
  const decision = request.decisions.at(-1);
  const by = decision === undefined ? '' : ` by ${decision.by.name}`;
  const tones = { wait: 'attention', run: 'open', offer: 'open', refused: 'refused', over: 'rest' } as const;
  const words = {
    wait: waitingWords(request),
    run: 'approved',
    offer: 'approved',
    refused: 'rejected',
    over: request.state,
  };
  return (
    <div className={css.head} role="status">
      <StateTag tone={tones[step]}>{words[step]}</StateTag>
      <h2>
        {step === 'wait'
          ? isChangeWanted(request)
            ? 'Changes are wanted: it waits for you.'
            : `Waits for a decision${approvers(request)}.`
          : headlines[step].replace('.', `${request.state === 'withdrawn' ? '' : by}.`)}
      </h2>
      <span className={css.when}>
        <RelativeTime at={decision?.at ?? request.createdAt} />
      </span>
    </div>
  );
}

const isChangeWanted = ({ state }: Pick<AccessRequest, 'state'>) => state === 'changes_wanted';

function waitingWords(request: AccessRequest): string {
  if (isChangeWanted(request)) return 'changes wanted';
  return request.state === 'pending' ? 'waiting' : 'approved';
}

function approvers({ flow }: AccessRequest): string {
  const names = flow.approvers.map(({ name }) => name);
  if (names.length === 0) return '';
  const shown = names.slice(0, 3).join(', ');
  return ` by ${shown}${names.length > 3 ? ` or ${names.length - 3} more` : ''}`;
}

function Answer(props: ParkedPaneProps & { request: AccessRequest; step: ParkedStep }) {
  const { parked, request, step, onRun, onAskAgain, onDismiss } = props;
  const reason = request.decisions.at(-1)?.comment;
  return (
    <>
      {reason && <blockquote className={css.reason}>{reason}</blockquote>}
      {step === 'wait' && !isChangeWanted(request) && (
        <p className={css.about}>
          {parked.text === null
            ? 'Go on with something else: this changes by itself.'
            : parked.isRead
              ? 'The statement runs by itself when it is approved while this tab is in view and its text unchanged.'
              : 'It may change data, so it will ask before it runs.'}
          {request.flow.typicalMinutes !== null &&
            ` Usually decided within ${Math.max(1, Math.round(request.flow.typicalMinutes))} min.`}
        </p>
      )}
      <div className={css.actions}>
        {step === 'offer' && <RunNow parked={parked} onRun={onRun} />}
        {isChangeWanted(request) && (
          <LinkButton look="primary" to="/requests/$requestId" params={{ requestId: request.id }}>
            Read and change it
          </LinkButton>
        )}
        {step === 'wait' && <Withdraw request={request} />}
        {(step === 'refused' || step === 'over') && <Button onClick={onAskAgain}>Request again</Button>}
        {step !== 'wait' && step !== 'run' && (
          <Button look="quiet" onClick={onDismiss}>
            Let go of it
          </Button>
        )}
      </div>
    </>
  );
}

function RunNow({ parked, onRun }: { parked: ParkedStatement; onRun: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // One key: Enter. But not out of the hands of somebody who types.
    if (document.activeElement === document.body) button.current?.focus();
  }, []);
  return (
    <>
      <Button ref={button} look="primary" onClick={onRun}>
        {parked.text === null ? 'Connect' : 'Run now'}
      </Button>
      {parked.text !== null && !parked.isRead && (
        <span className={css.when}>It may change data: read it once more.</span>
      )}
    </>
  );
}

function Withdraw({ request }: { request: AccessRequest }) {
  const withdraw = useSend('POST /requests/:requestId/withdraw');
  if (!may(request, 'withdraw')) return null;
  return (
    <>
      <Button isBusy={withdraw.isPending} onClick={() => withdraw.mutate({ params: { requestId: request.id } })}>
        Withdraw
      </Button>
      <ErrorNotice error={withdraw.error} />
    </>
  );
}
