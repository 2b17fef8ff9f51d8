export { type AuditLog, byActor, type NewAuditEvent } from './audit-event.ts';
export { startAuditLog } from './audit-log-sql.ts';
export { AuditRetention } from './audit-retention.ts';
export { auditHandlers } from './audit-routes.ts';
export { keepSearchable } from './audit-search.ts';
export { type AuditFacts, type AuditSentences, nameIn, numberIn, textIn } from './audit-sentence.ts';
export { Checkpoints } from './checkpoints.ts';
export { openAuditSigner, sealedKeyPurpose } from './signing-key.ts';
