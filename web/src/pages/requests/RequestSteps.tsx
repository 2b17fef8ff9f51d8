import { cx } from '../../lib/class-names.ts';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';
import { quorumWords } from './RequestRisk.tsx';

type Step = RequestDetail['steps'][number];

const stateWords: Readonly<Record<Step['state'], string>> = {
  waiting: 'later',
  open: 'now',
  satisfied: 'approved',
  passed_over: 'passed over',
  expired: 'out of time',
  void: 'not needed any more',
};

/** Who decides, step by step; flows run beside each other. */
export function RequestSteps({ request }: { request: RequestDetail }) {
  const { steps, flow, isAutoApproved } = request;
  const flows = [...new Set(steps.map((step) => step.flowName))];
  return (
    <section className={css.part} aria-label="Who decides">
      <h2>Who decides</h2>
      {isAutoApproved && <p className={css.soft}>Nobody was asked: the flow says Auto-approve.</p>}
      {steps.length === 0 && !isAutoApproved && <p className={css.soft}>{flow.sentence}</p>}
      {request.state === 'changes_wanted' && <p className={css.soft}>All of them, when the request was changed.</p>}
      {steps.length > 0 && request.state !== 'changes_wanted' && (
        <ol className={css.steps}>
          {steps.map((step) => (
            <StepLine key={step.id} step={step} flowName={flows.length > 1 ? step.flowName : null} />
          ))}
        </ol>
      )}
    </section>
  );
}

function StepLine({ step, flowName }: { step: Step; flowName: string | null }) {
  const isOpen = step.state === 'open';
  const quorum = quorumWords(step.approvedBy.length, step.quorum);
  return (
    <li className={cx(css.step, isOpen && css.openStep, step.state === 'satisfied' && css.doneStep)}>
      <span>
        {step.deciders} <span className={css.soft}>{stateWords[step.state]}</span>
      </span>
      {quorum !== null && <span className={css.soft}>{quorum}</span>}
      {step.approvedBy.length > 0 && (
        <span className={css.soft}>by {step.approvedBy.map(({ name }) => name).join(', ')}</span>
      )}
      {isOpen && step.approvers.length > 0 && (
        <span className={css.soft}>can decide: {step.approvers.map(({ name }) => name).join(', ')}</span>
      )}
      {isOpen && step.dueAt !== null && (
        <span className={css.soft}>
          until <RelativeTime at={step.dueAt} />
        </span>
      )}
      {flowName !== null && <span className={css.soft}>{flowName}</span>}
    </li>
  );
}
