import { accessRequestSentences } from '../modules/access-request/index.ts';
import { approvalSentences } from '../modules/approval/index.ts';
import type { AuditSentences } from '../modules/audit/index.ts';
import { emergencySentences } from '../modules/emergency/index.ts';
import { grantSentences } from '../modules/grant/index.ts';
import { identitySentences } from '../modules/identity/index.ts';
import { inventorySentences } from '../modules/inventory/index.ts';
import { riskSentences } from '../modules/risk/index.ts';
import { sampleSentences } from '../modules/sample/index.ts';
import { sessionSentences } from '../modules/session/index.ts';

/** All modules' words for their events. */
export const auditSentences: AuditSentences = {
  ...identitySentences,
  ...inventorySentences,
  ...grantSentences,
  ...riskSentences,
  ...approvalSentences,
  ...accessRequestSentences,
  ...emergencySentences,
  ...sessionSentences,
  ...sampleSentences,
};
