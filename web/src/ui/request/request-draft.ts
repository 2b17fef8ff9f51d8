import type { Expiry, MissingAccess, Privilege, Scope } from '@tidegate/contract';
import type { ScopeItem } from '../../lib/scope-items.ts';

/** What is being asked for, as far as it is written. Kept as a draft until it is sent. */
export interface RequestDraft {
  readonly scopeKind: 'project' | 'items';
  readonly items: readonly ScopeItem[];
  readonly privileges: readonly Privilege[];
  readonly reason: string;
  /** Null: not touched yet, the shortest usual length applies. */
  readonly expiry: Expiry | null;
  /** Null: as soon as it is approved. */
  readonly startsAt: string | null;
  /** A link or name of a ticket; empty: none. */
  readonly ticket: string;
}

/** Where a request starts: by hand in a project, or filled in from what a refused statement was missing. */
export interface RequestStart {
  readonly project: { readonly id: string; readonly name: string };
  readonly databaseId?: string | undefined;
  readonly missing?: readonly MissingAccess[] | undefined;
  /** Filled in from an earlier request; the key names which, and at what state. */
  readonly from?: { readonly key: string; readonly draft: Partial<RequestDraft> } | undefined;
}

/** Names what the draft belongs to, so that another refused statement does not inherit another one's words. */
export function draftKey(personId: string, { project, missing, databaseId, from }: RequestStart): string {
  const about = missing?.map((item) => `${item.databaseId}/${item.schema}/${item.table}/${item.privilege}`).sort();
  return ['request', personId, project.id, from?.key ?? about?.join('+') ?? databaseId ?? 'by-hand'].join(':');
}

export function emptyDraft({ missing, from }: RequestStart): RequestDraft {
  const requestable = (missing ?? []).filter((item) => item.isRequestable);
  const privileges = new Set<Privilege>(requestable.map((item) => item.privilege));
  return {
    scopeKind: 'items',
    items: requestedItems(requestable),
    privileges: privileges.size > 0 ? [...privileges] : ['read'],
    reason: '',
    expiry: null,
    startsAt: null,
    ticket: '',
    ...from?.draft,
  };
}

/** One scope item a table, though the statement may need several privileges on it. */
export function requestedItems(missing: readonly MissingAccess[]): readonly ScopeItem[] {
  const byTable = new Map<string, ScopeItem>();
  for (const { databaseId, schema, table } of missing) {
    byTable.set(JSON.stringify([databaseId, schema, table]), { databaseId, schema, table });
  }
  return [...byTable.values()];
}

export function draftScope({ scopeKind, items }: RequestDraft): Scope | null {
  if (scopeKind === 'project') return { kind: 'project' };
  return items.length === 0 ? null : { kind: 'items', items: [...items] };
}

/** How long access would last from its start, in minutes; null: without an end. */
export function minutesOf(expiry: Expiry, startsAt: number): number | null {
  if (expiry.kind === 'never') return null;
  if (expiry.kind === 'after') return expiry.minutes;
  return Math.max(1, Math.ceil((Date.parse(expiry.at) - startsAt) / 60_000));
}

/** The usual lengths while the server has not said which it allows. */
export const usualDurations = [
  { label: '30m', minutes: 30 },
  { label: '1h', minutes: 60 },
  { label: '4h', minutes: 240 },
] as const;

/** The shortest of the usual lengths; the extra short one of samples is offered, not assumed. */
export function defaultExpiry(durations: readonly { minutes: number }[]): Expiry {
  const lengths = durations.map(({ minutes }) => minutes).sort((a, b) => a - b);
  return { kind: 'after', minutes: lengths.find((minutes) => minutes >= 15) ?? lengths[0] ?? 30 };
}
