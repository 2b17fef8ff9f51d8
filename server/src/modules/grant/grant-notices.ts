import type { Tx } from '../../platform/store/tx.ts';
import { notify } from '../notification/index.ts';
import type { GrantFacts } from './grant-facts.ts';

export interface GrantChange {
  /** Who did it; null where nobody did. */
  readonly by: string | null;
  readonly what: 'given' | 'extended' | 'added' | 'narrowed' | 'shortened';
  readonly detail?: string | null | undefined;
}

const headings: Readonly<Record<GrantChange['what'], (whose: string) => string>> = {
  given: (whose) => `${whose} access was given`,
  extended: (whose) => `${whose} access lasts longer`,
  added: (whose) => `${whose} access has become wider`,
  narrowed: (whose) => `${whose} access was narrowed`,
  shortened: (whose) => `${whose} access ends sooner`,
};

/** Tells the holders what somebody else did to their access. */
export async function noticeGrantChange(tx: Tx, facts: readonly GrantFacts[], change: GrantChange): Promise<void> {
  const name = change.by === null ? null : await nameOf(tx, change.by);
  const by = name === null ? '' : ` by ${name}`;
  for (const grant of facts) {
    const isPerson = grant.holder.kind === 'person';
    const heading = headings[change.what](isPerson ? 'Your' : `${grant.holder.name}’s`);
    const left = change.what === 'narrowed' ? 'what is left: ' : '';
    await notify(tx, {
      about: change.what === 'given' ? 'grant.given' : 'grant.changed',
      to: grant.people,
      by: change.by,
      sentence: `${heading}${by}: ${left}${isPerson ? 'you' : 'you and its other members'} can ${grant.access}.`,
      detail: change.detail,
      ...{ projectId: grant.projectId, requestId: grant.requestId, grantId: grant.id },
    });
  }
}

async function nameOf(tx: Tx, personId: string): Promise<string | null> {
  const person = await tx.selectFrom('person').where('id', '=', personId).select('name').executeTakeFirst();
  return person?.name ?? null;
}
