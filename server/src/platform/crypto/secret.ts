import { inspect } from 'node:util';

const mask = '[secret]';

/** A value that must not be printed: in logs, errors, JSON and the inspector it shows a mask. `reveal` hands it out. */
export class Secret<Value = string> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  reveal(): Value {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}
