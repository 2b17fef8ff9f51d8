import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** A document and its signature: `document` is canonical JSON, exactly as it was signed. */
export interface SignedDocument {
  readonly document: string;
  /** Ed25519, base64. */
  readonly signature: string;
}

export interface PublicKey {
  /** The first 16 hexadecimal digits of the SHA-256 of the key. */
  readonly id: string;
  /** SPKI, DER, base64. */
  readonly publicKey: string;
}

/** Says what it is in `kind`, so that no document can be taken for another. */
export function signDocument(content: Readonly<Record<string, unknown>>, privateKey: KeyObject): SignedDocument {
  const document = canonicalJson(content);
  return { document, signature: sign(null, Buffer.from(document, 'utf8'), privateKey).toString('base64') };
}

/** Why the document does not count, in words; null when its signature holds. */
export function signatureFault({ document, signature }: SignedDocument, key: PublicKey | undefined): string | null {
  if (key === undefined) return 'It was signed with a key that is not known here.';
  const isSigned = verify(
    null,
    Buffer.from(document, 'utf8'),
    toKeyObject(key.publicKey),
    Buffer.from(signature, 'base64'),
  );
  return isSigned ? null : 'Its signature does not hold.';
}

/** Throws on what is not an Ed25519 key. */
export function toKeyObject(publicKey: string): KeyObject {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('This is not an Ed25519 key.');
  return key;
}

export function publicKeyOf(key: KeyObject): PublicKey {
  const der = key.export({ format: 'der', type: 'spki' });
  return { id: createHash('sha256').update(der).digest('hex').slice(0, 16), publicKey: der.toString('base64') };
}

/** Names a signed document in the next one: nobody can take it away or sign another in its place unnoticed. */
export function fingerprint({ document, signature }: SignedDocument): string {
  return createHash('sha256').update(`${document}\n${signature}`, 'utf8').digest('hex');
}
