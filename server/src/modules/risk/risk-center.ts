import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import { riskHandlers } from './risk-routes.ts';
import { RiskRuleService } from './risk-rule-service.ts';
import { RiskRuleStore } from './risk-rule-store.ts';

/** The module, put together. `handlers` are its part of the API. */
export function openRiskCenter(ground: { readonly db: Db; readonly audit: AuditLog; readonly feed: ChangeFeed }) {
  const { db } = ground;
  const rules = new RiskRuleStore(db);
  return {
    handlers: riskHandlers({ db, rules, service: new RiskRuleService({ ...ground, rules }) }),
    /** One for each rule that could not be evaluated, until it is mended or off. */
    warnings: async () =>
      (await rules.faulty()).map(({ id, name }) => ({
        key: `risk-rule-${id}`,
        message: `The risk rule “${name}” could not be evaluated; requests that it looked at count as high.`,
        action: 'Open CI/CD > Risk Center and mend it, or switch it off.',
      })),
  };
}
