import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import { condition, isConditionError } from './condition.ts';
import type { RiskSource } from './risk.ts';
import type { RiskRule, RiskRuleStore, RuleText } from './risk-rule-store.ts';
import { isTimeZone, saveTimeZone } from './time-zone.ts';

interface Parts {
  readonly db: Db;
  readonly rules: RiskRuleStore;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

interface Author {
  readonly personId: string;
  readonly adminPersonId: string | null;
}

/** Rules decide about requests to come; what they said of past ones stays. No access changes by them. */
export class RiskRuleService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Before the others of its source. Refuses with `rule.condition_invalid`, naming the place of the fault. */
  async create(author: Author, rule: RuleText & { source: RiskSource; isOn: boolean }): Promise<string> {
    requireCondition(rule.condition);
    return await this.#change(async (tx) => {
      const { rules } = this.#parts;
      const others = await rules.orderForChange(tx, rule.source);
      const id = await rules.insert(tx, rule, author.personId);
      await rules.reorder(tx, [id, ...others]);
      await this.#record(tx, author, 'rule.created', id, { ...rule });
      return id;
    });
  }

  /** `change.version` is the version that was shown; another one in between is refused with `object.conflict`. */
  async update(
    author: Author,
    id: string,
    change: Partial<RuleText> & { isOn?: boolean; version: number },
  ): Promise<void> {
    await this.#change(async (tx) => {
      const { rules } = this.#parts;
      const before = await this.#forChange(tx, id);
      if (before.version !== change.version) {
        throw new AppError('object.conflict', 'Somebody else has changed this rule. Look at it again.');
      }
      const { name = before.name, condition: text = before.condition, level = before.level } = change;
      const after = { name, condition: text, level };
      const isRevised = name !== before.name || text !== before.condition || level !== before.level;
      if (isRevised) {
        requireCondition(text);
        await rules.revise(tx, id, before.version + 1, after, author.personId);
      }
      const isOn = change.isOn ?? before.isOn;
      if (isOn !== before.isOn) await rules.setOn(tx, id, isOn);
      await this.#record(tx, author, 'rule.changed', id, {
        ...{ source: before.source, ...after, isOn, version: before.version + (isRevised ? 1 : 0) },
        before: { name: before.name, condition: before.condition, level: before.level, isOn: before.isOn },
      });
    });
  }

  /** To a place that counts from 1. */
  async move(author: Author, id: string, position: number): Promise<void> {
    await this.#change(async (tx) => {
      const { rules } = this.#parts;
      const before = await this.#forChange(tx, id);
      const others = (await rules.orderForChange(tx, before.source)).filter((other) => other !== id);
      const at = Math.min(position - 1, others.length);
      await rules.reorder(tx, others.toSpliced(at, 0, id));
      const { source, name } = before;
      await this.#record(tx, author, 'rule.moved', id, { source, name, from: before.position, to: at + 1 });
    });
  }

  async delete(author: Author, id: string): Promise<void> {
    await this.#change(async (tx) => {
      const { rules } = this.#parts;
      const { source, name, condition: text, level, isOn } = await this.#forChange(tx, id);
      await rules.delete(tx, id);
      await rules.reorder(tx, await rules.orderForChange(tx, source));
      await this.#record(tx, author, 'rule.deleted', id, { source, name, condition: text, level, isOn });
    });
  }

  /** Refuses with `rule.time_zone_unknown`. */
  async setTimeZone(author: Author, timeZone: string): Promise<void> {
    if (!isTimeZone(timeZone)) {
      throw new AppError('rule.time_zone_unknown', `${timeZone} is not a time zone, such as Europe/Berlin or UTC.`);
    }
    await this.#change(async (tx) => {
      await saveTimeZone(tx, timeZone);
      await this.#record(tx, author, 'rule.time_zone_changed', null, { timeZone });
    });
  }

  /** Locks the order of its source first, as all changes do, and then reads it. */
  async #forChange(tx: Tx, id: string): Promise<RiskRule> {
    const { rules } = this.#parts;
    const seen = await rules.find(id, tx);
    if (seen === null) throw notFound('rule');
    await rules.orderForChange(tx, seen.source);
    const rule = await rules.find(id, tx);
    if (rule === null) throw notFound('rule');
    return rule;
  }

  async #change<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return await this.#parts.db.transaction().execute(work);
  }

  async #record(
    tx: Tx,
    { personId, adminPersonId }: Author,
    kind: string,
    ruleId: string | null,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { audit, feed } = this.#parts;
    await feed.publish(tx, {
      event: { topic: 'rule', id: ruleId, projectId: null },
      audience: { personIds: [], projectId: null, isEverybody: true },
    });
    await audit.append(tx, { kind, actorId: personId, onBehalfOfId: adminPersonId, data: { ...data, ruleId } });
  }
}

export function requireCondition(text: string): void {
  const fault = condition(text);
  if (!isConditionError(fault)) return;
  const { message, line, column, offset } = fault;
  throw new AppError('rule.condition_invalid', `${message} (line ${line}, column ${column})`, {
    details: { message, line, column, offset },
  });
}
