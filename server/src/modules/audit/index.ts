export { type AuditLog, byActor, type NewAuditEvent } from './audit-event.ts';
export { startAuditLog } from './audit-log-sql.ts';
export { type AuditRouteParts, auditHandlers } from './audit-routes.ts';
export { type AuditFacts, type AuditSentences, describeEvent, nameIn, numberIn, textIn } from './audit-sentence.ts';
export { type Verification, verifyChains } from './audit-verify.ts';
