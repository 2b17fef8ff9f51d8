import type { Problem, StatementLine, Verdict } from '@tidegate/contract';
import { changesReading, type Dialect, maskSecrets, readOtherwise, type StatementText } from '@tidegate/sql-analysis';
import { type Cell, EngineError, type StatementOutcome } from '../../engines/engine.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import type { AuditLog } from '../audit/index.ts';
import type { EffectiveAccess } from '../grant/index.ts';
import { type LiveSession, namesOf, placeOf } from './live-session.ts';
import { ResultStream } from './result-stream.ts';
import type { SessionPlace } from './session.ts';
import { hasWrite, type SessionService } from './session-service.ts';
import { failureOf, missingDetails, type RefusalOffer } from './statement-failure.ts';
import { type Judged, type JudgeParts, type StatementCaller, StatementJudge, startOf } from './statement-judge.ts';
import type { StatementEnd, StatementLog, StatementStart } from './statement-log.ts';
import { refusalSentence } from './verdict.ts';

/** Characters of one value that travel; the rest stays at the server and the true length is told. */
const maxCellLength = 4096;

interface Parts extends JudgeParts {
  readonly sessions: SessionService;
  readonly log: StatementLog;
  readonly audit: AuditLog;
  /** `id` is what a person quotes to his administrator. */
  readonly problemOf: (error: unknown, id: string) => Problem;
}

/** Runs statements: judged, recorded, sent, streamed, recorded. */
export class StatementService {
  readonly #parts: Parts;
  readonly #judge: StatementJudge;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#judge = new StatementJudge(parts);
  }

  /** Runs nothing; see `StatementJudge`. As the text would be read in that session, where it is his and open here. */
  async verdict(
    caller: StatementCaller,
    place: SessionPlace,
    text: string,
    sessionId: string | null,
  ): Promise<Verdict> {
    const live = sessionId === null ? null : this.#parts.sessions.find(caller.personId, sessionId);
    if (live === null || live.place.databaseId !== place.databaseId) {
      return await this.#judge.verdict(caller, place, text, false);
    }
    return await this.#judge.verdict(caller, live.place, text, live.isReadOtherwise);
  }

  /**
   * Runs one statement in a session. What is refused before it is sent throws; afterwards the stream tells the failure.
   * The reader going away cancels the statement at the server.
   */
  async run(
    caller: StatementCaller,
    sessionId: string,
    text: string,
    maxRows: number,
  ): Promise<AsyncIterable<StatementLine>> {
    const arrivedAt = performance.now();
    const live = await this.#parts.sessions.get(caller.personId, sessionId);
    const statement = this.#single(live.place.engine, text);
    if (live.running !== null) {
      throw new AppError('session.busy', 'A statement is still running in this tab. Cancel it or wait for its end.');
    }
    const outliving = this.#parts.analysis.outlivingWork(live.place.engine, statement.text);
    if (outliving !== null) throw await this.#refuseKind(live, statement.text, outliving);
    const running = { statementId: '', cancelled: false };
    live.running = running;
    try {
      const [access, analysed] = await Promise.all([
        this.#parts.sessions.accessFor(live),
        this.#parts.analysis.analyse(live.place.engine, statement.text),
      ]);
      if (access === null) {
        throw new AppError('session.ended', 'Your access to this database has ended. Request it anew to go on.');
      }
      const analysis = live.isReadOtherwise ? readOtherwise(analysed) : analysed;
      const judged = await this.#judge.judge(caller, live.place, analysis, access);
      if (!judged.verdict.isAllowed) throw await this.#refuse(live, statement.text, judged.verdict);
      await allowWrites(live, access);
      const start = startOf(live, statement.text, judged);
      const started = await this.#parts.log.started(start);
      if (started === null) throw await this.#parts.sessions.drop(live);
      const { statementId, startedAt } = started;
      running.statementId = statementId;
      if (started.isAccountBehind) await this.#parts.sessions.bringInLine(live);
      if (running.cancelled) throw await this.#cancelledEarly(start, statementId);
      return this.#stream(this.#offerOf(caller, judged, live), live, start, {
        statementId,
        startedAt,
        maxRows,
        arrivedAt,
        changesReading: changesReading(live.place.engine, statement.text, analysed),
      });
    } catch (error) {
      if (live.running === running) live.running = null;
      throw error;
    }
  }

  /** Cancelled while it was being recorded: it is not sent. */
  async #cancelledEarly(start: StatementStart, statementId: string): Promise<AppError> {
    const nothing = { rows: null, affectedRows: null, databaseMs: null, errorCode: 'cancelled' };
    const message = 'Cancelled before it was sent to the database server.';
    await this.#parts.log.finished(start, statementId, { ...nothing, state: 'cancelled', errorMessage: message });
    return new AppError('statement.cancelled', message);
  }

  /** Asks the server to stop what runs; false when nothing ran. */
  async cancel(personId: string, sessionId: string): Promise<boolean> {
    const live = await this.#parts.sessions.get(personId, sessionId);
    if (live.running === null) return false;
    live.running.cancelled = true;
    await live.connection.cancel();
    return true;
  }

  #single(engine: Dialect, text: string): StatementText {
    const split = this.#parts.analysis.split(engine, text);
    if (!split.ok) {
      throw new AppError(split.code === 'sql.too_long' ? 'statement.too_long' : 'statement.failed', split.message);
    }
    const [statement, second] = split.statements;
    if (statement === undefined) throw new AppError('statement.empty', 'There is no statement here to run.');
    if (second !== undefined) {
      throw new AppError('statement.more_than_one', 'This is more than one statement. Run them one after the other.');
    }
    return statement;
  }

  async #recordRefusal(live: LiveSession, text: string, why: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#parts.audit.record({
      kind: 'statement.refused',
      ...placeOf(live),
      data: { ...namesOf(live), text: maskSecrets(live.place.engine, text).text, ...why },
    });
  }

  async #refuseKind(live: LiveSession, text: string, reason: string): Promise<AppError> {
    await this.#recordRefusal(live, text, { reason });
    return new AppError('statement.kind_refused', reason);
  }

  async #refuse(live: LiveSession, text: string, verdict: Verdict): Promise<AppError> {
    await this.#recordRefusal(live, text, { kind: verdict.kind, missing: verdict.missing });
    return new AppError('statement.access_missing', refusalSentence(verdict.missing), {
      details: { ...missingDetails(verdict.missing, live.place.projectId, 'ledger') },
    });
  }

  #offerOf(caller: StatementCaller, judged: Judged, live: LiveSession): RefusalOffer {
    return {
      endReason: (error) => this.#parts.sessions.endReasonOf(live, error),
      canRequest: (projectId) => caller.canRequest(projectId),
      hidesNames: () => this.#parts.catalog.hidesNames(live.place.databaseId),
      privilegeOn: (wanted) => {
        const uses = judged.resolved.filter(
          ({ target }) =>
            target?.databaseId === wanted.databaseId &&
            target.schema === wanted.schema &&
            target.table === wanted.table,
        );
        if (uses.length === 0) return judged.verdict.kind === 'write' ? 'write' : 'read';
        return uses.some(({ use }) => use.privilege === 'write') ? 'write' : 'read';
      },
    };
  }

  #stream(
    offer: RefusalOffer,
    live: LiveSession,
    start: StatementStart,
    run: { statementId: string; startedAt: Date; maxRows: number; arrivedAt: number; changesReading: boolean },
  ): AsyncIterable<StatementLine> {
    const stream = new ResultStream();
    void stream.push({ type: 'started', statementId: run.statementId, startedAt: run.startedAt.toISOString() });
    const execution = live.connection.execute(
      { text: start.text, maxRows: run.maxRows, maxCellLength },
      {
        columns: (columns) => stream.push({ type: 'columns', columns: [...columns] }),
        // The same arrays go on: a million rows are not copied to say that they are read only no more.
        rows: (rows) => stream.push({ type: 'rows', rows: rows as Cell[][] }),
      },
    );
    void execution
      .then(
        (outcome) => {
          live.isReadOtherwise ||= run.changesReading;
          return this.#succeeded(start, run, outcome);
        },
        (error: unknown) => this.#failed(offer, live, start, run.statementId, error),
      )
      .then((line) => stream.push(line))
      // The end could not be recorded: say so instead of a result that looks recorded.
      .catch((error: unknown) =>
        stream.push({ type: 'failed', problem: this.#parts.problemOf(error, run.statementId), position: null }),
      )
      .finally(() => {
        live.running = null;
        stream.close();
      });
    return cancelledWhenLeft(stream, live, run.statementId);
  }

  async #succeeded(
    start: StatementStart,
    run: { statementId: string; arrivedAt: number },
    outcome: StatementOutcome,
  ): Promise<StatementLine> {
    await this.#parts.log.finished(start, run.statementId, {
      state: 'succeeded',
      rows: outcome.rowCount,
      affectedRows: outcome.affectedRows,
      databaseMs: outcome.databaseMs,
      errorCode: null,
      errorMessage: null,
    });
    const totalMs = performance.now() - run.arrivedAt;
    return {
      type: 'finished',
      command: outcome.command,
      rowCount: outcome.rowCount,
      affectedRows: outcome.affectedRows,
      cut: outcome.cut,
      notices: [...outcome.notices],
      databaseMs: outcome.databaseMs,
      tidegateMs: Math.max(0, totalMs - outcome.databaseMs),
      isInTransaction: outcome.isInTransaction,
    };
  }

  async #failed(
    offer: RefusalOffer,
    live: LiveSession,
    start: StatementStart,
    statementId: string,
    error: unknown,
  ): Promise<StatementLine> {
    const known = error instanceof EngineError ? error : null;
    const failure = await failureOf(known, live, this.#parts.catalog, offer);
    const end: StatementEnd = {
      state: failure?.state ?? 'failed',
      rows: null,
      affectedRows: null,
      databaseMs: null,
      errorCode: known?.serverCode ?? known?.kind ?? 'internal',
      errorMessage: failure?.error.message ?? 'internal error',
    };
    await this.#parts.log.finished(start, statementId, end);
    return {
      type: 'failed',
      problem: this.#parts.problemOf(failure?.error ?? error, statementId),
      position: known?.position ?? null,
    };
  }
}

/** A browser that goes away in the middle stops its statement at the server. */
async function* cancelledWhenLeft(stream: ResultStream, live: LiveSession, statementId: string) {
  let isDone = false;
  try {
    for await (const line of stream) {
      isDone = line.type === 'finished' || line.type === 'failed';
      yield line;
    }
    isDone = true;
  } finally {
    if (!isDone && live.running?.statementId === statementId) {
      live.running.cancelled = true;
      await live.connection.cancel().catch(() => undefined); // It may have ended by itself; the end is recorded there.
    }
  }
}

/** A session keeps its read-only default only while the person may not write: more access never asks for a new session. */
async function allowWrites(live: LiveSession, access: EffectiveAccess): Promise<void> {
  if (!live.isReadOnly || !hasWrite(access)) return;
  await live.connection.allowWrites();
  live.isReadOnly = false;
}
