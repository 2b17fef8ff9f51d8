import { type CapabilityFinding, type CapabilityReport, EngineError } from '../../engines/engine.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { CatalogStore } from './catalog-store.ts';
import { CoalescedRuns } from './coalesced-runs.ts';
import { accountPrefix, installationId } from './installation-id.ts';
import type { CapabilityState } from './instance.ts';
import type { InstanceStore } from './instance-store.ts';
import type { InstanceTargets, ReachableInstance } from './instance-targets.ts';
import { announceInstance } from './inventory-events.ts';

interface Parts {
  readonly db: Db;
  readonly instances: InstanceStore;
  readonly catalog: CatalogStore;
  readonly targets: InstanceTargets;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

interface Conclusion {
  readonly state: CapabilityState;
  readonly findings: readonly CapabilityFinding[];
}

/** Proves what the connecting user can do, and lists what everyone may do at the server beyond grants. */
export class CapabilityCheck {
  readonly #parts: Parts;
  readonly #runs = new CoalescedRuns<void>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Makes and removes a throw-away account; the result is kept on the instance. A server that cannot be asked is a
   * finding too. Rejects only when the store fails or the instance is not registered.
   */
  async check(instanceId: string, by: string | null = null): Promise<void> {
    const reachable = await this.#parts.targets.get(instanceId);
    await this.#runs.run(instanceId, () => this.#check(reachable, by));
  }

  async #check(reachable: ReachableInstance, by: string | null): Promise<void> {
    const { db, instances, audit, feed } = this.#parts;
    const { instance } = reachable;
    const { state, findings } = await this.#ask(reachable);
    await db.transaction().execute(async (tx) => {
      await instances.setCapability(tx, instance.id, state, findings);
      await announceInstance(feed, tx, instance.id);
      await audit.append(tx, {
        kind: 'instance.capability_checked',
        actorId: by,
        instanceId: instance.id,
        data: { instance: instance.title, state, findings: findings.map(({ key, database }) => ({ key, database })) },
      });
    });
  }

  async #ask({ instance, admin }: ReachableInstance): Promise<Conclusion> {
    const prefix = accountPrefix(await installationId(this.#parts.db), instance.shortId);
    const databases = await this.#parts.catalog.databasesOf(instance.id);
    const names = databases.filter(({ vanishedAt }) => vanishedAt === null).map(({ name }) => name);
    try {
      return conclude(await admin().checkCapabilities(prefix, names));
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const message = `The check could not be made. ${error.message}`;
      return {
        state: 'unknown',
        findings: [{ key: 'check_failed', severity: 'advice', message, sql: null, database: null }],
      };
    }
  }
}

/** The worst finding names the state; an account that cannot be made blocks even when nothing says why. */
export function conclude(report: CapabilityReport): Conclusion {
  const { findings } = report;
  const has = (severity: CapabilityFinding['severity']) => findings.some((finding) => finding.severity === severity);
  if (!report.canMakeAccounts || has('blocking')) return { state: 'blocked', findings };
  return { state: has('wall incomplete') ? 'wall incomplete' : 'ok', findings };
}
