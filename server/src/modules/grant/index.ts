export type { SessionEnder } from './account-reconciler.ts';
export type { OpenAccount } from './account-service.ts';
export { type ActiveGrant, EffectiveAccess } from './effective-access.ts';
export type { NewGrant } from './grant.ts';
export type { Addition, Extension, GrantAmendments, Narrowing } from './grant-amendments.ts';
export type { GrantRow } from './grant-read-model.ts';
export { grantSentences } from './grant-sentences.ts';
export { type GrantGround, type Grants, openGrants } from './grants.ts';
export type { Ledger } from './ledger.ts';
