import type { Tx } from '../../platform/store/tx.ts';
import type { EvaluatedSource, RequestParts } from './request-parts.ts';

/**
 * Does the work under the locks of these people. A refusal takes back all that was written, also which rules could not
 * be evaluated: that is written again on its own, so that admins see it. The work names what was `judged`.
 */
export async function flaggingFaults<T>(
  { ledger, risk }: Pick<RequestParts, 'ledger' | 'risk'>,
  personIds: readonly string[],
  work: (tx: Tx, judged: EvaluatedSource[]) => Promise<T>,
): Promise<T> {
  const judged: EvaluatedSource[] = [];
  try {
    return await ledger.withChanging(personIds, (tx) => work(tx, judged));
  } catch (error) {
    const faulty = judged.filter((evaluation) => evaluation.isFaulty);
    if (faulty.length > 0) await ledger.withChanging([], (tx) => risk.flagFaults(tx, faulty));
    throw error;
  }
}
