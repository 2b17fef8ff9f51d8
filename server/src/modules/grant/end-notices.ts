import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { type NewNotice, notifyMany } from '../notification/index.ts';
import { readGrantFacts } from './grant-facts.ts';
import { readReceipts, receiptWords } from './grant-receipt.ts';
import { endingWords } from './grant-sentences.ts';

const batch = 200;
/** Counting what was granted and used takes time, and whoever closes hundreds at once has none. */
const mostCounted = 50;

/**
 * Ten minutes before its end, or a tenth of its length where that is less; of more than a day a tenth, at most a day.
 */
const leadTime = sql`case when g.expires_at - g.starts_at > interval '1 day'
  then least((g.expires_at - g.starts_at) / 10, interval '1 day')
  else least((g.expires_at - g.starts_at) / 10, interval '10 minutes') end`;

/**
 * Tells the holders that their access is about to end; once for each end, so that one that was moved is told again.
 * Access by role goes on while it is used, and an addition ends with what it was added to: nobody is told of those.
 */
export async function noticeEndsAhead(db: Db): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ id: string; isPart: boolean; seconds: number }>`
      with due as (
        select g.id from tidegate.access_grant g
        where g.closing_at is null and g.source <> 'role' and g.end_noticed_for is distinct from g.expires_at
          and g.expires_at > (select tidegate.now()) and g.expires_at <= (select tidegate.now()) + interval '1 day'
          and g.starts_at <= (select tidegate.now()) and g.expires_at - (select tidegate.now()) <= ${leadTime}
        order by g.expires_at limit ${batch} for update skip locked
      )
      update tidegate.access_grant g set end_noticed_for = g.expires_at from due where due.id = g.id
      returning g.id, extract(epoch from g.expires_at - (select tidegate.now()))::float8 as seconds,
        exists (select from tidegate.access_grant first where first.id = g.amends_grant_id and first.closing_at is null) as "isPart"`.execute(
      tx,
    );
    const told = new Map(rows.filter((row) => !row.isPart).map((row) => [row.id, row.seconds]));
    const facts = await readGrantFacts(tx, [...told.keys()]);
    const notices = facts.map((grant): NewNotice => {
      const whose = grant.holder.kind === 'person' ? 'your access' : `the access of ${grant.holder.name}`;
      return {
        about: 'grant.about_to_end',
        to: grant.people,
        sentence: `In ${lengthWords(told.get(grant.id) ?? 0)} ${whose} ends: ${grant.access}.`,
        ...{ projectId: grant.projectId, requestId: grant.requestId, grantId: grant.id },
      };
    });
    await notifyMany(tx, notices);
  });
}

interface Ended {
  readonly id: string;
  readonly kind: string;
}

/** Tells holders and whoever granted it that the end was proven, with the receipt. Not of rows that were only narrowed. */
export async function noticeEnds(tx: Tx, ended: readonly Ended[]): Promise<void> {
  const kinds = new Map(ended.filter(({ kind }) => kind !== 'narrowed').map(({ id, kind }) => [id, kind]));
  const ids = [...kinds.keys()];
  if (ids.length === 0) return;
  const { rows } = await sql<{ id: string; grantedBy: string | null; statements: number }>`
    select g.id, g.granted_by as "grantedBy",
      (select count(*)::int from tidegate.statement s where s.grant_ids @> array[g.id]) as statements
    from tidegate.access_grant g where g.id = any(${ids}::uuid[]) and g.source <> 'role'`.execute(tx);
  const known = new Map(rows.map((row) => [row.id, row]));
  const receipts = ids.length > mostCounted ? new Map() : await readReceipts(tx, [...known.keys()]);
  const notices = (await readGrantFacts(tx, [...known.keys()])).flatMap((grant): NewNotice[] => {
    const { grantedBy = null, statements = 0 } = known.get(grant.id) ?? {};
    const receipt = receipts.get(grant.id);
    const rest = {
      about: 'grant.ended' as const,
      detail: receipt === undefined ? null : receiptWords(receipt, statements),
      ...{ projectId: grant.projectId, requestId: grant.requestId, grantId: grant.id },
    };
    const why = `because ${endingWords(kinds.get(grant.id) ?? '')}, and that is proven at the server: ${grant.access}.`;
    const isPerson = grant.holder.kind === 'person';
    const own = isPerson ? 'Your access has ended' : `The access of ${grant.holder.name} has ended`;
    const others = grantedBy === null || grant.people.includes(grantedBy) ? [] : [grantedBy];
    return [
      { ...rest, to: grant.people, sentence: `${own}, ${why}` },
      { ...rest, to: others, sentence: `The access of ${grant.holder.name} has ended, ${why}` },
    ];
  });
  await notifyMany(tx, notices);
}

const units = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

/** `10 minutes`, in the largest unit that makes at least one. */
function lengthWords(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [size, noun] = units.find(([one]) => whole >= one) ?? [1, 'second'];
  const count = Math.round(whole / size);
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
