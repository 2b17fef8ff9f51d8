import { useMe } from '../../app/session.ts';
import { Section } from '../../ui/Page.tsx';
import { Guide } from './Guide.tsx';
import { useDevSteps, useOwnServerSteps, useSampleSteps } from './guide-steps.tsx';

/** For newcomers: the next step of the journey, found from what is there already. Gone when the journey is done. */
export function FirstSteps() {
  const me = useMe();
  if (me.returnTo) return <DevGuide />;
  if (me.samples.exist && me.samples.canContinueAsDev) return <SampleGuide />;
  return me.permissions.includes('instance.manage') ? <OwnServerGuide /> : null;
}

function DevGuide() {
  return (
    <Section title="You are dev: try it">
      <Guide steps={useDevSteps()} />
    </Section>
  );
}

function SampleGuide() {
  return (
    <Section title="The whole thing in three minutes">
      <Guide steps={useSampleSteps()} />
    </Section>
  );
}

function OwnServerGuide() {
  const steps = useOwnServerSteps();
  if (steps.every((step) => step.isDone)) return null;
  return (
    <Section title="First steps">
      <Guide steps={steps} />
    </Section>
  );
}
