export { accessRequestHandlers } from './access-request-routes.ts';
export { accessRequestSentences } from './access-request-sentences.ts';
export { AccessRequestService, type RightsNow } from './access-request-service.ts';
export { SqlAccessRequestStore } from './access-request-store-sql.ts';
export { AccessRequestViews, type ScopeWords } from './access-request-views.ts';
