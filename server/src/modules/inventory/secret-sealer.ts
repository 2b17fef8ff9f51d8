/** Seals secrets for the store; the purpose is authenticated, so that a sealed value opens only where it was put. */
export interface SecretSealer {
  seal(secret: string, purpose: string): string;
  open(sealed: string, purpose: string): string;
}
