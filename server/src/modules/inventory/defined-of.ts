type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that have a value: a change holds only what is to change. */
export function definedOf<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>;
}
