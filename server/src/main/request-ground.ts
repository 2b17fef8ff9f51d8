import type { RequestLedger, RiskOfRequests } from '../modules/access-request/index.ts';
import type { Grants } from '../modules/grant/index.ts';
import { recordEvaluations, riskEvaluator } from '../modules/risk/index.ts';

/** What requests need of the ledger. */
export function requestLedger(grants: Pick<Grants, 'ledger' | 'amendments' | 'describeScope'>): RequestLedger {
  const { ledger, amendments } = grants;
  return {
    now: ledger.now.bind(ledger),
    withChanging: ledger.withChanging.bind(ledger),
    createGrant: ledger.createGrant.bind(ledger),
    extendGrant: amendments.extendGrant.bind(amendments),
    addToGrant: amendments.addToGrant.bind(amendments),
    checkScope: ledger.checkScope.bind(ledger),
    describe: grants.describeScope,
  };
}

/** The Risk Center's word on a request. */
export const requestRisk: RiskOfRequests = {
  evaluate: async (tx, subject) => ({ ...(await riskEvaluator.evaluate(tx, subject)), source: subject.source }),
  keep: recordEvaluations,
};
