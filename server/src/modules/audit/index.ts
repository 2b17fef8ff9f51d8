export { type AuditLog, byActor, type NewAuditEvent } from './audit-event.ts';
export { startAuditLog } from './audit-log-sql.ts';
export { type Verification, verifyChains } from './audit-verify.ts';
