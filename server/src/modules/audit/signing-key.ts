import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { type PublicKey, publicKeyOf, type SignedDocument, signDocument } from './signed-document.ts';

/** Seals the private key for the store; the platform's `Sealer` fits. */
export interface KeySealer {
  seal(plain: string, purpose: string): string;
  open(sealed: string, purpose: string): string;
}

export interface AuditSigner {
  readonly key: PublicKey;
  sign(content: Readonly<Record<string, unknown>>): SignedDocument;
}

export function sealedKeyPurpose(keyId: string): string {
  return `audit-signing-key:${keyId}`;
}

/** The installation's signing key; the first server makes it. Throws when it was sealed with a key that is not here. */
export async function openAuditSigner(db: Db, sealer: KeySealer): Promise<AuditSigner> {
  const stored = (await findKey(db)) ?? (await makeKey(db, sealer));
  const pem = sealer.open(stored.sealed, sealedKeyPurpose(stored.id));
  const privateKey: KeyObject = createPrivateKey(pem);
  return {
    key: { id: stored.id, publicKey: stored.publicKey },
    sign: (content) => signDocument({ ...content, key: stored.id, version: 1 }, privateKey),
  };
}

/** All keys that ever signed. */
export async function listPublicKeys(db: Db): Promise<PublicKey[]> {
  const { rows } = await sql<PublicKey>`
    select id, public_key as "publicKey" from tidegate.audit_signing_key order by created_at, id`.execute(db);
  return rows;
}

interface StoredKey extends PublicKey {
  readonly sealed: string;
}

async function findKey(db: Db): Promise<StoredKey | undefined> {
  const { rows } = await sql<StoredKey>`
    select id, public_key as "publicKey", private_key_sealed as sealed
    from tidegate.audit_signing_key where retired_at is null`.execute(db);
  return rows[0];
}

/** Another server may be quicker: then its key is the one. */
async function makeKey(db: Db, sealer: KeySealer): Promise<StoredKey> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = publicKeyOf(publicKey);
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  await sql`
    insert into tidegate.audit_signing_key (id, public_key, private_key_sealed)
    values (${key.id}, ${key.publicKey}, ${sealer.seal(pem, sealedKeyPurpose(key.id))})
    on conflict ((true)) where retired_at is null do nothing`.execute(db);
  const stored = await findKey(db);
  if (stored === undefined) throw new Error('The signing key of the record could not be made.');
  return stored;
}
