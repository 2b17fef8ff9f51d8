/**
 * The proven end of all access on one instance, before it is unregistered. Declared here, implemented by the grant
 * module, wired by `main`.
 */
export interface InstanceClosure {
  /**
   * Sets `unregistering_at`, so that nothing opens there any more, ends every row of the ledger that speaks of its
   * databases alone, and brings its accounts to nothing. `closed` once no account is left there; `closing` while a
   * closure is open: called again, it goes on. Idempotent.
   */
  closeInstance(instanceId: string, by: { readonly personId: string }): Promise<'closed' | 'closing'>;
}
