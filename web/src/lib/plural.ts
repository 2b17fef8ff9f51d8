const numbers = new Intl.NumberFormat('en-GB');

/** `1,203`. */
export function numberWords(amount: number): string {
  return numbers.format(amount);
}

/** `1 table`, `1,203 tables`, `2 entries` with the plural given. */
export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${numberWords(amount)} ${amount === 1 ? one : many}`;
}
