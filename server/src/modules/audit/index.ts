export { type AuditLog, byActor, type NewAuditEvent } from './audit-event.ts';
export { startAuditLog } from './audit-log-sql.ts';
export { auditHandlers } from './audit-routes.ts';
export { type AuditFacts, type AuditSentences, nameIn, numberIn, textIn } from './audit-sentence.ts';
