import type { Verdict } from '@tidegate/contract';
import {
  type Analysis,
  changesReading,
  type Dialect,
  maskSecrets,
  readOtherwise,
  type StatementText,
} from '@tidegate/sql-analysis';
import type { EffectiveAccess } from '../grant/index.ts';
import { type LiveSession, namesOf, placeOf } from './live-session.ts';
import type { RelationCatalog } from './relation-catalog.ts';
import type { SessionOwner, SessionPlace } from './session.ts';
import type { StatementStart } from './statement-log.ts';
import { judge, type RelationTarget, type ResolvedUse } from './verdict.ts';

export interface StatementAnalysis {
  split(
    dialect: Dialect,
    text: string,
  ): { ok: true; statements: readonly StatementText[] } | { ok: false; code: string; message: string };
  analyse(dialect: Dialect, text: string): Promise<Analysis>;
  /** Why it must not be sent: something of it would outlive the session and its access. Null when nothing would. */
  outlivingWork(dialect: Dialect, text: string): string | null;
}

/** Reads a relation's name anew from the server when the catalog does not know it; true when something changed. */
export type QuickSync = (databaseId: string) => Promise<void>;

/** What a caller may ask for; `Actor` fits. */
export interface StatementCaller extends SessionOwner {
  canRequest(projectId: string | null): boolean;
}

export interface Judged {
  readonly verdict: Verdict;
  readonly resolved: readonly ResolvedUse[];
  readonly access: ReadonlyMap<string, EffectiveAccess>;
}

export interface JudgeParts {
  readonly analysis: StatementAnalysis;
  readonly catalog: RelationCatalog;
  readonly quickSync: QuickSync;
  /** Access on the databases of the instance that a statement may name. */
  readonly accessOn: (personId: string, databaseId: string) => Promise<EffectiveAccess>;
}

/** Which tables a text needs, and whether the ledger gives them to the person. Runs nothing. */
export class StatementJudge {
  readonly #parts: JudgeParts;

  constructor(parts: JudgeParts) {
    this.#parts = parts;
  }

  /**
   * Runs nothing: which tables the text needs, and which of them the person has. Several statements are one verdict.
   * `isReadOtherwise` as in `LiveSession`, also for what comes after a statement of the text that makes it so.
   */
  async verdict(
    caller: StatementCaller,
    place: SessionPlace,
    text: string,
    isReadOtherwise: boolean,
  ): Promise<Verdict> {
    const split = this.#parts.analysis.split(place.engine, text);
    if (!split.ok) return emptyVerdict(split.message);
    const verdicts: Verdict[] = [];
    let otherwise = isReadOtherwise;
    for (const statement of split.statements) {
      const access = await this.#parts.accessOn(caller.personId, place.databaseId);
      const analysed = await this.#parts.analysis.analyse(place.engine, statement.text);
      const { verdict } = await this.#judge(caller, place, otherwise ? readOtherwise(analysed) : analysed, access);
      otherwise ||= changesReading(place.engine, statement.text, analysed);
      const outliving = this.#parts.analysis.outlivingWork(place.engine, statement.text);
      const refused = outliving === null ? {} : { isAllowed: false, reason: outliving };
      verdicts.push(shifted({ ...verdict, ...refused }, statement.start));
    }
    return merged(verdicts);
  }

  /** A relation that the catalog does not know may be newer than the last sync: look once, then judge again. */
  async judge(
    caller: StatementCaller,
    place: SessionPlace,
    analysis: Analysis,
    access: EffectiveAccess,
  ): Promise<Judged> {
    const judged = await this.#judge(caller, place, analysis, access);
    const isUnknown = judged.verdict.relations.some((relation) => relation.status === 'unknown');
    if (!isUnknown || judged.verdict.kind === 'ddl') return judged;
    await this.#parts.quickSync(place.databaseId).catch(() => undefined); // Unsynchronised: the server decides.
    return await this.#judge(caller, place, analysis, access);
  }

  async #judge(
    caller: StatementCaller,
    place: SessionPlace,
    analysis: Analysis,
    access: EffectiveAccess,
  ): Promise<Judged> {
    const accessByDatabase = new Map([[place.databaseId, access]]);
    const found = await this.#parts.catalog.resolve(
      place,
      analysis.relations,
      ({ databaseId, schema, table }, { privilege }) =>
        accessByDatabase.get(databaseId)?.can(privilege, schema, table) === true,
    );
    for (const { target } of found) {
      if (target === null || accessByDatabase.has(target.databaseId)) continue;
      accessByDatabase.set(target.databaseId, await this.#parts.accessOn(caller.personId, target.databaseId));
    }
    // What is hidden is like what does not exist: the server decides, and does not say which.
    const resolved = found.map((one) => (isHidden(one.target, accessByDatabase) ? { ...one, target: null } : one));
    const verdict = judge(analysis, resolved, {
      can: (databaseId, privilege, schema, table) =>
        accessByDatabase.get(databaseId)?.can(privilege, schema, table) ?? false,
      canRequest: (projectId) => caller.canRequest(projectId),
    });
    return { verdict, resolved, access: accessByDatabase };
  }
}

/** A name of a project that hides them, on which the person has nothing. */
function isHidden(target: RelationTarget | null, access: ReadonlyMap<string, EffectiveAccess>): boolean {
  if (target === null || !target.hidesNames) return false;
  return access.get(target.databaseId)?.can('read', target.schema, target.table) !== true;
}

/** What goes on record of a statement that may be sent. */
export function startOf(live: LiveSession, text: string, judged: Judged): StatementStart {
  const grantIds = new Set<string>();
  for (const { use, target } of judged.resolved) {
    if (target === null) continue;
    const access = judged.access.get(target.databaseId);
    for (const id of access?.grantIdsFor(use.privilege, target.schema, target.table) ?? []) grantIds.add(id);
  }
  if (grantIds.size === 0) {
    for (const grant of judged.access.get(live.place.databaseId)?.grants ?? []) grantIds.add(grant.id);
  }
  const isKnown = judged.verdict.isSure && judged.verdict.relations.every((relation) => relation.status !== 'unknown');
  return {
    ...placeOf(live),
    personId: live.owner.personId,
    adminPersonId: live.owner.adminPersonId,
    text,
    recorded: maskSecrets(live.place.engine, text),
    kind: judged.verdict.kind,
    tables: isKnown
      ? judged.verdict.relations.map((item) => (item.schema === '' ? item.name : `${item.schema}.${item.name}`))
      : null,
    grantIds: [...grantIds],
    names: namesOf(live),
  };
}

function emptyVerdict(reason: string): Verdict {
  return { isSure: false, isAllowed: true, kind: null, reason, relations: [], missing: [] };
}

function shifted(verdict: Verdict, by: number): Verdict {
  const relations = verdict.relations.map((relation) => ({
    ...relation,
    positions: relation.positions.map(({ start, end }) => ({ start: start + by, end: end + by })),
  }));
  return { ...verdict, relations };
}

function merged(verdicts: readonly Verdict[]): Verdict {
  const [first] = verdicts;
  if (first === undefined) return emptyVerdict('There is no statement.');
  if (verdicts.length === 1) return first;
  return {
    isSure: verdicts.every((verdict) => verdict.isSure),
    isAllowed: verdicts.every((verdict) => verdict.isAllowed),
    kind: null,
    reason: verdicts.find((verdict) => verdict.reason !== null)?.reason ?? null,
    relations: verdicts.flatMap((verdict) => verdict.relations),
    missing: verdicts.flatMap((verdict) => verdict.missing),
  };
}
