export {
  type AccessOnDatabase,
  type AccessView,
  type DataPrivilege,
  relationKey,
} from './access-view.ts';
export type { CatalogChanges, RelationChanges, RelationName } from './catalog-changes.ts';
export { CatalogStore } from './catalog-store.ts';
export type { BackgroundFailure } from './finish-soon.ts';
export { accountPrefix, installationId } from './installation-id.ts';
export type { ConnectionInput, InstanceRecord } from './instance.ts';
export type { InstanceClosure } from './instance-closure.ts';
export { type Engines, InstanceTargets, type ReachableInstance } from './instance-targets.ts';
export {
  type Inventory,
  type InventoryGround,
  type InventoryPorts,
  openInstanceTargets,
  openInventory,
} from './inventory.ts';
export { inventorySentences } from './inventory-sentences.ts';
export type { InventorySync, SyncOutcome } from './inventory-sync.ts';
export { labelsByPattern, readLabelPatterns } from './label-pattern.ts';

export { labelsOfDatabases, type ShownLabels } from './scope-labels.ts';
export type { SecretSealer } from './secret-sealer.ts';
