/** A label that names and types suggest; set only when a person confirms it. */
export interface LabelSuggestion {
  readonly schema: string;
  readonly table: string;
  readonly column: string | null;
  readonly label: string;
  /** In words. */
  readonly because: string;
}

interface NamedRelation {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

interface Hint {
  readonly label: string;
  /** Words of a name, in small letters; several in one entry stand next to each other. */
  readonly words: readonly string[];
  readonly means: string;
}

const columnHints: readonly Hint[] = [
  { label: 'pii', words: ['email', 'mail', 'e mail'], means: 'an e-mail address' },
  { label: 'pii', words: ['phone', 'mobile', 'telephone', 'fax', 'msisdn'], means: 'a telephone number' },
  {
    label: 'pii',
    words: ['first name', 'last name', 'full name', 'given name', 'family name', 'surname', 'firstname', 'lastname'],
    means: 'the name of a person',
  },
  { label: 'pii', words: ['birth', 'birthday', 'birthdate', 'dob'], means: 'a date of birth' },
  { label: 'pii', words: ['address', 'street', 'zip', 'postcode', 'postal code'], means: 'an address' },
  { label: 'pii', words: ['ssn', 'passport', 'national id', 'tax id', 'social security'], means: 'an official number' },
  { label: 'pii', words: ['gender', 'sex', 'religion', 'ethnicity', 'nationality'], means: 'a trait of a person' },
  { label: 'pii', words: ['ip', 'ip address', 'latitude', 'longitude'], means: 'where a person was' },
  { label: 'financial', words: ['iban', 'bic', 'swift', 'account number'], means: 'a bank account' },
  { label: 'financial', words: ['card number', 'credit card', 'cvv', 'cvc'], means: 'a payment card' },
  { label: 'financial', words: ['salary', 'wage', 'bonus', 'income', 'payroll'], means: 'what somebody earns' },
  {
    label: 'secret',
    words: ['password', 'passwd', 'password hash', 'secret', 'api key', 'private key', 'token'],
    means: 'a secret',
  },
];
const tableHints: readonly Hint[] = [
  { label: 'financial', words: ['salary', 'salaries', 'payroll', 'payment', 'payments'], means: 'payments' },
  { label: 'financial', words: ['invoice', 'invoices', 'ledger', 'bank account'], means: 'money' },
  { label: 'pii', words: ['patient', 'patients', 'customer', 'customers'], means: 'people' },
];
/** Types that say by themselves what is in them. */
const typeHints: readonly { readonly type: RegExp; readonly label: string; readonly means: string }[] = [
  { type: /^(inet|cidr|macaddr8?|inet[46])$/i, label: 'pii', means: 'the address of a device' },
];

/** What the names and types of a table and its columns suggest. */
export function suggestLabels(relation: NamedRelation): LabelSuggestion[] {
  const { schema, name: table } = relation;
  const ofTable = tableHints
    .filter((hint) => saysIt(hint, table))
    .map(({ label, means }) => ({ schema, table, column: null, label, because: `${table} sounds like ${means}` }));
  const ofColumns = relation.columns.flatMap(({ name, type }) => {
    const named = columnHints
      .filter((hint) => saysIt(hint, name))
      .map(({ label, means }) => ({ label, because: `${name} sounds like ${means}` }));
    const typed = typeHints
      .filter((hint) => hint.type.test(type))
      .map(({ label, means }) => ({ label, because: `${type} is ${means}` }));
    return [...named, ...typed].map((hint) => ({ schema, table, column: name, ...hint }));
  });
  const all = [...ofTable, ...ofColumns];
  return all.filter(
    (one, index) => all.findIndex((other) => other.column === one.column && other.label === one.label) === index,
  );
}

function saysIt({ words }: Hint, name: string): boolean {
  const spelled = ` ${wordsOf(name).join(' ')} `;
  return words.some((word) => spelled.includes(` ${word} `));
}

/** `customerEmail_2` → customer email 2 */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');
}
