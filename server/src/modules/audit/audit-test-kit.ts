import { createSealer } from '../../platform/crypto/index.ts';
import type { Db } from '../../platform/store/tx.ts';
import { startAuditLog } from './audit-log-sql.ts';
import { AuditRetention } from './audit-retention.ts';
import { Checkpoints } from './checkpoints.ts';
import { openAuditSigner } from './signing-key.ts';

export const testSealer = createSealer([Buffer.alloc(32, 9)]);

/** The record of one server process. */
export async function openAuditParts(db: Db) {
  const signer = await openAuditSigner(db, testSealer);
  const audit = await startAuditLog(db);
  const retention = new AuditRetention({ db, audit, signer });
  return { db, audit, signer, checkpoints: new Checkpoints(db, signer), retention };
}
