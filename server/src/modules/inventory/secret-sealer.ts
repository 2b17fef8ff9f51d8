/** Seals secrets for the store; the context is authenticated, so that a sealed value works only where it was put. */
export interface SecretSealer {
  seal(secret: string, context: string): Promise<string>;
  open(sealed: string, context: string): Promise<string>;
}
