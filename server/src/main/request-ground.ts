import type { ScopeView } from '@tidegate/contract';
import type { RequestLedger, RiskOfRequests } from '../modules/access-request/index.ts';
import type { Grants } from '../modules/grant/index.ts';
import { flagFaults, recordEvaluations, riskEvaluator } from '../modules/risk/index.ts';

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
  flagFaults,
  keep: recordEvaluations,
};

/** The scopes of grants in words, in their order. */
export function grantScopes({ views, presentGrants }: Pick<Grants, 'views' | 'presentGrants'>) {
  return async (grantIds: readonly string[]): Promise<(ScopeView | null)[]> => {
    const rows = (await Promise.all(grantIds.map((id) => views.find(noReader, id)))).flatMap((row) => row ?? []);
    const scopes = new Map((await presentGrants(rows)).map((grant) => [grant.id, grant.scope]));
    return grantIds.map((id) => scopes.get(id) ?? null);
  };
}

const noReader = '00000000-0000-0000-0000-000000000000';
