import type { Reply } from '../../api/client.ts';
import { cx } from '../../lib/class-names.ts';
import { exactWords } from '../../lib/time-words.ts';
import { IconProven, IconRefused } from '../../ui/icons.ts';
import { comingSteps, placeOf } from './coming-steps.ts';
import css from './Grant.module.css';
import { endWords } from './grant-words.ts';

type GrantDetail = Reply<'GET /grants/:grantId'>;
type ClosureStep = GrantDetail['closure'][number];

const stepNames: Readonly<Record<ClosureStep['step'], string>> = {
  block: 'Blocked',
  end: 'Sessions ended',
  revoke: 'Privileges revoked',
  drop: 'Account dropped',
  check: 'Checked at the server',
};

const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

/** Proven is the end only with the last step; the end itself latched before. */
function provenAt(endedAt: string, steps: readonly ClosureStep[]): string {
  return [endedAt, ...steps.map((step) => step.at)].reduce((latest, at) => (at > latest ? at : latest));
}

/** The proven end of a grant, step by step as it happens. */
export function ClosureRecord({ grant }: { grant: GrantDetail }) {
  if (grant.end === null) return null;
  const isWaiting = grant.state === 'closing';
  const places = new Set(grant.closure.map(placeOf));
  return (
    <ol className={css.closure} aria-live="polite">
      <Step at={grant.end.closingAt} name="End decided" isOk>
        {endWords(grant.end)}
        {grant.end.note ? `: ${grant.end.note}` : ''}
      </Step>
      {grant.closure.map((step) => (
        <Step
          key={`${step.step} ${step.at} ${step.instanceTitle} ${step.personName}`}
          at={step.at}
          name={stepNames[step.step]}
          isOk={step.ok}
          details={step.details}
        >
          {step.summary}
          {places.size > 1 && <span className={css.soft}> ({placeOf(step)})</span>}
        </Step>
      ))}
      {isWaiting && <Coming steps={grant.closure} hasPlaces={places.size > 1} />}
      {grant.state === 'closed' && grant.end.endedAt && (
        <Step at={provenAt(grant.end.endedAt, grant.closure)} name="Closed, proven" isOk>
          nothing is left behind
        </Step>
      )}
    </ol>
  );
}

function Coming({ steps, hasPlaces }: { steps: readonly ClosureStep[]; hasPlaces: boolean }) {
  return (
    <>
      {comingSteps(steps).map(({ name, place, isNext }) => (
        <li key={`${name} ${place}`} className={cx(css.step, css.waiting, isNext && css.next)}>
          <span className={css.mark} />
          <span className={css.stepHead}>
            {isNext ? <strong>{name}</strong> : name}
            {isNext && <span>under way</span>}
            {hasPlaces && <span className={css.soft}>{place}</span>}
          </span>
        </li>
      ))}
      <li className={cx(css.step, css.waiting)}>
        <span className={css.mark} />
        It counts as closed once the check at the server has passed.
      </li>
    </>
  );
}

interface StepProps {
  at: string;
  name: string;
  isOk: boolean;
  details?: ClosureStep['details'];
  children: React.ReactNode;
}

function Step({ at, name, isOk, details, children }: StepProps) {
  const hasDetails = details !== undefined && Object.keys(details).length > 0;
  const Mark = isOk ? IconProven : IconRefused;
  return (
    <li className={cx(css.step, !isOk && css.failed)}>
      <Mark className={css.mark} aria-label={isOk ? 'passed' : 'failed'} />
      <div className={css.stepHead}>
        <strong>{isOk ? name : `${name}: failed, tried again`}</strong>
        <time className={css.soft} dateTime={at} title={exactWords(Date.parse(at))}>
          {clock.format(Date.parse(at))}
        </time>
      </div>
      <div>{children}</div>
      {hasDetails && (
        <details className={css.details}>
          <summary>Record</summary>
          <pre>{JSON.stringify(details, null, 2)}</pre>
        </details>
      )}
    </li>
  );
}
