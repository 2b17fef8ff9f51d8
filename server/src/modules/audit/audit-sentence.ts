/** What a sentence is made of: who did it, by name, and what the event carries. */
export interface AuditFacts {
  /** "Ada", "Ada (as dev)", or "Tidegate". */
  readonly who: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One module's words for its kinds of events. */
export type AuditSentences = Readonly<Record<string, (facts: AuditFacts) => string>>;

const ownSentences: AuditSentences = {
  'audit.chain_started': ({ data }) => {
    const heads = Array.isArray(data['heads']) ? data['heads'].length : 0;
    return heads === 0
      ? 'Tidegate started and began the first chain of this record.'
      : `Tidegate started and began a new chain, which vouches for ${heads} before it.`;
  },
  'audit.exported': ({ who, data }) => {
    const filters = Object.values((data['filters'] ?? {}) as Record<string, unknown>);
    const what = filters.length === 0 ? 'the whole record' : 'a part of the record';
    return `${who} exported ${what}${data['follows'] === true ? ' and follows it' : ''}.`;
  },
  'audit.checkpoint_asked': ({ who }) => `${who} had the record signed for.`,
  'audit.retention_set': ({ who, data }) =>
    typeof data['days'] === 'number'
      ? `${who} set that the record is kept for ${data['days']} days.`
      : `${who} set that the record is kept for ever.`,
  'audit.segments_removed': ({ data }) =>
    `${numberIn(data, 'events').toLocaleString('en')} events up to checkpoint ${numberIn(data, 'checkpoint')} were removed, being older than ${numberIn(data, 'days')} days; a signed anchor stands for them.`,
  'audit.verified': ({ who, data }) =>
    data['isIntact'] === true
      ? `${who} verified the record: ${numberIn(data, 'events')} events, unbroken.`
      : `${who} verified the record and found a broken link.`,
};

/** Says an event in words. A kind without words of its own is still readable: its data may carry a `sentence`. */
export function describeEvent(kind: string, facts: AuditFacts, sentences: AuditSentences = {}): string {
  const words = Object.hasOwn(sentences, kind) ? sentences[kind] : undefined;
  const own = Object.hasOwn(ownSentences, kind) ? ownSentences[kind] : undefined;
  const describe = words ?? own;
  if (describe !== undefined) return describe(facts);
  const told = facts.data['sentence'];
  return typeof told === 'string' && told !== '' ? told : spellOut(kind, facts);
}

/** `statement.finished` of hr_prod by Ada: "Ada: statement finished (hr_prod)." */
function spellOut(kind: string, { who, data }: AuditFacts): string {
  const words = kind.replaceAll(/[._]+/g, ' ');
  const names = [...new Set(Object.values(data).flatMap(nameOf))].slice(0, 4);
  return `${who}: ${words}${names.length === 0 ? '' : ` (${names.join(', ')})`}.`;
}

const idShape = /^[0-9a-f]{8}-[0-9a-f]{4}-/i;
const longestName = 80;

function nameOf(value: unknown): string[] {
  if (typeof value === 'string')
    return value === '' || value.length > longestName || idShape.test(value) ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  const { name } = value as { name?: unknown };
  return typeof name === 'string' ? [name] : [];
}

/** The name of a thing that an event carries as `{ id, name }` or as text. */
export function nameIn(data: AuditFacts['data'], key: string): string {
  return nameOf(data[key])[0] ?? 'somebody unknown';
}

export function textIn(data: AuditFacts['data'], key: string): string {
  const value = data[key];
  return typeof value === 'string' ? value : '';
}

export function numberIn(data: AuditFacts['data'], key: string): number {
  const value = data[key];
  return typeof value === 'number' ? value : 0;
}
