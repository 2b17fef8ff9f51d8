import type { AuditSentences } from '../modules/audit/index.ts';
import { identitySentences } from '../modules/identity/index.ts';

/** All modules' words for their events. */
export const auditSentences: AuditSentences = { ...identitySentences };
