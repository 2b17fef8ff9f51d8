export { type KeptSealer, type KeyPlace, type KeySource, openSealer } from './key-keeper.ts';
export { type Rotation, rotateSecrets, type SealedColumn } from './rotate.ts';
export { createSealer, type Sealer, SealFault } from './sealer.ts';
export { Secret } from './secret.ts';
export { howToMakeKey, parseSecretKeys } from './secret-key.ts';
export { randomToken } from './tokens.ts';
