/**
 * The metadata store cannot be used. The message is for whoever starts Tidegate: what is wrong and what to do, without
 * any secret; the driver's own error is the cause.
 */
export class StoreFault extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StoreFault';
  }
}
