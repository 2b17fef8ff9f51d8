import type { Privilege, RouteReply, Routes, Scope, ScopeItem } from '@tidegate/contract';
import type { Db } from '../../platform/store/tx.ts';
import { type Left, type Loss, readLoss } from './grant-effect.ts';
import type { GrantRow } from './grant-read-model.ts';
import { scopeOf } from './grant-read-model.ts';
import { isWithin, partsLost } from './narrowing.ts';
import { presentScopes } from './scope-views.ts';
import { endsWords, joinWords } from './scope-words.ts';

type Effect = RouteReply<Routes['GET /grants/:grantId/effect']>;

/** What narrowing a row to this would take away now, and end. */
export async function narrowingEffect(
  db: Db,
  row: GrantRow,
  left: { readonly scope?: Scope | undefined; readonly privileges?: readonly Privilege[] | undefined },
): Promise<Effect> {
  const to: Left = { scope: left.scope ?? scopeOf(row), privileges: left.privileges ?? row.privileges };
  const { kept, losing, ...loss } = await readLoss(db, [row.id], new Map([[row.id, to]]));
  const lost = await lostWords(db, row, to);
  const sentence =
    lost === ''
      ? `${row.holderName} keeps everything until the new end; nothing will be ended now.`
      : `${row.holderName} loses ${lost}${endWords({ kept, ...loss, losing })}.`;
  return { ...loss, sentence };
}

function endWords(loss: Loss): string {
  if (loss.losing.length === 0 && loss.kept === 'everything')
    return ', which other grants give too; nothing will be ended';
  return `; ${endsWords(loss)}`;
}

/** `read and write on salary in hr_prod and write on employee in hr_prod`; empty where only time is lost. */
async function lostWords(db: Db, row: GrantRow, to: Left): Promise<string> {
  const from = scopeOf(row);
  const dropped = row.privileges.filter((privilege) => !to.privileges.includes(privilege));
  const { gone, others } = partsGone(from, to.scope);
  const views = await presentScopes(
    db,
    [gone, others, to.scope].map((scope) => ({ projectId: row.projectId, scope })),
  );
  const words: string[] = [];
  const held = row.privileges.join(' and ');
  if (gone.items.length > 0) words.push(`${held} on ${views[0]?.sentence ?? ''}`);
  if (others.items.length > 0) words.push(`${held} on everything but ${views[1]?.sentence ?? ''}`);
  if (dropped.length > 0) words.push(`${dropped.join(' and ')} on ${views[2]?.sentence ?? ''}`);
  return joinWords(words, 'parts');
}

interface Items {
  readonly kind: 'items';
  items: ScopeItem[];
}

/** Parts that are lost altogether; and of parts that are lost but for something in them, that something. */
function partsGone(from: Scope, to: Scope): { gone: Items; others: Items } {
  const gone: Items = { kind: 'items', items: [] };
  const others: Items = { kind: 'items', items: [] };
  if (to.kind === 'project') return { gone, others };
  if (from.kind === 'project') return { gone, others: { kind: 'items', items: to.items } };
  for (const part of partsLost(from.items, to.items)) {
    const inside = to.items.filter((item) =>
      isWithin({ kind: 'items', items: [item] }, { kind: 'items', items: [part] }),
    );
    if (inside.length === 0) gone.items.push(part);
    else others.items.push(...inside);
  }
  return { gone, others };
}
