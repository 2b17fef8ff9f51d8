export { RelationCatalog } from './relation-catalog.ts';
export { ServerPresence } from './server-presence.ts';
export { type SessionViews, sessionHandlers } from './session-routes.ts';
export { SessionService } from './session-service.ts';
export { SqlSessionStore } from './session-store-sql.ts';
export { StatementLog } from './statement-log.ts';
export { type StatementAnalysis, StatementService } from './statement-service.ts';
