import type { AccessRequest } from '@tidegate/contract';
import { StateTag, type StateTone } from '../../ui/StateTag.tsx';
import { stateLabels } from './request-words.ts';

const tones: Readonly<Record<AccessRequest['state'], StateTone>> = {
  pending: 'attention',
  changes_wanted: 'attention',
  approved: 'open',
  rejected: 'refused',
  withdrawn: 'rest',
  expired: 'rest',
};

/** Approved says how far the grant behind it has come. */
export function RequestStateTag({ request }: { request: Pick<AccessRequest, 'state' | 'grantState'> }) {
  if (request.state === 'approved' && request.grantState === 'closed') return <StateTag tone="proven">ended</StateTag>;
  if (request.state === 'approved' && request.grantState === 'closing') {
    return <StateTag tone="attention">closing</StateTag>;
  }
  return <StateTag tone={tones[request.state]}>{stateLabels[request.state]}</StateTag>;
}
