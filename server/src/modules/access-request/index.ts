export type { AccessRequest } from './access-request.ts';
export { accessRequestSentences } from './access-request-sentences.ts';
export type { ScopeWords } from './access-request-views.ts';
export { flaggingFaults } from './flagged-faults.ts';
export type { Caller, RequestLedger, RightsNow, RiskOfRequests } from './request-parts.ts';
export { openRequests, type RequestGround, type Requests } from './requests.ts';
