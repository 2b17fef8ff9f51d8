import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { read } from '../../api/queries.ts';
import { useMay, useMe } from '../../app/session.ts';
import { Section } from '../../ui/Page.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { Guide } from './Guide.tsx';
import { useDevSteps, useOwnServerSteps, useSampleSteps } from './guide-steps.tsx';

const whileMakingMs = 1500;

/** For newcomers: the next step of the journey, found from what is there already. Gone when the journey is done. */
export function FirstSteps() {
  const me = useMe();
  const mayMakeSamples = useMay('sample.manage');
  const mayAddInstances = useMay('instance.manage');
  if (me.returnTo) return <DevGuide />;
  if (me.samples.exist && me.samples.canContinueAsDev) return <SampleGuide />;
  if (mayMakeSamples) return <WithoutSamples />;
  return mayAddInstances ? <OwnServerGuide /> : null;
}

/** Samples that were asked for at registration take a few seconds. */
function WithoutSamples() {
  const samples = useQuery({
    ...read('GET /samples'),
    refetchInterval: ({ state }) => (state.data?.state === 'making' ? whileMakingMs : false),
  });
  if (samples.data?.state === 'making') {
    return (
      <Section title="The sample databases are being made">
        <p>hr_test and hr_prod will be there in a few seconds, and what to try with them.</p>
        <SkeletonBlock lines={3} />
      </Section>
    );
  }
  return samples.isPending ? null : <OwnServerGuide canHaveSamples={samples.data?.state === 'absent'} />;
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

function OwnServerGuide({ canHaveSamples = false }: { canHaveSamples?: boolean }) {
  const steps = useOwnServerSteps();
  if (steps.every((step) => step.isDone)) return null;
  return (
    <Section title="First steps">
      <Guide steps={steps} />
      {canHaveSamples && (
        <p>
          Or see it work first: add the sample databases under <Link to="/settings">Settings</Link>.
        </p>
      )}
    </Section>
  );
}
