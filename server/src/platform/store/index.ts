export {
  type EmbeddedCluster,
  type EmbeddedClusterOptions,
  type EmbeddedConnection,
  startEmbeddedCluster,
} from './embedded/embedded-cluster.ts';
export { isEmbeddedPossible } from './embedded/embedded-possible.ts';
export { openStore, type Store, type StoreOptions } from './open-store.ts';
export { StoreFault } from './store-fault.ts';
export type { StoreLog } from './store-log.ts';
